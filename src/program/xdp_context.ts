/**
 * What an XDP program is told besides the packet.
 *
 * @module
 */

/** Where a packet comes from: the second argument of `program()`. */
export interface XdpContext {
  /** The index of the interface that it came in by. */
  readonly ingressIfindex: number;
  /** The receive queue that it came in by, from 0. */
  readonly rxQueueIndex: number;
}

/** Fields by their offsets in `struct xdp_md` (include/uapi/linux/bpf.h); all have 4 bytes. */
export const contextFields: ReadonlyMap<keyof XdpContext, number> = new Map([
  ["ingressIfindex", 12],
  ["rxQueueIndex", 16],
]);

/** What runs take for fields that nobody gives: the kernel's test runs come in by the loopback interface. */
export const defaultContext: XdpContext = Object.freeze({ ingressIfindex: 1, rxQueueIndex: 0 });

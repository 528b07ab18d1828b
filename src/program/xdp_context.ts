/**
 * What an XDP program is told besides the packet.
 *
 * @module
 */

import { AttachType } from "../kernel/programs.ts";

/** Where a packet comes from: the second argument of `program()`. */
export interface XdpContext {
  /** The index of the interface that it came in by. */
  readonly ingressIfindex: number;
  /** The receive queue that it came in by, from 0; 0 in the programs of maps. */
  readonly rxQueueIndex: number;
}

/** Where a packet comes from and where it goes: the second argument of `program()` of a `DevMapProgram`. */
export interface DevMapContext extends XdpContext {
  /** The index of the interface that it leaves by. */
  readonly egressIfindex: number;
}

/** Fields by their offsets in `struct xdp_md` (include/uapi/linux/bpf.h); all have 4 bytes. */
const everywhere: ReadonlyMap<keyof DevMapContext, number> = new Map([
  ["ingressIfindex", 12],
  ["rxQueueIndex", 16],
]);
const leaving: ReadonlyMap<keyof DevMapContext, number> = new Map([...everywhere, ["egressIfindex", 20]]);

/** What programs know that run in a place. */
export function contextFields(type: AttachType | undefined): ReadonlyMap<keyof DevMapContext, number> {
  return type === AttachType.XdpDevMap ? leaving : everywhere;
}

/** What runs take for fields that nobody gives: the kernel's test runs come in by the loopback interface. */
const defaults: DevMapContext = Object.freeze({ ingressIfindex: 1, rxQueueIndex: 0, egressIfindex: 0 });

/** All fields that programs know, as a test gives them or by default. */
export function wholeContext(
  fields: ReadonlyMap<keyof DevMapContext, number>,
  given: Partial<DevMapContext> = {},
): DevMapContext {
  const whole = [...fields.keys()].map((name) => [name, given[name] ?? defaults[name]]);
  return Object.fromEntries(whole);
}

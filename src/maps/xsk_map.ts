/**
 * AF_XDP sockets to redirect packets to.
 *
 * @module
 */

import { demandOptions } from "./map.ts";
import { RedirectMap } from "./redirect.ts";

/** How an {@linkcode XskMap} is made. */
export interface XskMapOptions {
  /** The number that keys are below: as many as the interface has queues. */
  readonly maxEntries: number;
}

/**
 * AF_XDP sockets by the number of the queue that they are bound to (BPF_MAP_TYPE_XSKMAP): a redirected packet goes to the
 * socket's ring in user space. An entry's value is the socket's descriptor; the kernel does not give it back, so that
 * `get`, `has` and iterating are for the time before `load()`.
 *
 * In a program: `redirect` and `has`.
 *
 * @example
 * ```ts
 * import { XDP, XskMap } from "@waggle/ebpf";
 *
 * class ToSocket extends XDP {
 *   sockets = new XskMap({ maxEntries: 4 });
 *
 *   program() {
 *     return this.sockets.redirect(0, XDP.PASS);
 *   }
 * }
 *
 * console.log(new ToSocket().test(new Uint8Array(64)).name === "PASS");
 * ```
 */
export class XskMap extends RedirectMap {
  /**
   * Makes a map.
   *
   * @param options How many sockets.
   * @throws {EbpfError} `InvalidArgument` for what is no number of entries.
   */
  constructor(options: XskMapOptions) {
    const { maxEntries } = demandOptions(options, new.target);
    super("xskMap", maxEntries);
  }
}

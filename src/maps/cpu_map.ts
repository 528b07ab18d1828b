/**
 * Processors to redirect packets to.
 *
 * @module
 */

import { RedirectMap } from "./redirect.ts";

/** How a {@linkcode CpuMap} is made. */
export interface CpuMapOptions {
  /** The number that the processors' numbers are below. */
  readonly maxEntries: number;
}

/**
 * Processors by their number (BPF_MAP_TYPE_CPUMAP): the kernel's network stack goes on with a redirected packet there. An
 * entry's value is how many packets may wait for the processor: `cpus.set(1, 192)`; packets beyond that are dropped.
 *
 * In a program: `redirect`.
 *
 * @example
 * ```ts
 * import { CpuMap, type Packet, XDP } from "@waggle/ebpf";
 *
 * class Spread extends XDP {
 *   cpus = new CpuMap({ maxEntries: 4 });
 *
 *   program(packet: Packet) {
 *     return this.cpus.redirect(packet.getUint8(29) & 3, XDP.PASS);
 *   }
 * }
 *
 * const spread = new Spread();
 * spread.cpus.set(0, 192);
 * console.log(spread.test(new Uint8Array(64)).name === "REDIRECT");
 * ```
 */
export class CpuMap extends RedirectMap {
  /**
   * Makes a map.
   *
   * @param options How many processors.
   * @throws {EbpfError} `InvalidArgument` for what is no number of entries.
   */
  constructor({ maxEntries }: CpuMapOptions) {
    super("cpuMap", maxEntries);
  }
}

/**
 * Processors to redirect packets to.
 *
 * @module
 */

import { AttachType } from "../kernel/mod.ts";
import type { Callable } from "./callee.ts";
import type { SetFlag } from "./keyed.ts";
import { demandOptions } from "./map.ts";
import { ProgramRedirectMap } from "./program_redirect.ts";

/** An entry of a {@linkcode CpuMap} with a program. */
export interface CpuMapEntry {
  /** How many packets may wait for the processor. */
  readonly queueSize: number;
  /** What runs on each packet there: an object of a class that extends `CpuMapProgram`. */
  readonly program?: Callable;
}

/** How a {@linkcode CpuMap} is made. */
export interface CpuMapOptions {
  /** The number that the processors' numbers are below. */
  readonly maxEntries: number;
}

/**
 * Processors by their number (BPF_MAP_TYPE_CPUMAP): the kernel's network stack goes on with a redirected packet there. An
 * entry's value is how many packets may wait for the processor: `cpus.set(1, 192)`; packets beyond that are dropped.
 *
 * In a program: `redirect`. An entry may have a program of its own for what goes there: see `CpuMapProgram`.
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
export class CpuMap extends ProgramRedirectMap {
  /**
   * Makes a map.
   *
   * @param options How many processors.
   * @throws {EbpfError} `InvalidArgument` for what is no number of entries.
   */
  constructor(options: CpuMapOptions) {
    const { maxEntries } = demandOptions(options, new.target);
    super("cpuMap", maxEntries, { attachType: AttachType.XdpCpuMap, className: "CpuMapProgram" });
  }

  /**
   * Lets packets go to a processor, with a program that runs on them there if wanted (Linux 5.9).
   *
   * @param key The processor's number.
   * @param queue How many packets may wait for it; or that with a program: `{ queueSize: 192, program: new Filter() }`.
   * @param flag Whether the key must be new, or must not be.
   * @returns Whether it was stored: `false` if the flag forbade it.
   * @throws {EbpfError} `InvalidArgument` for what is no `CpuMapProgram`, or one that the kernel does not take there;
   * `OutOfRange` and `TooLarge` for processors beyond the map; `Closed`; as bpf(2) fails; where the kernel has the map, as
   * loading the program fails.
   */
  override set(key: number, queue: number | CpuMapEntry, flag?: SetFlag): boolean {
    const { queueSize, program }: CpuMapEntry = typeof queue === "object" ? queue : { queueSize: queue };
    return this.store(key, queueSize, program, flag);
  }
}

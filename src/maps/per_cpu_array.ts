/**
 * Arrays with values of their own for each processor.
 *
 * @module
 */

import { u32 } from "../types/scalar.ts";
import type { Type } from "../types/type.ts";
import type { ArrayMapOptions } from "./array_map.ts";
import { KeyedMap } from "./keyed.ts";
import { demandOptions } from "./map.ts";
import type { PerCpu } from "./per_cpu.ts";

/**
 * Elements by index, each with a value for each processor (BPF_MAP_TYPE_PERCPU_ARRAY): the fastest way to count, for no
 * processor waits for another.
 *
 * In a program: `get`, `set` and `has`. `get` gives the value of the processor that runs the program, as `.value`:
 * changing it is a plain load and store. `set` stores for that processor. In user space `get` gives the values of all
 * processors, and `set` stores one value for all of them, or one for each.
 *
 * @example
 * ```ts
 * import { PerCpuArray, type Packet, u64, XDP } from "@waggle/ebpf";
 *
 * class Protocols extends XDP {
 *   packets = new PerCpuArray(u64, { maxEntries: 256 });
 *
 *   program(packet: Packet) {
 *     const count = this.packets.get(packet.getUint8(23));
 *     if (count) count.value += 1n;
 *   }
 * }
 *
 * const program = new Protocols();
 * program.test(new Uint8Array(64).fill(17));
 * console.log(program.packets.get(17)!.sum() === 1n);
 * ```
 */
export class PerCpuArray<V> extends KeyedMap<number, PerCpu<V>, number, V | PerCpu<V>> {
  /**
   * Makes an array.
   *
   * @param value The type of elements.
   * @param options How many.
   * @throws {EbpfError} `InvalidArgument` for what is no type and no number of elements.
   */
  constructor(value: Type<V>, options: ArrayMapOptions) {
    const { maxEntries } = demandOptions(options, new.target);
    super({ kind: "perCpuArray", keyType: u32, valueType: value, maxEntries });
  }

  /** How many elements there are. */
  override get size(): number {
    return this.maxEntries;
  }

  /** What `JSON.stringify` makes of it: an array of the elements' values by processor, bigints as decimal strings. */
  override toJSON(): unknown {
    return (super.toJSON() as [number, unknown][]).map(([, values]) => values);
  }
}

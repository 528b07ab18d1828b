/**
 * Arrays as maps.
 *
 * @module
 */

import { u32 } from "../types/scalar.ts";
import type { Type } from "../types/type.ts";
import { KeyedMap } from "./keyed.ts";

/** How an {@linkcode ArrayMap} is made. */
export interface ArrayMapOptions {
  /** How many elements. */
  readonly maxEntries: number;
}

/**
 * Elements by index (BPF_MAP_TYPE_ARRAY). All of them are there from the beginning, zeros at first, and none can be deleted.
 *
 * In a program: `get`, `set` and `has`. `set` writes in place: views of elements stay good.
 *
 * @example
 * ```ts
 * import { ArrayMap, type Packet, u64, XDP } from "@waggle/ebpf";
 *
 * class Sizes extends XDP {
 *   sizes = new ArrayMap(u64, { maxEntries: 64 });
 *
 *   program(packet: Packet) {
 *     const index = Math.min(packet.byteLength >> 5, 63);
 *     this.sizes.set(index, (this.sizes.get(index) ?? 0n) + 1n);
 *   }
 * }
 *
 * const program = new Sizes();
 * program.test(new Uint8Array(64));
 * console.log(program.sizes.get(2) === 1n);
 * ```
 */
export class ArrayMap<V> extends KeyedMap<number, V> {
  /**
   * Makes an array.
   *
   * @param value The type of elements.
   * @param options How many.
   * @throws {EbpfError} `InvalidArgument` for what is no type and no number of elements.
   */
  constructor(value: Type<V>, { maxEntries }: ArrayMapOptions) {
    super({ kind: "array", keyType: u32, valueType: value, maxEntries });
  }

  /** How many elements there are. */
  override get size(): number {
    return this.maxEntries;
  }

  /** What `JSON.stringify` makes of it: an array of the elements, with bigints as strings of their decimal digits. */
  override toJSON(): unknown {
    return (super.toJSON() as [number, unknown][]).map(([, value]) => value);
  }
}

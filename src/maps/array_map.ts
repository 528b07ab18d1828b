/**
 * Arrays as maps.
 *
 * @module
 */

import { u32 } from "../types/scalar.ts";
import type { Type } from "../types/type.ts";
import { KeyedMap } from "./keyed.ts";
import { changeLocked } from "./locked.ts";
import { demandOptions } from "./map.ts";

/** How an {@linkcode ArrayMap} is made. */
export interface ArrayMapOptions {
  /** How many elements. */
  readonly maxEntries: number;
  /**
   * Puts a lock into each value, which must be a struct, for `locked()` (`struct bpf_spin_lock`, Linux 5.1). Default `false`.
   */
  readonly spinLock?: boolean;
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
  constructor(value: Type<V>, options: ArrayMapOptions) {
    const { maxEntries, spinLock } = demandOptions(options, new.target);
    super({ kind: "array", keyType: u32, valueType: value, maxEntries, spinLock });
  }

  /**
   * Changes a value that nobody else reads or changes meanwhile: in a program, other processors wait for its lock.
   *
   * In a program, `change` gets a live view. It must not call helpers, methods of maps among them, nor go round in loops;
   * leaving the program from within gives the lock back. In user space it gets a copy, which is stored afterwards: reading
   * and storing are each done under the lock, so that nobody sees half of it, but what a program does in between is
   * overwritten.
   *
   * @param key The key.
   * @param change What to do with the value.
   * @returns Whether the key is there.
   * @throws {EbpfError} `InvalidArgument` if the map was made without `spinLock: true`; `Closed`; as bpf(2) fails.
   */
  locked(key: number, change: (value: V) => void): boolean {
    return changeLocked(this, key, change);
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

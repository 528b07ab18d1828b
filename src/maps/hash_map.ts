/**
 * Hash maps.
 *
 * @module
 */

import { MapFlag } from "../kernel/mod.ts";
import type { Type } from "../types/type.ts";
import { HashedMap } from "./entries.ts";
import { changeLocked } from "./locked.ts";
import { demandOptions } from "./map.ts";

/** How a {@linkcode HashMap} is made. */
export interface HashMapOptions {
  /** Entries at most. */
  readonly maxEntries: number;
  /**
   * Whether the kernel takes the memory for all entries when the map is loaded. Default `true`: storing is faster and cannot
   * fail for lack of memory. `false` saves memory while there are few entries.
   */
  readonly preallocate?: boolean;
  /**
   * Puts a lock into each value, which must be a struct, for `locked()` (`struct bpf_spin_lock`, Linux 5.1). Default `false`.
   */
  readonly spinLock?: boolean;
}

/**
 * Entries by key, as in a `Map` of JavaScript (BPF_MAP_TYPE_HASH).
 *
 * In a program: `get`, `set`, `has`, `delete` and `getOrInsert`. A view that `get` gave must not be used after a `set` or
 * `delete` of the same map: the kernel may have given its memory to another key, so that this is an error of generation.
 *
 * @example
 * ```ts
 * import { HashMap, type Packet, struct, u32, u64, XDP } from "@waggle/ebpf";
 *
 * class Flows extends XDP {
 *   flows = new HashMap(u32, struct({ packets: u64, bytes: u64 }), { maxEntries: 1024 });
 *
 *   program(packet: Packet) {
 *     const source = packet.getUint32(26);
 *     const flow = this.flows.get(source);
 *     if (flow) {
 *       flow.packets += 1n;
 *       flow.bytes += BigInt(packet.byteLength);
 *     } else this.flows.set(source, { packets: 1n, bytes: BigInt(packet.byteLength) });
 *   }
 * }
 *
 * const program = new Flows();
 * program.test(new Uint8Array(64), { repeat: 2 });
 * console.log(program.flows.get(0)?.packets === 2n);
 * ```
 */
export class HashMap<K, V> extends HashedMap<K, V> {
  /**
   * Makes a map.
   *
   * @param key The type of keys: a scalar, a struct or an array. All their bytes count but padding.
   * @param value The type of values.
   * @param options How many entries, and whether their memory is taken at once.
   * @throws {EbpfError} `InvalidArgument` for what is no type and no number of entries.
   */
  constructor(key: Type<K>, value: Type<V>, options: HashMapOptions) {
    const { maxEntries, preallocate = true, spinLock } = demandOptions(options, new.target);
    const flags = preallocate ? 0 : MapFlag.NoPreallocation;
    super({ kind: "hash", keyType: key, valueType: value, maxEntries, flags, spinLock });
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
  locked(key: K, change: (value: V) => void): boolean {
    return changeLocked(this, key, change);
  }
}

/**
 * Hash maps with values of their own for each processor.
 *
 * @module
 */

import { MapFlag } from "../kernel/mod.ts";
import type { Type } from "../types/type.ts";
import { HashedMap } from "./entries.ts";
import type { HashMapOptions } from "./hash_map.ts";
import type { LruHashOptions } from "./lru_hash.ts";
import { demandOptions } from "./map.ts";
import type { PerCpu } from "./per_cpu.ts";

/**
 * Entries by key, each with a value for each processor (BPF_MAP_TYPE_PERCPU_HASH).
 *
 * In a program: as a `HashMap`, where `get` and `getOrInsert` give the value of the processor that runs the program, as
 * `.value`, and `set` stores for that processor; in an entry that is new the others have zeros. In user space `get` gives
 * the values of all processors, and `set` stores one value for all of them, or one for each.
 *
 * @example
 * ```ts
 * import { be32, packetVar, PerCpuHash, struct, u64, XDP } from "@waggle/ebpf";
 *
 * class Sources extends XDP {
 *   @packetVar(26, be32) accessor source!: number;
 *   sources = new PerCpuHash(be32, struct({ packets: u64 }), { maxEntries: 1024 });
 *
 *   program() {
 *     const own = this.sources.getOrInsert(this.source, { packets: 0n });
 *     if (own) own.value.packets += 1n;
 *   }
 * }
 *
 * const program = new Sources();
 * program.test(new Uint8Array(64), { repeat: 2 });
 * console.log(program.sources.get(0)?.sum().packets === 2n);
 * ```
 */
export class PerCpuHash<K, V> extends HashedMap<K, PerCpu<V>, V | PerCpu<V>> {
  /**
   * Makes a map.
   *
   * @param key The type of keys: a scalar, a struct or an array. All their bytes count but padding.
   * @param value The type of values.
   * @param options How many entries, and whether their memory is taken at once.
   * @throws {EbpfError} `InvalidArgument` for what is no type and no number of entries.
   */
  constructor(key: Type<K>, value: Type<V>, options: HashMapOptions) {
    const { maxEntries, preallocate = true } = demandOptions(options, new.target);
    const flags = preallocate ? 0 : MapFlag.NoPreallocation;
    super({ kind: "perCpuHash", keyType: key, valueType: value, maxEntries, flags });
  }
}

/**
 * A {@linkcode PerCpuHash} that forgets what was not used for long when it is full (BPF_MAP_TYPE_LRU_PERCPU_HASH), as
 * `LruHash` does.
 */
export class LruPerCpuHash<K, V> extends HashedMap<K, PerCpu<V>, V | PerCpu<V>> {
  /**
   * Makes a map.
   *
   * @param key The type of keys: a scalar, a struct or an array. All their bytes count but padding.
   * @param value The type of values.
   * @param options How many entries.
   * @throws {EbpfError} `InvalidArgument` for what is no type and no number of entries.
   */
  constructor(key: Type<K>, value: Type<V>, options: LruHashOptions) {
    const { maxEntries } = demandOptions(options, new.target);
    super({ kind: "lruPerCpuHash", keyType: key, valueType: value, maxEntries });
  }
}

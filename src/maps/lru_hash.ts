/**
 * Hash maps that forget.
 *
 * @module
 */

import type { Type } from "../types/type.ts";
import { HashedMap } from "./entries.ts";
import { demandOptions } from "./map.ts";

/** How an {@linkcode LruHash} is made. */
export interface LruHashOptions {
  /** Entries at most. */
  readonly maxEntries: number;
}

/**
 * Entries by key, of which those that were not used for long make room for new ones (BPF_MAP_TYPE_LRU_HASH): it is never
 * full. Which ones go is the kernel's choice: it looks for room by batches and processors, so that some go before the map
 * has as many entries as it can, and not exactly the oldest.
 *
 * In a program: as a `HashMap`. `getOrInsert` ends views, too.
 *
 * @example
 * ```ts
 * import { LruHash, type Packet, struct, u32, u64, XDP } from "@waggle/ebpf";
 *
 * class Flows extends XDP {
 *   flows = new LruHash(u32, struct({ packets: u64 }), { maxEntries: 2 });
 *
 *   program(packet: Packet) {
 *     const flow = this.flows.getOrInsert(packet.getUint32(26), { packets: 0n });
 *     if (flow) flow.packets += 1n;
 *   }
 * }
 *
 * const program = new Flows();
 * for (let source = 0; source < 5; source++) program.test(new Uint8Array(64).fill(source));
 * console.log(program.flows.size === 2);
 * ```
 */
export class LruHash<K, V> extends HashedMap<K, V> {
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
    super({ kind: "lruHash", keyType: key, valueType: value, maxEntries });
  }
}

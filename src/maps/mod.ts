/**
 * Maps, by kind.
 *
 * @module
 */

export { ArrayMap, type ArrayMapOptions } from "./array_map.ts";
export { CpuMap, type CpuMapEntry, type CpuMapOptions } from "./cpu_map.ts";
export {
  type BroadcastOptions,
  DeviceMap,
  DevMap,
  type DevMapEntry,
  DevMapHash,
  type DevMapOptions,
} from "./device_maps.ts";
export { EntryMap, HashedMap } from "./entries.ts";
export { HashMap, type HashMapOptions } from "./hash_map.ts";
export { KeyedMap, type SetFlag } from "./keyed.ts";
export { type LpmKey, LpmTrie, type LpmTrieOptions } from "./lpm_trie.ts";
export { LruHash, type LruHashOptions } from "./lru_hash.ts";
export { BloomFilter } from "./bloom_filter.ts";
export { type PushFlag, Queue, type QueueOptions, Stack, ValueList } from "./queue.ts";
export { UserRingBuffer, type UserRingBufferOptions } from "./user_ring_buffer.ts";
export type { EventMode, EventOptions } from "./event_binding.ts";
export { PerfEventArray, type PerfEventArrayOptions, type PerfSample } from "./perf_event_array.ts";
export { RingBuffer, type RingBufferOptions } from "./ring_buffer.ts";
export { binding, BpfMap } from "./map.ts";
export { type Action, RedirectMap } from "./redirect.ts";
export { XskMap, type XskMapOptions } from "./xsk_map.ts";
export { ArrayOfMaps, HashOfMaps, MapOfMaps, type MapOfMapsOptions } from "./maps_of_maps.ts";
export { type Callable, type Callee, callee, calleeOf } from "./callee.ts";
export { ProgramArray, type ProgramArrayOptions } from "./program_array.ts";
export { ProgramRedirectMap } from "./program_redirect.ts";
export { ReferenceMap } from "./reference_map.ts";
export { PerCpu } from "./per_cpu.ts";
export { PerCpuArray } from "./per_cpu_array.ts";
export type { TableRow } from "./table.ts";
export { LruPerCpuHash, PerCpuHash } from "./per_cpu_hash.ts";
export { type AddressPrefix, Prefix } from "./prefix.ts";

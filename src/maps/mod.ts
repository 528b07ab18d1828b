/**
 * Maps, by kind.
 *
 * @module
 */

export { ArrayMap, type ArrayMapOptions } from "./array_map.ts";
export { CpuMap, type CpuMapOptions } from "./cpu_map.ts";
export { type BroadcastOptions, DeviceMap, DevMap, DevMapHash, type DevMapOptions } from "./device_maps.ts";
export { HashMap, type HashMapOptions } from "./hash_map.ts";
export { KeyedMap, type SetFlag } from "./keyed.ts";
export { binding, BpfMap } from "./map.ts";
export { type Action, RedirectMap } from "./redirect.ts";
export { XskMap, type XskMapOptions } from "./xsk_map.ts";
export { ArrayOfMaps, HashOfMaps, MapOfMaps, type MapOfMapsOptions } from "./maps_of_maps.ts";
export {
  type Callable,
  type Callee,
  callee,
  calleeOf,
  ProgramArray,
  type ProgramArrayOptions,
} from "./program_array.ts";
export { ReferenceMap } from "./reference_map.ts";

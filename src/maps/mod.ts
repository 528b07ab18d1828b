/**
 * Maps, by kind.
 *
 * @module
 */

export { ArrayMap, type ArrayMapOptions } from "./array_map.ts";
export { HashMap, type HashMapOptions } from "./hash_map.ts";
export { KeyedMap, type SetFlag } from "./keyed.ts";
export { binding, BpfMap } from "./map.ts";

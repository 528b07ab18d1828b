/**
 * The types of a map's keys and values, as the kernel and its tools know them: `bpftool map dump` prints fields by name.
 *
 * @module
 */

import { buildMapBtf } from "../btf/mod.ts";
import { closing, loadBtf, type MapTypes } from "../kernel/mod.ts";
import type { MapKind } from "../vm/mod.ts";
import type { MapBinding } from "./binding.ts";

/** The kinds that have keys and values of types: the kernel refuses types for others. */
const typedKinds: readonly MapKind[] = [
  "hash",
  "array",
  "lruHash",
  "perCpuHash",
  "perCpuArray",
  "lruPerCpuHash",
  "lpmTrie",
];

/** Does something with a map's types in the kernel, which keeps them as long as the map. */
export function withTypes<T>(map: MapBinding, work: (types: MapTypes | undefined) => T): T {
  const { kind, keyType, valueType, name } = map;
  if (!typedKinds.includes(kind) || !keyType || !valueType) return work(undefined);
  const { btf, ...types } = buildMapBtf(name, keyType, valueType);
  return closing(loadBtf(btf, `create map "${name}"`), (descriptor) => work({ descriptor, ...types }));
}

/**
 * The types of a map's keys and values, as the kernel and its tools know them: `bpftool map dump` prints fields by name.
 *
 * @module
 */

import { buildMapBtf, type MapBtf, type MapForm } from "../btf/mod.ts";
import { closing, loadBtf, type MapTypes } from "../kernel/mod.ts";
import type { MapKind } from "../vm/mod.ts";
import type { MapBinding } from "./binding.ts";

/** What maps say of their types, by kind. The kernel takes no types of those that are not here (ENOTSUPP). */
const forms: Readonly<Partial<Record<MapKind, MapForm>>> = {
  hash: "entries",
  array: "entries",
  lruHash: "entries",
  perCpuHash: "entries",
  perCpuArray: "entries",
  lruPerCpuHash: "entries",
  lpmTrie: "entries",
  programArray: "entries",
  queue: "values",
  stack: "values",
  bloomFilter: "keyless values",
  ringBuffer: "records",
  userRingBuffer: "records",
};

/** A map, as far as its types are concerned. */
export type Typed = Pick<MapBinding, "name" | "kind" | "keyType" | "valueType">;

/** A map's types as the kernel is told of them; `undefined` if it takes none. */
export function typesOf({ name, kind, keyType, valueType }: Typed): MapBtf | undefined {
  const form = forms[kind];
  return form && buildMapBtf(name, keyType, valueType, form);
}

/** Does something with a map's types in the kernel, which keeps them as long as the map. */
export function withTypes<T>(map: Typed, work: (types: MapTypes | undefined) => T): T {
  const built = typesOf(map);
  if (!built) return work(undefined);
  const { btf, ...types } = built;
  return closing(loadBtf(btf, `create map "${map.name}"`), (descriptor) => work({ descriptor, ...types }));
}

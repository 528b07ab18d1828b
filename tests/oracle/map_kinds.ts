/**
 * What the kinds of maps of random programs differ in.
 *
 * @module
 */

import type { MapKind, MapName } from "./scope.ts";
import type { Shape } from "./shapes.ts";

interface Traits {
  /** Whether entries have keys; else values come out in an order, or go to user space. */
  readonly isKeyed?: boolean;
  /** Whether all entries are there from the start. */
  readonly isIndexed?: boolean;
  readonly isPerCpu?: boolean;
  /** Whether programs can go over the entries. */
  readonly isIterable?: boolean;
  /** Whether `getOrInsert` is among its methods. */
  readonly inserts?: boolean;
}

const HASH: Traits = { isKeyed: true, isIterable: true, inserts: true };
const ARRAY: Traits = { isKeyed: true, isIterable: true, isIndexed: true };

export const TRAITS: Readonly<Record<MapKind, Traits>> = {
  HashMap: HASH,
  LruHash: HASH,
  ArrayMap: ARRAY,
  PerCpuHash: { ...HASH, isPerCpu: true },
  PerCpuArray: { ...ARRAY, isPerCpu: true },
  LpmTrie: { isKeyed: true },
  Queue: {},
  Stack: {},
  RingBuffer: {},
  ArrayOfMaps: { isKeyed: true, isIndexed: true },
  HashOfMaps: { isKeyed: true },
};

/** What a lookup gives. */
export function foundShape({ kind, value }: MapName): Shape {
  return TRAITS[kind].isPerCpu ? { kind: "struct", fields: [["value", value]], packed: false } : value;
}

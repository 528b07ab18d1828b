/**
 * Reading and writing a value of any type at a place in memory.
 *
 * @module
 */

import { type ArrayType, arrayView, isArrayView, storeArray } from "./array.ts";
import type { AnyScalar } from "./scalar.ts";
import { type Fields, isStructView, storeStruct, type Struct, structView } from "./struct.ts";
import type { Memory, Type } from "./type.ts";

/** All types that have a place of their own; bit fields have theirs within a struct. */
type PlacedType = AnyScalar | PartedType;
type PartedType = ArrayType<unknown> | Struct<Fields>;

/** The value at an offset: of a scalar the value now, of an array or a struct a live view. */
export function access<T>(type: Type<T>, memory: Memory, offset: number): T {
  const placed = type as unknown as PlacedType;
  switch (placed.kind) {
    case "scalar":
      return placed.get(memory.view, offset) as T;
    case "array":
      return arrayView(placed, memory, offset) as T;
    case "struct":
      return structView(placed, memory, offset) as T;
  }
}

/**
 * Stores a value at an offset; `undefined` stores zeros. Where memory ends too early for all of a struct or an array,
 * nothing is stored.
 */
export function store<T>(type: Type<T>, view: DataView, offset: number, x: T | undefined): void {
  const placed = type as unknown as PlacedType;
  if (placed.kind === "scalar") return placed.set(view, offset, x ?? (placed.value === "bigint" ? 0n : 0));
  const value = isStructView(x) || isArrayView(x) ? copyOf(type, x as T) : x;
  view.getUint8(offset + type.size - 1);
  storeParts(placed, view, offset, value);
}

/** What a view shows now: it may look at the memory that is to be written, or at memory that ends too early. */
function copyOf<T>(type: Type<T>, x: T): T {
  const memory = { view: new DataView(new ArrayBuffer(type.size)) };
  storeParts(type as unknown as PartedType, memory.view, 0, x);
  return access(type, memory, 0);
}

function storeParts(type: PartedType, view: DataView, offset: number, x: unknown): void {
  if (type.kind === "array") storeArray(type, view, offset, (x ?? []) as Iterable<unknown>);
  else storeStruct(type, view, offset, (x ?? {}) as Record<string, unknown>);
}

/**
 * Reading and writing a value of any type at a place in memory.
 *
 * @module
 */

import { type ArrayType, arrayView, storeArray } from "./array.ts";
import type { AnyScalar } from "./scalar.ts";
import { type Fields, storeStruct, type Struct, structView } from "./struct.ts";
import type { Memory, Type } from "./type.ts";

/** All types that have a place of their own; bit fields have theirs within a struct. */
type PlacedType = AnyScalar | ArrayType<unknown> | Struct<Fields>;

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

/** Stores a value at an offset; `undefined` stores zeros. */
export function store<T>(type: Type<T>, view: DataView, offset: number, x: T | undefined): void {
  const placed = type as unknown as PlacedType;
  switch (placed.kind) {
    case "scalar":
      return placed.set(view, offset, x ?? (placed.value === "bigint" ? 0n : 0));
    case "array":
      return storeArray(placed, view, offset, (x ?? []) as Iterable<unknown>);
    case "struct":
      return storeStruct(placed, view, offset, (x ?? {}) as Record<string, unknown>);
  }
}

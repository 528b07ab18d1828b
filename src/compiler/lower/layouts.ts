/**
 * Layouts of types: which bytes hold values, so that copies take them in large pieces and leave padding alone.
 *
 * @module
 */

import type { ArrayType } from "../../types/array.ts";
import type { Bits } from "../../types/bits.ts";
import type { AnyScalar, AnyType } from "../../types/scalar.ts";
import type { Fields, Struct } from "../../types/struct.ts";
import type { MapType } from "./map_references.ts";

/** Bytes that hold nothing but values. */
export interface Run {
  readonly offset: number;
  readonly size: number;
}

/** A scalar or bit field that is a value of its own. */
export interface Leaf {
  readonly type: AnyType;
  readonly offset: number;
  readonly shift: number;
}

/** An array of many elements that are no runs. */
export interface Repeat {
  readonly type: ArrayType<unknown>;
  readonly offset: number;
}

/** What a copy moves: whole bytes, and the values that share bytes with padding or need a look. */
export interface Layout {
  readonly runs: readonly Run[];
  readonly leaves: readonly Leaf[];
  readonly repeats: readonly Repeat[];
}

/** Tells scalars that are values of their own. */
export type IsLeaf = (scalar: AnyScalar) => boolean;

/** Elements of an array that are laid out one by one. */
const FEW = 16;

type AnyLayout = AnyScalar | Bits<number> | ArrayType<unknown> | Struct<Fields>;

/** Whether values of two types are the same bytes. */
export function isSameLayout(one: AnyType, other: AnyType): boolean {
  if (one === other) return true;
  if (one.kind === "map") return (one as MapType).shape === (other as MapType).shape;
  const [a, b] = [one as AnyLayout, other as AnyLayout];
  if (a.kind === "scalar" && b.kind === "scalar") return a.name === b.name;
  if (a.kind === "bits" && b.kind === "bits") return a.width === b.width;
  if (a.kind === "array" && b.kind === "array") return a.length === b.length && isSameLayout(a.element, b.element);
  if (a.kind !== "struct" || b.kind !== "struct") return false;
  const [names, others] = [Object.keys(a.fields), Object.keys(b.fields)];
  return names.length === others.length &&
    names.every((name, i) =>
      name === others[i] && isSameLayout(a.fields[name], b.fields[name]) &&
      a.places[name].offset === b.places[name].offset && a.places[name].shift === b.places[name].shift
    );
}

/** The layout of a type; `isLeaf` keeps scalars out of the runs, and arrays of more than `few` elements are repeats. */
export function layoutOf(type: AnyType, isLeaf: IsLeaf, few: number = FEW): Layout {
  const runs: Run[] = [];
  const leaves: Leaf[] = [];
  const repeats: Repeat[] = [];
  collect(type as AnyLayout, 0);
  return { runs: joined(runs), leaves, repeats };

  function collect(type: AnyLayout, offset: number): void {
    if (type.kind === "scalar") {
      if (isLeaf(type)) leaves.push({ type, offset, shift: 0 });
      else runs.push({ offset, size: type.size });
    } else if (type.kind === "array") collectArray(type, offset);
    else if (type.kind === "struct") collectStruct(type, offset);
  }

  function collectArray(type: ArrayType<unknown>, offset: number): void {
    const { element, length, size } = type;
    const inner = layoutOf(element, isLeaf, few);
    const isRun = inner.runs.length === 1 && inner.runs[0].size === element.size;
    if (isRun && inner.leaves.length === 0 && inner.repeats.length === 0) return void runs.push({ offset, size });
    if (length > few) return void repeats.push({ type, offset });
    for (let i = 0; i < length; i++) collect(element as AnyLayout, offset + i * element.size);
  }

  function collectStruct({ fields, places }: Struct<Fields>, offset: number): void {
    const bits = new Map<number, number>();
    const fieldsOfBits: { type: Bits<number>; start: number }[] = [];
    for (const [name, field] of Object.entries(fields as Readonly<Record<string, AnyLayout>>)) {
      const place = places[name];
      if (field.kind !== "bits") {
        collect(field, offset + place.offset);
        continue;
      }
      const start = 8 * (offset + place.offset) + place.shift;
      fieldsOfBits.push({ type: field, start });
      for (let bit = start; bit < start + field.width; bit++) bits.set(bit >> 3, (bits.get(bit >> 3) ?? 0) + 1);
    }
    for (const [byte, count] of bits) if (count === 8) runs.push({ offset: byte, size: 1 });
    for (const { type, start } of fieldsOfBits) {
      const [first, last] = [start >> 3, (start + type.width - 1) >> 3];
      const isFilled = Array.from({ length: last - first + 1 }, (_, i) => bits.get(first + i)).every((n) => n === 8);
      if (!isFilled) leaves.push({ type, offset: first, shift: start & 7 });
    }
  }
}

/** Bytes from the start to the last value's end. */
export function endOf({ runs, leaves, repeats }: Layout, isLeaf: IsLeaf): number {
  return Math.max(
    ...runs.map(({ offset, size }) => offset + size),
    ...leaves.map(({ type, offset, shift }) =>
      offset + (type.kind === "bits" ? Math.ceil((shift + (type as Bits<number>).width) / 8) : type.size)
    ),
    ...repeats.map(({ type: { element, length }, offset }) =>
      offset + (length - 1) * element.size + endOf(layoutOf(element, isLeaf), isLeaf)
    ),
  );
}

/** Runs that follow each other, as one. */
function joined(runs: readonly Run[]): Run[] {
  const result: Run[] = [];
  for (const run of runs.toSorted((a, b) => a.offset - b.offset)) {
    const last = result[result.length - 1];
    if (last && last.offset + last.size === run.offset) {
      result[result.length - 1] = { offset: last.offset, size: last.size + run.size };
    } else result.push(run);
  }
  return result;
}

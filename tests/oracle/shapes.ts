/**
 * Random types of structs and arrays, as text and as trees that random programs walk through.
 *
 * @module
 */

import type { Random } from "./random.ts";

/** A type. */
export type Shape =
  | { readonly kind: "scalar"; readonly type: string }
  | { readonly kind: "bits"; readonly width: number }
  | { readonly kind: "array"; readonly element: Shape; readonly length: number }
  | { readonly kind: "struct"; readonly fields: readonly (readonly [string, Shape])[]; readonly packed: boolean };

const SCALARS = [
  ...["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "bool", "u32", "u64"],
  ...["be16", "be32", "be64", "bei16", "bei32", "bei64", "le16", "le32"],
];
const LENGTHS = [1, 2, 3, 4, 5, 8, 20];

/** A struct or an array of them, nested at most so deep. */
export function randomShape(random: Random, depth: number): Shape {
  if (random.chance(45)) {
    const element = depth > 0 && random.chance(40) ? randomShape(random, depth - 1) : randomScalar(random);
    return { kind: "array", element, length: random.pick(depth > 0 ? LENGTHS : LENGTHS.slice(0, 4)) };
  }
  const fields = Array.from({ length: 1 + random.below(5) }, (_, i) => [`f${i}`, randomField(random, depth)] as const);
  return { kind: "struct", fields, packed: random.chance(20) };
}

function randomField(random: Random, depth: number): Shape {
  if (random.chance(30)) return { kind: "bits", width: random.chance(40) ? 1 : 1 + random.below(32) };
  if (depth > 0 && random.chance(25)) return randomShape(random, depth - 1);
  return randomScalar(random);
}

function randomScalar(random: Random): Shape {
  return { kind: "scalar", type: random.pick(SCALARS) };
}

/** What a scalar is in JavaScript. */
export function valueKind(shape: Shape): "number" | "bigint" | "boolean" | "view" {
  if (shape.kind === "bits") return shape.width === 1 ? "boolean" : "number";
  if (shape.kind !== "scalar") return "view";
  return shape.type === "bool" ? "boolean" : shape.type.endsWith("64") ? "bigint" : "number";
}

/** How many scalars there are in it. */
export function countScalars(shape: Shape): number {
  if (shape.kind === "array") return shape.length * countScalars(shape.element);
  return shape.kind === "struct" ? shape.fields.reduce((sum, [, field]) => sum + countScalars(field), 0) : 1;
}

/** The type's text: `array(u32, 5)`. */
export function shapeText(shape: Shape): string {
  switch (shape.kind) {
    case "scalar":
      return shape.type;
    case "bits":
      return `bits(${shape.width})`;
    case "array":
      return `array(${shapeText(shape.element)}, ${shape.length})`;
    case "struct": {
      const fields = shape.fields.map(([name, field]) => `${name}: ${shapeText(field)}`).join(", ");
      return `struct({ ${fields} }${shape.packed ? ", { packed: true }" : ""})`;
    }
  }
}

/** A value of the type; `scalar` makes those of scalars by their types' names. */
export function randomValue(random: Random, shape: Shape, scalar: (type: string) => unknown): unknown {
  switch (shape.kind) {
    case "scalar":
      return scalar(shape.type);
    case "bits":
      return shape.width === 1 ? random.chance(50) : random.below(2 ** shape.width);
    case "array":
      return Array.from({ length: shape.length }, () => randomValue(random, shape.element, scalar));
    case "struct":
      return Object.fromEntries(shape.fields.map(([name, field]) => [name, randomValue(random, field, scalar)]));
  }
}

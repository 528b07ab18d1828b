/**
 * Decoders as code of their own: for a type, the very expression that one would write by hand. Engines run it several times
 * as fast as a decoder that goes from field to field, which is what remains where a page forbids to make code from text.
 *
 * @module
 */

import type { ArrayType } from "../types/array.ts";
import { type Bits, readBits } from "../types/bits.ts";
import {
  type AnyScalar,
  type AnyType,
  be16,
  be32,
  be64,
  bei16,
  bei32,
  bei64,
  type Fields,
  i16,
  i32,
  i64,
  i8,
  le16,
  le32,
  le64,
  lei16,
  lei32,
  lei64,
  type Struct,
  u16,
  u32,
  u64,
  u8,
} from "../types/mod.ts";

/** Reads a value: scalars as such, structs as plain objects, arrays as plain arrays. */
export type Decode = (view: DataView, offset: number) => unknown;

/** The scalars that a method of `DataView` reads, and another one writes. The others bring their own function. */
export const plain: ReadonlySet<AnyScalar> = new Set<AnyScalar>([
  ...[u8, u16, u32, u64, i8, i16, i32, i64, be16, be32, be64, bei16, bei32, bei64],
  ...[le16, le32, le64, lei16, lei32, lei64],
]);

/** Arrays that are longer are read in a loop. */
const longestWritten = 32;

/**
 * The decoder of a type.
 *
 * @param otherwise Makes a decoder that is no code of its own, for parts that do not pay.
 * @returns `undefined` where making code is forbidden.
 */
export function compileDecoder(type: AnyType, otherwise: (type: AnyType) => Decode): Decode | undefined {
  const helpers: Decode[] = [];
  const text = expression(type, 0);
  try {
    const make = new Function("helpers", `return (view, offset) => (${text})`);
    return make(helpers) as Decode;
  } catch {
    return undefined;
  }

  function expression(type: AnyType, at: number): string {
    if (type.kind === "struct") return structText(type as Struct<Fields>, at);
    if (type.kind === "array") return arrayText(type as ArrayType<unknown>, at);
    return plain.has(type as AnyScalar) ? plainText(type as AnyScalar, at) : helperText(scalarOf(type), at);
  }

  function structText({ fields, places }: Struct<Fields>, at: number): string {
    const parts = Object.entries(fields).map(([name, type]) => {
      const { offset, shift } = places[name];
      const value = type.kind === "bits"
        ? helperText(bitsDecoder(type as unknown as Bits<number>, shift), at + offset)
        : expression(type, at + offset);
      // As an expression, this name is one like all others, and not the object's prototype.
      return name === "__proto__" ? `["__proto__"]: ${value}` : `${JSON.stringify(name)}: ${value}`;
    });
    return `{ ${parts.join(", ")} }`;
  }

  function arrayText(type: ArrayType<unknown>, at: number): string {
    if (type.length > longestWritten) return helperText(otherwise(type), at);
    return `[${Array.from({ length: type.length }, (_, i) => expression(type.element, at + i * type.element.size))}]`;
  }

  function helperText(helper: Decode, at: number): string {
    return `helpers[${helpers.push(helper) - 1}](view, offset + ${at})`;
  }
}

function plainText({ size, signed, endian }: AnyScalar, at: number): string {
  const method = `get${size === 8 ? "Big" : ""}${signed ? "Int" : "Uint"}${8 * size}`;
  return `view.${method}(offset + ${at}${size > 1 ? `, ${endian !== "big"}` : ""})`;
}

function scalarOf(type: AnyType): Decode {
  const scalar = type as AnyScalar;
  return (view, offset) => scalar.get(view, offset);
}

function bitsDecoder(bits: Bits<number>, shift: number): Decode {
  return (view, offset) => readBits(bits, view, 8 * offset + shift);
}

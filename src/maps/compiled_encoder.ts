/**
 * Encoders as code of their own, as `compiled_decoder.ts` makes decoders.
 *
 * @module
 */

import { type Bits, writeBits } from "../types/bits.ts";
import { type AnyScalar, type AnyType, type Fields, store, type Struct } from "../types/mod.ts";
import { plain } from "./compiled_decoder.ts";

/**
 * Writes a value, from left to right: if reading it throws, a part of it is written. The memory must be none that the value
 * looks at.
 */
export type Encode = (x: unknown, view: DataView, offset: number) => void;

/**
 * The encoder of a type.
 *
 * @returns `undefined` where making code is forbidden.
 */
export function compileEncoder(type: AnyType): Encode | undefined {
  const helpers: Encode[] = [];
  const lines = statements(type, "x", 0);
  try {
    const make = new Function("helpers", "none", `return (x, view, offset) => {\n${lines.join("\n")}\n}`);
    return make(helpers, {}) as Encode;
  } catch {
    return undefined;
  }

  /** What writes the value of an expression, which is read once. */
  function statements(type: AnyType, value: string, at: number): string[] {
    if (type.kind === "struct") return structText(type as Struct<Fields>, value, at);
    if (plain.has(type as AnyScalar)) return [plainText(type as AnyScalar, value, at)];
    return [helperText((x, view, offset) => store(type, view, offset, x), value, at)];
  }

  function structText({ fields, places }: Struct<Fields>, value: string, at: number): string[] {
    const parts = Object.entries(fields).flatMap(([name, type]) => {
      const { offset, shift } = places[name];
      const part = `object[${JSON.stringify(name)}]`;
      if (type.kind !== "bits") return statements(type, part, at + offset);
      return [helperText(bitsEncoder(type as unknown as Bits<number>, shift), part, at + offset)];
    });
    // A block of its own: the structs within have their own object. The old one is read before the name is taken.
    return ["{", `const outer = ${value} ?? none; {`, "const object = outer;", ...parts, "}", "}"];
  }

  function helperText(helper: Encode, value: string, at: number): string {
    return `helpers[${helpers.push(helper) - 1}](${value}, view, offset + ${at});`;
  }
}

function plainText({ size, signed, endian }: AnyScalar, value: string, at: number): string {
  const method = `set${size === 8 ? "Big" : ""}${signed ? "Int" : "Uint"}${8 * size}`;
  const nothing = size === 8 ? "0n" : "0";
  return `view.${method}(offset + ${at}, ${value} ?? ${nothing}${size > 1 ? `, ${endian !== "big"}` : ""});`;
}

function bitsEncoder(bits: Bits<number>, shift: number): Encode {
  return (x, view, offset) => writeBits(bits, view, 8 * offset + shift, (x ?? 0) as number);
}

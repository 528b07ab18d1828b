/**
 * Keys and values as bytes, and back: what user space writes into maps and reads from them, whatever the map's kind.
 *
 * Plain objects and arrays come out: a copy of one moment, which nobody changes any more.
 *
 * @module
 */

import type { ArrayType } from "../types/array.ts";
import { type Bits, readBits } from "../types/bits.ts";
import { type AnyScalar, type AnyType, type Fields, store, type Struct } from "../types/mod.ts";
import { compileDecoder, type Decode } from "./compiled_decoder.ts";
import { compileEncoder, type Encode } from "./compiled_encoder.ts";

/** Writes and reads values of one type. */
export interface Codec {
  /** Bytes of a value. */
  readonly size: number;
  /** Writes a value: all of its bytes but padding, which stays as it is. What is missing becomes 0. */
  readonly encode: Encode;
  /** Reads a value: scalars as such, structs as plain objects, arrays as plain arrays. */
  readonly decode: Decode;
}

/** The codec of a type. */
export function codecOf(type: AnyType): Codec {
  let encode: Encode | undefined;
  let decode: Decode | undefined;
  return {
    size: type.size,
    // Many maps are never written or never read from here.
    get encode() {
      return encode ??= compileEncoder(type) ?? encoderOf(type);
    },
    get decode() {
      return decode ??= compileDecoder(type, decoderOf) ?? decoderOf(type);
    },
  };
}

/** What writes a type, without making code. */
export function encoderOf(type: AnyType): Encode {
  return (x, view, offset) => store(type, view, offset, x);
}

/** What reads a type, chosen once, without making code. */
export function decoderOf(type: AnyType): Decode {
  if (type.kind === "scalar") return (view, offset) => (type as AnyScalar).get(view, offset);
  if (type.kind === "array") return arrayDecoder(type as ArrayType<unknown>);
  return structDecoder(type as Struct<Fields>);
}

function arrayDecoder({ element, length }: ArrayType<unknown>): Decode {
  const decode = decoderOf(element);
  return (view, offset) => Array.from({ length }, (_, i) => decode(view, offset + i * element.size));
}

function structDecoder({ fields, places }: Struct<Fields>): Decode {
  const parts = Object.entries(fields).map(([name, type]): readonly [string, Decode] => {
    const { offset: at, shift } = places[name];
    if (type.kind === "bits") {
      const bits = type as unknown as Bits<number>;
      return [name, (view, offset) => readBits(bits, view, 8 * (offset + at) + shift)];
    }
    const decode = decoderOf(type);
    return [name, (view, offset) => decode(view, offset + at)];
  });
  return (view, offset) => Object.fromEntries(parts.map(([name, decode]) => [name, decode(view, offset)]));
}

/** A value of the library as JSON takes it: bigints become strings of their decimal digits. */
export function toJson(x: unknown): unknown {
  if (typeof x === "bigint") return String(x);
  if (Array.isArray(x)) return x.map(toJson);
  if (typeof x !== "object" || x === null) return x;
  if ("toJSON" in x) return (x as { toJSON(): unknown }).toJSON();
  return Object.fromEntries(Object.entries(x).map(([name, value]) => [name, toJson(value)]));
}

/**
 * Bit fields: read by shifting and masking the bytes that they lie in, written by changing their bits there alone.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import type { Bits } from "../../types/bits.ts";
import type { BinaryOperator, Value } from "../ir.ts";
import { BIT, contains, type Range } from "../range.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { demand, withoutDecimals } from "./memory.ts";
import type { Operand, Word } from "./operand.ts";
import { type Place, placeAlignment } from "./place.ts";

/** What one access of a few bytes has of a field. */
interface Piece {
  /** Bytes from the field's first one. */
  readonly offset: number;
  readonly size: 1 | 2 | 4;
  /** Bits of the piece below the field's. */
  readonly low: number;
  /** Bits of the field in it. */
  readonly count: number;
  /** Bits of the field below these. */
  readonly done: number;
}

/** Reads a bit field at a place that exists. */
export function readBits(context: Context, place: Place, span: Span): Word {
  const { width } = place.type as Bits<number>;
  demand(context, place, bytesOf(place, width), span);
  const value = loadPieces(context, place, width);
  return width === 1 ? context.word("boolean", value, BIT) : context.word("number", value, value.range!);
}

/** Writes a bit field at a place that exists; higher bits of the word are dropped. */
export function writeBits(context: Context, place: Place, word: Word, span: Span): void {
  const { width } = place.type as Bits<number>;
  demand(context, place, bytesOf(place, width), span);
  storePieces(context, place, width, word.value);
}

/** The operand as the word to store into a bit field: same JavaScript type, constants in range (rule 12). */
export function toBits(context: Context, { width }: Bits<number>, operand: Operand, span: Span): Word {
  const word = withoutDecimals(context, operand, `a bit field of ${width} bits`, span);
  const expected = width === 1 ? "boolean" : "number";
  if (word.type !== expected) {
    context.fail(
      ErrorCode.TypeMismatch,
      span,
      `Cannot store ${describe(operand)} in a bit field of ${width} bits, which holds a ${expected}`,
      expected === "boolean" ? "Compare it: `x !== 0`" : "Convert it with Number()",
    );
  }
  const allowed = { min: -(1n << BigInt(width - 1)), max: (1n << BigInt(width)) - 1n };
  if (operand.kind === "static" && expected === "number" && !contains(allowed, word.range)) {
    context.fail(
      ErrorCode.OutOfRange,
      span,
      `Cannot store the constant ${word.range.min} in a bit field of ${width} bits`,
      `It must be from ${allowed.min} to ${allowed.max}; mask it if its low bits are meant`,
    );
  }
  return word;
}

/** So many bits from a place on, as an unsigned number. */
export function loadPieces(context: Context, place: Place, width: number): Value {
  let whole: Value | undefined;
  for (const { offset, size, low, count, done } of piecesOf(place, width)) {
    let value = loadPiece(context, place, offset, size);
    if (low > 0) value = binary(context, "lshr", value, low, ones(8 * size - low));
    if (low + count < 8 * size) value = binary(context, "and", value, ones(count).max, ones(count));
    if (done > 0) value = binary(context, "shl", value, done);
    whole = whole ? binary(context, "or", whole, value, ones(done + count)) : value;
  }
  return whole!;
}

/** Changes so many bits from a place on, and no others. */
export function storePieces(context: Context, place: Place, width: number, value: Value): void {
  for (const { offset, size, low, count, done } of piecesOf(place, width)) {
    const rest = done > 0 ? binary(context, "lshr", value, done) : value;
    if (count === 8 * size) {
      storePiece(context, place, offset, size, rest);
      continue;
    }
    const mask = ones(count).max << BigInt(low);
    const bits = binary(context, "and", rest, ones(count).max, ones(count));
    const moved = low > 0 ? binary(context, "shl", bits, low) : bits;
    const others = binary(context, "and", loadPiece(context, place, offset, size), ones(8 * size).max & ~mask);
    storePiece(context, place, offset, size, binary(context, "or", others, moved));
  }
}

function loadPiece({ builder }: Context, place: Place, offset: number, size: Piece["size"]): Value {
  const { base, region } = place;
  const operation = { kind: "load", size, signed: false, offset: place.offset + offset, region } as const;
  return builder.emit(operation, [base], ones(8 * size));
}

function storePiece({ builder }: Context, place: Place, offset: number, size: Piece["size"], value: Value): void {
  const { base, region } = place;
  builder.emit({ kind: "store", size, offset: place.offset + offset, region }, [base, value]);
}

/** Bytes that a field touches. */
function bytesOf({ shift }: Place, width: number): number {
  return Math.ceil((shift + width) / 8);
}

/** The field's bytes in the largest pieces that touch no others; on the stack, aligned ones. */
function* piecesOf(place: Place, width: number): Generator<Piece> {
  const bytes = bytesOf(place, width);
  for (let offset = 0; offset < bytes;) {
    const alignment = placeAlignment({ ...place, offset: place.offset + offset });
    const fits = (size: number) => size <= bytes - offset && (place.region !== "stack" || size <= alignment);
    const size = ([4, 2] as const).find(fits) ?? 1;
    const done = Math.max(0, 8 * offset - place.shift);
    const low = Math.max(0, place.shift - 8 * offset);
    yield { offset, size, low, done, count: Math.min(width - done, 8 * size - low) };
    offset += size;
  }
}

function binary(
  { builder }: Context,
  operator: BinaryOperator,
  left: Value,
  right: Value | number | bigint,
  range?: Range,
): Value {
  const operand = typeof right === "object" ? right : builder.constant(BigInt(right));
  return builder.emit({ kind: "binary", operator, width: 64 }, [left, operand], range);
}

function ones(bits: number): Range {
  return { min: 0n, max: (1n << BigInt(bits)) - 1n };
}

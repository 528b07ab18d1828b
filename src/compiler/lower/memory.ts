/**
 * Scalars in memory: what a load makes of bits, and what a store makes of what JavaScript gives it.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import type { AnyScalar, AnyType } from "../../types/scalar.ts";
import type { Size, Value } from "../ir.ts";
import { BIT, contains, exactly, ofInteger } from "../range.ts";
import { loadPieces, storePieces } from "./bits.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { truncated } from "./division.ts";
import { fixedToInteger, toFixed } from "./fixed.ts";
import { isProven, MAX_PACKET_OFFSET, prove, splitOffset } from "./offsets.ts";
import type { Operand, Word, WordType } from "./operand.ts";
import { found, type Place, placeAlignment, placeInPacket, type ScalarPlace } from "./place.ts";
import { becomes, wordType } from "./word_types.ts";

/** The operand as the word to store into a variable of the type: same JavaScript type, constants in range (rule 12). */
export function converted(context: Context, type: AnyScalar, operand: Operand, span: Span): Word {
  const expected = type.value;
  if (expected === "fixed" && becomes(operand, "fixed")) return toFixed(context, operand, span);
  if (operand.kind === "static" && wordType(operand) === undefined && typeof operand.value !== "number") {
    context.fail(
      ErrorCode.TypeMismatch,
      span,
      `Cannot store ${describe(operand)} in a variable of type ${type.name}, which holds a ${typeOf(expected)}`,
      operand.value === undefined || operand.value === null
        ? "Say what it is without a value: `x ?? 0`"
        : CONVERSIONS[expected],
    );
  }
  const word = withoutDecimals(context, operand, `a variable of type ${type.name}`, span);
  if (word.type !== expected) {
    context.fail(
      ErrorCode.TypeMismatch,
      span,
      `Cannot store ${describe(operand)} in a variable of type ${type.name}, which holds a ${typeOf(expected)}`,
      CONVERSIONS[expected],
    );
  }
  if (operand.kind === "static" && expected !== "boolean") checkConstant(context, type, word, span);
  return word;
}

/** The operand as a word, what is behind its point cut off as setters of integers do; constants must not have any. */
export function withoutDecimals(context: Context, operand: Operand, target: string, span: Span): Word {
  if (operand.kind === "quotient") return truncated(context, operand, span);
  if (operand.kind === "static" && wordType(operand) === "fixed") {
    context.fail(
      ErrorCode.OutOfRange,
      span,
      `Cannot store ${operand.value} in ${target}, which holds integers`,
      "Use Math.round() or Math.trunc() on it, or declare a `fixed` variable",
    );
  }
  const word = context.toWord(operand, span);
  return word.type === "fixed" ? fixedToInteger(context, "trunc", word, span) : word;
}

/** What TypeScript calls it. */
function typeOf(type: WordType): string {
  return type === "fixed" ? "number" : type;
}

const CONVERSIONS: Readonly<Record<WordType, string>> = {
  fixed: "Convert it with Number()",
  number: "Convert it with Number()",
  bigint: "Convert it with BigInt(), or write a literal with n: 1n",
  boolean: "Compare it: `x !== 0`",
};

function checkConstant(context: Context, type: AnyScalar, { range }: Word, span: Span): void {
  const bits = BigInt(type.size * 8);
  const allowed = { min: -(1n << (bits - 1n)), max: (1n << bits) - 1n };
  if (contains(allowed, range)) return;
  context.fail(
    ErrorCode.OutOfRange,
    span,
    `Cannot store the constant ${range.min} in a variable of type ${type.name}`,
    `It must be from ${allowed.min} to ${allowed.max}; mask it if its low bits are meant`,
  );
}

/** The scalar at a place that exists, as JavaScript sees it. */
export function load(context: Context, place: ScalarPlace, span: Span): Word {
  const { type } = place;
  const needsSwap = type.endian === "big" && type.size > 1;
  const signed = type.signed && !needsSwap && !isSplit(place);
  const range = ofInteger(type.size, signed);
  demand(context, place, type.size, span);
  if (isSplit(place)) {
    const whole = swapped(context, type, loadPieces(context, place, 8 * type.size));
    return fromBits(context, type, isMac(type) ? shifted(context, "lshr", whole) : whole, true);
  }
  const { base, offset, region } = place;
  const raw = context.builder.emit({ kind: "load", size: type.size as Size, signed, offset, region }, [base], range);
  if (type.value === "boolean" && region === "packet") return truth(context, raw);
  return needsSwap ? fromBits(context, type, swapped(context, type, raw), true) : fromBits(context, type, raw, false);
}

/** Stores the low bits of a value at a place that exists. */
export function store(context: Context, place: ScalarPlace, value: Value, span: Span): void {
  const { type, base, offset, region } = place;
  demand(context, place, type.size, span);
  const ordered = swapped(context, type, isMac(type) ? shifted(context, "shl", value) : value);
  if (isSplit(place)) return storePieces(context, place, 8 * type.size, ordered);
  context.builder.emit({ kind: "store", size: type.size as Size, offset, region }, [base, ordered]);
}

/** The verifier takes only aligned accesses to the stack and to sockets, and the machine has none of 6 bytes. */
function isSplit(place: ScalarPlace): boolean {
  const isStrict = place.region === "stack" || place.region === "socket";
  return isMac(place.type) || isStrict && placeAlignment(place) < place.type.size;
}

/** Six bytes: swapped as the upper ones of eight. */
function isMac({ size }: AnyScalar): boolean {
  return size === 6;
}

function shifted({ builder }: Context, operator: "shl" | "lshr", value: Value): Value {
  return builder.emit({ kind: "binary", operator, width: 64 }, [value, builder.constant(16n)]);
}

function swapped({ builder }: Context, { endian, size }: AnyScalar, value: Value): Value {
  if (endian !== "big" || size === 1) return value;
  return builder.emit({ kind: "swap", bits: size === 6 ? 64 : (size * 8) as 16 | 32 | 64 }, [value]);
}

/** Any byte but 0 is true; in our own memory only 0 and 1 occur. */
function truth({ builder }: Context, byte: Value): Word {
  const carry = builder.emit({ kind: "binary", operator: "add", width: 64 }, [byte, builder.constant(0xffn)]);
  const bit = builder.emit({ kind: "binary", operator: "lshr", width: 64 }, [carry, builder.constant(8n)], BIT);
  return { kind: "word", type: "boolean", value: bit, range: BIT };
}

/** Gives bits their meaning; `unsigned` says that the bits are zero-extended so far. */
export function fromBits(context: Context, type: AnyScalar, bits: Value, unsigned: boolean): Word {
  if (type.value === "boolean") return context.word("boolean", bits, BIT);
  const range = ofInteger(type.size, type.signed);
  const needsSign = unsigned && type.signed && type.size < 8;
  const value = needsSign
    ? context.builder.emit({ kind: "extend", bits: (type.size * 8) as 8 | 16 | 32, signed: true }, [bits], range)
    : bits;
  return context.word(type.value, value, range);
}

/** A place at an offset of the packet, known now or at run time, after a check that all of it is there. */
export function packetPlace<T extends AnyType>(
  context: Context,
  type: T,
  offset: number | Word,
  span: Span,
): Place & { readonly type: T } {
  const { distance, constant } = typeof offset === "number"
    ? { distance: undefined, constant: offset }
    : splitOffset(context, offset);
  const place = placeInPacket(context, type, distance, constant);
  demand(context, found(context, place), type.size, span);
  return place;
}

/** Leaves the program with `defaultAction` unless so many bytes from a place on are there; only packets may end. */
export function demand(context: Context, { region, base, offset }: Place, bytes: number, span: Span): void {
  if (region !== "packet") return;
  if (base === context.packetStart) return requireBytes(context, offset + bytes, span);
  if (isProven(context, base, offset + bytes)) return;
  const { builder } = context;
  const enough = builder.label();
  builder.branch("ugt", moved(context, base, offset + bytes), context.packetEnd, context.leave, enough, {
    no: (state) => prove(state, base, offset + bytes),
  });
  builder.place(enough);
}

/** Leaves the program with `defaultAction` unless the packet has so many bytes. */
export function requireBytes(context: Context, bytes: number, span: Span): void {
  const { builder } = context;
  if (builder.state.proven >= bytes) return;
  refuseFar(context, bytes, span);
  const enough = builder.label();
  builder.branch("ugt", packetPointer(context, bytes), context.packetEnd, context.leave, enough);
  builder.place(enough);
  builder.state.proven = bytes;
}

/** Refuses bytes of a packet that the verifier does not follow pointers to. */
export function refuseFar(context: Context, bytes: number, span: Span): void {
  if (bytes <= MAX_PACKET_OFFSET) return;
  context.fail(
    ErrorCode.OutOfRange,
    span,
    `Cannot read the packet at byte ${bytes - 1}: the verifier follows ${MAX_PACKET_OFFSET} bytes`,
    "Packets are shorter: check the offset",
  );
}

/** packet start + a constant */
function packetPointer(context: Context, bytes: number): Value {
  return moved(context, context.packetStart, bytes);
}

export function moved({ builder }: Context, address: Value, bytes: number): Value {
  return builder.emit({ kind: "binary", operator: "add", width: 64 }, [address, builder.constant(BigInt(bytes))]);
}

export function scalar(context: Context, type: AnyType, span: Span): AnyScalar {
  if (type.kind === "scalar") return type as AnyScalar;
  return context.fail(ErrorCode.UnsupportedSyntax, span, "Cannot use a variable of this type as a value yet");
}

/** The word as the variable would give it back: cut to its size. */
export function wrapped(context: Context, type: AnyScalar, word: Word): Word {
  const range = ofInteger(type.size, type.signed);
  if (type.value === "boolean" || contains(range, word.range)) return word;
  if (word.range.min === word.range.max) {
    const cut = type.signed
      ? BigInt.asIntN(type.size * 8, word.range.min)
      : BigInt.asUintN(type.size * 8, word.range.min);
    return { ...context.constant(cut, word.type), range: exactly(cut) };
  }
  if (type.size === 8) return context.reread(word, range);
  if (isMac(type)) {
    const { builder } = context;
    const cut = { kind: "binary", operator: "and", width: 64 } as const;
    return context.word(word.type, builder.emit(cut, [word.value, builder.constant(range.max)]), range);
  }
  const bits = (type.size * 8) as 8 | 16 | 32;
  return context.word(
    word.type,
    context.builder.emit({ kind: "extend", bits, signed: type.signed }, [word.value]),
    range,
  );
}

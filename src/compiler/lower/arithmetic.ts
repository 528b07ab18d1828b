/**
 * Arithmetic on run-time words: exact integers of JavaScript made into 64-bit instructions (rules 8 to 10 of the language).
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { BinaryOperator as Operator, Span } from "../../syntax/ast.ts";
import type { BinaryOperator as MachineOperator, Value } from "../ir.ts";
import * as ranges from "../range.ts";
import { exactly, I32, I64, type Range, U32, U64 } from "../range.ts";
import type { Context } from "./context.ts";
import { divide, remainder, truncated } from "./division.ts";
import { fixedToInteger, fixedWord, isFixed, lowerFixed, toFixed } from "./fixed.ts";
import { negate } from "./integer.ts";
import type { Operand, Word, WordType } from "./operand.ts";
import { lowerPower } from "./power.ts";

/** Where an operator and its two sides stand in the text. */
export interface Spans {
  readonly left: Span;
  readonly right: Span;
  readonly whole: Span;
}

type Rule = (context: Context, left: Word, right: Word, span: Span) => Operand;

/** Operators on two words of one type, `number` or `bigint`. */
const ARITHMETIC: Partial<Record<Operator, Rule>> = {
  "+": (context, left, right, span) => exact(context, "add", left, right, ranges.add(left.range, right.range), span),
  "-": subtract,
  "*": (context, left, right, span) =>
    exact(context, "mul", left, right, ranges.multiply(left.range, right.range), span),
  "/": divide,
  "%": remainder,
};

/** Those that see the integer in a number, and of that the low 32 bits. */
const BITWISE: Partial<Record<Operator, Rule>> = {
  "&": (context, left, right) => bitwise(context, "and", left, right, ranges.and),
  "|": (context, left, right) => bitwise(context, "or", left, right, ranges.or),
  "^": (context, left, right) => bitwise(context, "xor", left, right, ranges.or),
  "<<": shiftLeft,
  ">>": shiftRight,
  ">>>": shiftRightUnsigned,
};

/** Lowers `left operator right` of two operands of which at least one is no static value. */
export function lowerArithmetic(
  context: Context,
  operator: Operator,
  left: Operand,
  right: Operand,
  spans: Spans,
): Operand {
  if (operator === "**") return lowerPower(context, left, right, spans);
  const bits = BITWISE[operator];
  const rule = bits ?? ARITHMETIC[operator];
  if (!rule) {
    context.fail(
      ErrorCode.UnsupportedSyntax,
      spans.whole,
      `Cannot use the operator ${operator} at run time`,
      "Compare with the operators ===, < and their like",
    );
  }
  if (!bits && (isFixed(left) || isFixed(right))) return lowerFixed(context, operator, left, right, spans);
  const operandOf = bits ? integral : numeric;
  const a = operandOf(context, left, operator, spans.left);
  const b = operandOf(context, right, operator, spans.right);
  refuseMixed(context, operator, a, b, spans.whole);
  return rule(context, a, b, spans.whole);
}

/** As in JavaScript, bigints and numbers do not meet in an operator. */
export function refuseMixed(context: Context, operator: string, left: Operand, right: Operand, span: Span): void {
  if (isBigInt(left) === isBigInt(right)) return;
  context.fail(
    ErrorCode.TypeMismatch,
    span,
    `Cannot mix a ${isBigInt(left) ? "bigint and a number" : "number and a bigint"} in ${operator}`,
    "Convert one of them with BigInt() or Number(); as in JavaScript, it is never done silently",
  );
}

export function isBigInt(operand: Operand): boolean {
  if (operand.kind === "word") return operand.type === "bigint";
  return operand.kind === "static" && typeof operand.value === "bigint";
}

/** The operand as an integer, what is behind the point cut off: what the bitwise operators see. */
export function integral(context: Context, operand: Operand, operator: string, span: Span): Word {
  if (operand.kind === "quotient") return truncated(context, operand, span);
  if (operand.kind === "static" && typeof operand.value === "number") {
    return context.constant(BigInt(operand.value | 0), "number");
  }
  const word = numeric(context, operand, operator, span);
  return word.type === "fixed" ? fixedToInteger(context, "trunc", word, span) : word;
}

/** The operand as a number or bigint; booleans count as numbers, as in JavaScript. */
export function numeric(context: Context, operand: Operand, operator: string, span: Span): Word {
  if (operand.kind === "static" && (typeof operand.value === "string" || typeof operand.value === "object")) {
    context.fail(
      ErrorCode.TypeMismatch,
      span,
      `Cannot use ${operator} on ${typeof operand.value === "string" ? "a string" : "an object"} at run time`,
      "Strings and objects exist at generation time only",
    );
  }
  const word = context.toWord(operand, span);
  return word.type === "boolean" ? { ...word, type: "number" } : word;
}

function emit(context: Context, operator: MachineOperator, left: Value, right: Value, range?: Range): Value {
  return context.builder.emit({ kind: "binary", operator, width: 64 }, [left, right], range);
}

/** A result that is right as it stands; a number must stay within 2^53, a bigint may wait until it is needed whole. */
function exact(
  context: Context,
  operator: MachineOperator,
  left: Word,
  right: Word,
  range: Range,
  span: Span,
): Word {
  checkNumber(context, left.type, range, span, operator === "mul" ? "Use Math.imul() or bigint" : "Use bigint");
  const value = emit(context, operator, left.value, right.value);
  if (operator !== "mul") context.builder.summands.set(value, [left.range, right.range]);
  return context.word(left.type, value, range);
}

function checkNumber(context: Context, type: WordType, range: Range, span: Span, remedy: string): void {
  if (type === "number" && !ranges.contains(ranges.SAFE, range)) {
    context.fail(
      ErrorCode.NotExact,
      span,
      `Cannot show that this result is exact: it may lie between ${range.min} and ${range.max}, beyond 2^53`,
      remedy,
    );
  }
}

/** u64 − u64 is taken as a difference below 2^63: the one stated exception to rule 9. */
function subtract(context: Context, left: Word, right: Word, span: Span): Operand {
  const range = ranges.subtract(left.range, right.range);
  const isCounterDifference = left.type === "bigint" && left.range.min >= 0n && right.range.min >= 0n &&
    ranges.contains(U64, left.range) && ranges.contains(U64, right.range) && !ranges.contains(I64, range);
  return exact(context, "sub", left, right, isCounterDifference ? I64 : range, span);
}

/** The word with its range inside 64 bits, signed or not; an error where only the low bits are known. */
export function whole(context: Context, word: Word, span: Span): Word {
  if (ranges.contains(I64, word.range) || ranges.contains(U64, word.range)) return word;
  return context.fail(
    ErrorCode.NotExact,
    span,
    `Cannot use this bigint whole: it may lie between ${word.range.min} and ${word.range.max}, beyond 64 bits`,
    "Say how it wraps: BigInt.asUintN(64, …) or BigInt.asIntN(64, …)",
  );
}

function isUnsigned(range: Range): boolean {
  return range.min >= 0n;
}

function bitwise(
  context: Context,
  operator: "and" | "or" | "xor",
  left: Word,
  right: Word,
  of: (a: Range, b: Range) => Range,
): Word {
  if (left.type === "bigint") {
    return context.word("bigint", emit(context, operator, left.value, right.value), of(left.range, right.range));
  }
  // An `and` with 31 bits or less keeps none of what ToInt32 would have to change.
  const masks = [left.range, right.range].filter(({ min, max }) => min >= 0n && max <= I32.max);
  if (operator === "and" && masks.length > 0) {
    const max = masks.map((mask) => mask.max).reduce((a, b) => a < b ? a : b);
    return context.word("number", emit(context, "and", left.value, right.value), { min: 0n, max });
  }
  const [a, b] = [toInt32Range(left.range), toInt32Range(right.range)];
  const value = emit(context, operator, left.value, right.value);
  const isExtended = [left, right].every(({ range }) => ranges.contains(I32, range));
  return signed32(context, value, of(a, b), isExtended);
}

/** JavaScript's signed 32-bit result: sign-extended unless it is that already. */
function signed32(context: Context, value: Value, range: Range, isExtended: boolean): Word {
  const inside = ranges.intersection(range, I32) ?? I32;
  const extended = isExtended
    ? value
    : context.builder.emit({ kind: "extend", bits: 32, signed: true }, [value], inside);
  return { ...context.word("number", extended, inside), bitwise: inside.min < 0n };
}

function toInt32Range(range: Range): Range {
  return ranges.contains(I32, range) ? range : I32;
}

/** ToInt32 of a number: what the bitwise operators see. */
export function toInt32(context: Context, word: Word): Word {
  return signed32(context, word.value, toInt32Range(word.range), ranges.contains(I32, word.range));
}

/** ToUint32 of a number. */
export function toUint32(context: Context, word: Word): Word {
  if (ranges.contains(U32, word.range)) return word;
  return context.word("number", context.builder.emit({ kind: "extend", bits: 32, signed: false }, [word.value]), U32);
}

/** A number's shift count modulo 32, a bigint's as it is. */
function shiftCount(context: Context, count: Word, span: Span): Word {
  if (count.type === "bigint") {
    if (ranges.contains({ min: 0n, max: 63n }, count.range)) return count;
    return context.fail(
      ErrorCode.NotExact,
      span,
      `Cannot shift by ${count.range.min} to ${count.range.max} bits: the count must be from 0n to 63n`,
      "Mask the count: `x << (n & 63n)`",
    );
  }
  if (ranges.contains({ min: 0n, max: 31n }, count.range)) return count;
  if (count.range.min === count.range.max) return context.constant(count.range.min & 31n, "number");
  return context.word("number", emit(context, "and", count.value, context.builder.constant(31n)), {
    min: 0n,
    max: 31n,
  });
}

function shiftLeft(context: Context, left: Word, right: Word, span: Span): Operand {
  const count = shiftCount(context, right, span);
  const base = left.type === "number" ? toInt32Range(left.range) : left.range;
  const range = ranges.shiftLeft(base, count.range);
  const value = emit(context, "shl", left.value, count.value);
  if (left.type === "bigint") return context.word("bigint", value, range);
  const isExtended = ranges.contains(I32, left.range) && ranges.contains(I32, range);
  return signed32(context, value, ranges.contains(I32, range) ? range : I32, isExtended);
}

function shiftRight(context: Context, left: Word, right: Word, span: Span): Operand {
  const count = shiftCount(context, right, span);
  const word = left.type === "number" ? toInt32(context, left) : whole(context, left, span);
  const range = ranges.shiftRight(word.range, count.range);
  const operator = isUnsigned(word.range) ? "lshr" : "ashr";
  return { ...context.word(left.type, emit(context, operator, word.value, count.value), range), bitwise: word.bitwise };
}

function shiftRightUnsigned(context: Context, left: Word, right: Word, span: Span): Operand {
  if (left.type === "bigint") {
    context.fail(ErrorCode.TypeMismatch, span, "Cannot use >>> on a bigint, as in JavaScript", "Use >> instead");
  }
  const count = shiftCount(context, right, span);
  const word = toUint32(context, left);
  const range = ranges.shiftRight(word.range, count.range);
  return context.word("number", emit(context, "lshr", word.value, count.value), range);
}

/** `-x` */
export function lowerNegation(context: Context, operand: Operand, span: Span): Operand {
  if (operand.kind === "quotient") return { ...operand, dividend: negated(context, operand.dividend) };
  if (isFixed(operand)) return fixedWord(context, negate(context, toFixed(context, operand, span)), span);
  return negated(context, numeric(context, operand, "-", span));
}

/** The word with its sign turned round. */
export function negated(context: Context, word: Word): Word {
  const { value, range } = negate(context, word);
  return { ...context.word(word.type, value, range), nonZero: word.nonZero };
}

/** `~x` */
export function lowerComplement(context: Context, operand: Operand, span: Span): Word {
  const word = integral(context, operand, "~", span);
  const value = emit(context, "xor", word.value, context.builder.constant(-1n));
  if (word.type === "bigint") return context.word("bigint", value, ranges.subtract(exactly(-1n), word.range));
  const range = toInt32Range(word.range);
  return signed32(context, value, ranges.subtract(exactly(-1n), range), ranges.contains(I32, word.range));
}

/**
 * Division (rule 10): of bigints it truncates; of numbers it is a {@linkcode Quotient} until something says how it rounds.
 *
 * That JavaScript divides doubles makes no difference: both operands are integers up to 2^53, so a fraction that is no
 * integer is never so near to one that a double could not tell them apart. For halves that holds up to 2^52.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import type { BinaryOperator } from "../ir.ts";
import * as ranges from "../range.ts";
import { I64, includes, type Range } from "../range.ts";
import { whole } from "./arithmetic.ts";
import type { Context } from "./context.ts";
import { add, floorDivide, half, type Integer, integer, negateIf, signMask, subtract } from "./integer.ts";
import type { Operand, Word } from "./operand.ts";

/** How a fraction becomes an integer: JavaScript's names. */
export type Rounding = "floor" | "ceil" | "round" | "trunc";

/** Two integers, one over the other. */
export interface Fraction<Part extends Integer> {
  readonly dividend: Part;
  readonly divisor: Part;
}

/** `left / right`, of one type. */
export function divide(context: Context, left: Word, right: Word, span: Span): Operand {
  const dividend = whole(context, left, span);
  const divisor = nonZero(context, right, span);
  if (left.type === "number") return { kind: "quotient", dividend, divisor };
  return truncated(context, { dividend, divisor }, span);
}

/** `left % right`, of one type: the sign of the dividend. */
export function remainder(context: Context, left: Word, right: Word, span: Span): Word {
  const dividend = whole(context, left, span);
  const divisor = nonZero(context, right, span);
  return signedOrNot(context, ["umod", "smod"], dividend, divisor, ranges.remainder, span);
}

/** A quotient of numbers as the integer that a rounding makes of it. */
export function rounded(context: Context, rounding: Rounding, quotient: Fraction<Word>, span: Span): Word {
  if (rounding === "round") refuseLarge(context, quotient.dividend, span);
  return roundedExactly(context, rounding, quotient, span);
}

/** A fraction as an integer: the rounding of its exact value. */
export function roundedExactly(context: Context, rounding: Rounding, quotient: Fraction<Word>, span: Span): Word {
  if (rounding === "trunc") return truncated(context, quotient, span);
  const [dividend, divisor] = withPositiveDivisor(context, quotient);
  const { value, range } = floorDivide(context, add(context, dividend, biasOf(context, rounding, divisor)), divisor);
  return context.word("number", value, range);
}

/** The division that truncates: bigint's, and Math.trunc() of a number's. */
export function truncated(context: Context, { dividend, divisor }: Fraction<Word>, span: Span): Word {
  return signedOrNot(context, ["udiv", "sdiv"], dividend, divisor, ranges.divide, span);
}

/** What to add to a dividend so that rounding down rounds as wanted; halves go up. */
export function biasOf(context: Context, rounding: Rounding, divisor: Integer): Integer {
  if (rounding === "ceil") return subtract(context, divisor, integer(context, 1n));
  return rounding === "round" ? half(context, divisor) : integer(context, 0n);
}

/** The same fraction with a divisor above zero. */
export function withPositiveDivisor(
  context: Context,
  { dividend, divisor }: Fraction<Integer>,
): [dividend: Integer, divisor: Integer] {
  const mask = signMask(context, divisor);
  const { value, range } = negateIf(context, mask, divisor);
  return [negateIf(context, mask, dividend), { value, range: ranges.intersection(range, POSITIVE) ?? range }];
}

const POSITIVE: Range = { min: 1n, max: 2n ** 64n };

/** The word, proven not to be zero. */
export function nonZero(context: Context, word: Word, span: Span): Word {
  const exact = whole(context, word, span);
  if (exact.nonZero || !includes(exact.range, 0n)) return exact;
  const suffix = word.type === "bigint" ? "n" : "";
  return context.fail(
    ErrorCode.NotExact,
    span,
    `Cannot divide: the divisor may be 0${suffix}`,
    `Test it first (\`if (b !== 0${suffix})\` on a const), or use \`b || 1${suffix}\``,
  );
}

function signedOrNot(
  context: Context,
  [unsigned, signed]: readonly [BinaryOperator, BinaryOperator],
  dividend: Word,
  divisor: Word,
  rangeOf: (a: Range, b: Range) => Range,
  span: Span,
): Word {
  const operator = dividend.range.min >= 0n && divisor.range.min >= 0n ? unsigned : signed;
  if (operator === signed && !(ranges.contains(I64, dividend.range) && ranges.contains(I64, divisor.range))) {
    context.fail(
      ErrorCode.NotExact,
      span,
      "Cannot divide a signed by an unsigned 64-bit bigint",
      "Convert with BigInt.asIntN(64, …) or BigInt.asUintN(64, …)",
    );
  }
  const value = context.builder.emit({ kind: "binary", operator, width: 64 }, [dividend.value, divisor.value]);
  return context.word(dividend.type, value, rangeOf(dividend.range, divisor.range));
}

function refuseLarge(context: Context, { range }: Word, span: Span): void {
  if (ranges.magnitude(range) < 2n ** 52n) return;
  context.fail(
    ErrorCode.NotExact,
    span,
    "Cannot round this division as JavaScript does: the dividend may exceed 2^52",
    "Use Math.floor() or Math.trunc(), or bigint",
  );
}

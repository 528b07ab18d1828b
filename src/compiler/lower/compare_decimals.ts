/**
 * Comparisons of what has decimals: fixed-point words, fractions, and constants that no word holds. All are exact: what is
 * compared in the end are integers that were multiplied, or rounded towards the side that the comparison asks about.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import { fixedScale, fixedSteps } from "../../types/scalar.ts";
import * as ranges from "../range.ts";
import { exactly, I64, U64 } from "../range.ts";
import { whole } from "./arithmetic.ts";
import type { Label } from "./builder.ts";
import { compareWords, decide, SWAPPED, type Test } from "./conditions.ts";
import type { Context } from "./context.ts";
import { roundedExactly } from "./division.ts";
import { fixedToInteger, SCALE, scaledQuotient, toFixed } from "./fixed.ts";
import { integer, multiply } from "./integer.ts";
import type { Operand, Quotient, Word } from "./operand.ts";

/** No run-time number is larger, and no fraction of such numbers. */
const BEYOND = 2 ** 54;

/** A comparison: where it stands, and where it leads. */
export interface Ways {
  readonly span: Span;
  readonly yes: Label;
  readonly no: Label;
}

/** Whether an operand takes the comparisons of this file. */
export function isDecimal(operand: Operand): boolean {
  if (operand.kind === "static") return typeof operand.value === "number" && !Number.isSafeInteger(operand.value);
  return operand.kind === "quotient" || operand.kind === "word" && operand.type === "fixed";
}

/** Goes by `left test right`, of which one is {@linkcode isDecimal decimal}. */
export function compareDecimals(context: Context, test: Test, left: Operand, right: Operand, ways: Ways): void {
  if (left.kind === "quotient") return compareQuotient(context, test, left, right, ways);
  if (right.kind === "quotient") return compareQuotient(context, SWAPPED[test], right, left, ways);
  if (right.kind === "static" && typeof right.value === "number") {
    return compareConstant(context, test, toWord(context, left, ways), right.value, ways);
  }
  if (left.kind === "static" && typeof left.value === "number") {
    return compareConstant(context, SWAPPED[test], toWord(context, right, ways), left.value, ways);
  }
  const [a, b] = [toWord(context, left, ways), toWord(context, right, ways)];
  if (a.type === "fixed") compareFixed(context, test, a, b, ways);
  else compareFixed(context, SWAPPED[test], b, a, ways);
}

function toWord(context: Context, operand: Operand, { span }: Ways): Word {
  return whole(context, context.toWord(operand, span), span);
}

/** A word with a constant that may lie between its values: `x < 2.5` is `x < 3`, and `x <= 2.5` is `x <= 2`. */
function compareConstant(context: Context, test: Test, word: Word, constant: number, { yes, no }: Ways): void {
  const { builder } = context;
  if (Number.isNaN(constant)) return builder.goto(test === "ne" ? yes : no);
  if (!Number.isFinite(constant)) return builder.goto(isBelow(test, constant > 0) ? yes : no);
  const [below, above] = word.type === "fixed" ? stepsAround(constant) : integersAround(constant);
  if (below !== above && (test === "eq" || test === "ne")) return builder.goto(test === "ne" ? yes : no);
  const nearest = test === "lt" || test === "ge" ? above : below;
  const isWord = ranges.includes(I64, nearest) || ranges.includes(U64, nearest);
  if (isWord) return compareWords(context, test, word, context.constant(nearest, word.type), yes, no);
  builder.goto(decide(test, word, { range: exactly(nearest) }) ? yes : no);
}

/** The outcome for a word that is less than (or else greater than) the constant, whatever it is. */
function isBelow(test: Test, isLess: boolean): boolean {
  return test === "ne" || (isLess ? test === "lt" || test === "le" : test === "gt" || test === "ge");
}

/** The integers next to a constant; the same one twice if it is an integer. */
function integersAround(constant: number): [below: bigint, above: bigint] {
  return [BigInt(Math.floor(constant)), BigInt(Math.ceil(constant))];
}

/** The steps of fixed point next to a constant: a step is the number that JavaScript reads it as. */
function stepsAround(constant: number): [below: bigint, above: bigint] {
  if (Number.isInteger(constant)) return [BigInt(constant) * SCALE, BigInt(constant) * SCALE];
  const steps = fixedSteps(constant);
  const asNumber = Number(steps) / fixedScale;
  return [asNumber > constant ? steps - 1n : steps, asNumber < constant ? steps + 1n : steps];
}

/** A fixed-point word with another word. */
function compareFixed(context: Context, test: Test, a: Word, b: Word, ways: Ways): void {
  const scaled = ranges.multiply(b.range, exactly(SCALE));
  if (b.type === "fixed") return compareWords(context, test, a, b, ways.yes, ways.no);
  if (ranges.contains(I64, scaled)) {
    const { value } = multiply(context, b, integer(context, SCALE));
    return compareWords(context, test, a, context.word("fixed", value, scaled), ways.yes, ways.no);
  }
  const round = (rounding: "floor" | "ceil") => fixedToInteger(context, rounding, a, ways.span);
  compareRounded(context, test, round, b, ways);
}

/** `a / b` with anything: multiplied out, `a` with `c · b`, where that fits 64 bits. */
function compareQuotient(context: Context, test: Test, quotient: Quotient, other: Operand, ways: Ways): void {
  const { span } = ways;
  if (other.kind === "quotient") {
    context.fail(
      ErrorCode.NotExact,
      span,
      "Cannot compare two fractions",
      "Truncate one of them first: Math.trunc(a / b)",
    );
  }
  if (other.kind === "static" && !(Math.abs(other.value as number) < BEYOND)) {
    const constant = other.value as number;
    const isYes = Number.isNaN(constant) ? test === "ne" : isBelow(test, constant > 0);
    return context.builder.goto(isYes ? ways.yes : ways.no);
  }
  if (isDecimal(other)) {
    const steps = toFixed(context, other, span);
    const scale = (rounding: "floor" | "ceil") => {
      const { value, range } = scaledQuotient(context, quotient.dividend, quotient.divisor, rounding);
      return context.word("fixed", value, range);
    };
    return compareRounded(context, test, scale, steps, ways);
  }
  const { dividend, divisor } = quotient;
  const word = toWord(context, other, ways);
  const range = ranges.multiply(word.range, divisor.range);
  if (divisor.range.min >= 0n && ranges.contains(I64, range)) {
    const product = context.word("number", multiply(context, word, divisor).value, range);
    return compareWords(context, test, dividend, product, ways.yes, ways.no);
  }
  compareRounded(context, test, (rounding) => roundedExactly(context, rounding, quotient, span), word, ways);
}

/** A fraction with an integer: less than it is what is less when rounded down, and so on. */
function compareRounded(
  context: Context,
  test: Test,
  round: (rounding: "floor" | "ceil") => Word,
  other: Word,
  { span, yes, no }: Ways,
): void {
  if (test === "ne") return compareRounded(context, "eq", round, other, { span, yes: no, no: yes });
  if (test !== "eq") {
    const rounding = test === "lt" || test === "ge" ? "floor" : "ceil";
    return compareWords(context, test, round(rounding), other, yes, no);
  }
  const rest = context.builder.label();
  compareWords(context, "eq", round("floor"), other, rest, no);
  context.builder.place(rest);
  if (context.builder.reachable) compareWords(context, "eq", round("ceil"), other, yes, no);
}

/**
 * Fixed point (rule 11): words that count hundred-thousandths, for numbers with decimals.
 *
 * Each operation gives the step nearest to the exact result, the upper one of two that are equally near: what `Math.round()`
 * does when JavaScript's own result is stored in a `fixed` variable. Sums, differences, remainders, negatives, products with
 * integers and comparisons are exact. Constants are rounded in the same way, but compared as they are.
 *
 * Right are operands below 2^31 in magnitude with results below 2^46; beyond 64 bits of steps they wrap. A product of two
 * fixed-point numbers, or a quotient, may need 128 bits on the way: both are put together from parts, as in long division.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { BinaryOperator as Operator, Span } from "../../syntax/ast.ts";
import { fixedScale, fixedSteps } from "../../types/scalar.ts";
import * as ranges from "../range.ts";
import { exactly, I64, type Range } from "../range.ts";
import { refuseMixed, type Spans } from "./arithmetic.ts";
import type { Context } from "./context.ts";
import {
  biasOf,
  type Fraction,
  nonZero,
  remainder,
  roundedExactly,
  type Rounding,
  withPositiveDivisor,
} from "./division.ts";
import { add, floorDivide, floorRemainder, type Integer, integer, isConstant, multiply, subtract } from "./integer.ts";
import type { Operand, Word } from "./operand.ts";

/** How many steps make 1. */
export const SCALE: bigint = BigInt(fixedScale);
/** Their product is the scale: dividing by one after the other keeps both dividends within 64 bits. */
const [FIRST_DIGIT, SECOND_DIGIT] = [400n, 250n];
/** Steps of operands, and of results, that are promised to be right. */
const OPERANDS: Range = { min: -(2n ** 31n) * SCALE, max: 2n ** 31n * SCALE };
const RESULTS: Range = { min: -(2n ** 46n) * SCALE, max: 2n ** 46n * SCALE };

/** Whether an operand makes an operation one on fixed-point numbers. */
export function isFixed(operand: Operand): boolean {
  if (operand.kind === "word") return operand.type === "fixed";
  return operand.kind === "static" && Number.isFinite(operand.value) && !Number.isInteger(operand.value);
}

/** The operand, no bigint, as a fixed-point word. */
export function toFixed(context: Context, operand: Operand, span: Span): Word {
  if (operand.kind === "quotient") {
    return fixedWord(context, scaledQuotient(context, operand.dividend, operand.divisor, "round"), span);
  }
  if (operand.kind === "static" && typeof operand.value === "number") return toConstant(context, operand.value, span);
  const word = context.toWord(operand, span);
  if (word.type === "fixed") return word;
  return { ...fixedWord(context, multiply(context, word, integer(context, SCALE)), span), nonZero: word.nonZero };
}

/** A number as a constant, rounded to the nearest step. */
function toConstant(context: Context, constant: number, span: Span): Word {
  const steps = fixedSteps(constant);
  if (Number.isFinite(constant) && ranges.includes(RESULTS, steps)) return context.constant(steps, "fixed");
  return context.fail(
    ErrorCode.OutOfRange,
    span,
    `Cannot use ${constant} with decimals: fixed point ends at 2^46`,
    "Keep it below 2^31, where all operations are right",
  );
}

/** A fixed-point word as an integer. */
export function fixedToInteger(context: Context, rounding: Rounding, word: Word, span: Span): Word {
  const divisor = context.constant(SCALE, "number");
  return roundedExactly(context, rounding, { dividend: { ...word, type: "number" }, divisor }, span);
}

/** Steps as a word; an error where they are beyond what fixed point can hold for sure. */
export function fixedWord(context: Context, { value, range }: Integer, span: Span): Word {
  if (range.min > RESULTS.max || range.max < RESULTS.min) {
    context.fail(
      ErrorCode.OutOfRange,
      span,
      "Cannot compute this with decimals: the result is beyond 2^46, where fixed point ends",
      "Use integers: Math.trunc() what has decimals, or bigint",
    );
  }
  return context.word("fixed", value, ranges.contains(I64, range) ? range : I64);
}

type Rule = (context: Context, left: Operand, right: Operand, spans: Spans) => Integer;

const RULES: Partial<Record<Operator, Rule>> = {
  "+": (context, left, right, spans) => add(context, ...both(context, left, right, spans)),
  "-": (context, left, right, spans) => subtract(context, ...both(context, left, right, spans)),
  "*": (context, left, right, spans) =>
    isFixed(left)
      ? product(context, left, right, spans)
      : product(context, right, left, { ...spans, left: spans.right, right: spans.left }),
  "/": quotient,
  "%": (context, left, right, spans) => remainder(context, ...both(context, left, right, spans), spans.whole),
};

/** `left operator right` where one of the two is fixed. */
export function lowerFixed(context: Context, operator: Operator, left: Operand, right: Operand, spans: Spans): Word {
  const rule = RULES[operator];
  if (!rule) {
    context.fail(ErrorCode.UnsupportedSyntax, spans.whole, `Cannot use ${operator} with decimals at run time`);
  }
  refuseMixed(context, operator, left, right, spans.whole);
  return fixedWord(context, rule(context, left, right, spans), spans.whole);
}

function both(context: Context, left: Operand, right: Operand, spans: Spans): [Word, Word] {
  return [toFixed(context, left, spans.left), toFixed(context, right, spans.right)];
}

/** Steps times an integer, or times a fraction. */
function product(context: Context, left: Operand, right: Operand, spans: Spans): Integer {
  const steps = toFixed(context, left, spans.left);
  if (right.kind === "quotient") {
    const [dividend, divisor] = withPositiveDivisor(context, right);
    const exact = timesFraction(context, steps, { dividend, divisor });
    if (exact) return exact;
  } else if (!isFixed(right)) return multiply(context, steps, context.toWord(right, spans.right));
  const dividend = toFixed(context, right, spans.right);
  return timesFraction(context, steps, { dividend, divisor: integer(context, SCALE) })!;
}

/** `left / right`: dividing by a fraction multiplies by it turned over. */
function quotient(context: Context, left: Operand, right: Operand, spans: Spans): Integer {
  const steps = toFixed(context, left, spans.left);
  if (right.kind === "quotient") {
    const [dividend, divisor] = withPositiveDivisor(context, {
      dividend: right.divisor,
      divisor: nonZero(context, right.dividend, spans.right),
    });
    const exact = timesFraction(context, steps, { dividend, divisor });
    if (exact) return exact;
  } else if (!isFixed(right)) {
    const [dividend, divisor] = withPositiveDivisor(context, {
      dividend: steps,
      divisor: nonZero(context, context.toWord(right, spans.right), spans.right),
    });
    return floorDivide(context, add(context, dividend, biasOf(context, "round", divisor)), divisor);
  }
  return scaledQuotient(context, steps, nonZero(context, toFixed(context, right, spans.right), spans.right), "round");
}

/**
 * `steps × dividend / divisor`, rounded to the nearest, whose divisor is positive; `undefined` where even the parts might
 * not fit 64 bits.
 */
function timesFraction(context: Context, steps: Integer, fraction: Fraction<Integer>): Integer | undefined {
  const { dividend: factor, divisor } = reduced(context, fraction);
  const bias = biasOf(context, "round", divisor);
  const divideProduct = (product: Integer) => floorDivide(context, add(context, product, bias), divisor);
  if (isProductWhole(promised(steps), promised(factor), divisor)) {
    return divideProduct(multiply(context, steps, factor));
  }
  // steps = whole × divisor + rest
  const whole = floorDivide(context, steps, divisor);
  const rest = floorRemainder(context, steps, divisor, whole);
  const first = multiply(context, whole, factor);
  if (isProductWhole(rest.range, promised(factor), divisor)) {
    return add(context, first, divideProduct(multiply(context, rest, factor)));
  }
  if (!isProductWhole(rest.range, rest.range, divisor)) return undefined;
  // factor = otherWhole × divisor + otherRest
  const otherWhole = floorDivide(context, factor, divisor);
  const otherRest = floorRemainder(context, factor, divisor, otherWhole);
  const second = multiply(context, rest, otherWhole);
  return add(context, add(context, first, second), divideProduct(multiply(context, rest, otherRest)));
}

/** A constant fraction in lowest terms. */
function reduced(context: Context, fraction: Fraction<Integer>): Fraction<Integer> {
  const { dividend, divisor } = fraction;
  if (!isConstant(dividend) || !isConstant(divisor) || dividend.range.min === 0n) return fraction;
  const common = commonDivisor(ranges.magnitude(dividend.range), divisor.range.min);
  return {
    dividend: integer(context, dividend.range.min / common),
    divisor: integer(context, divisor.range.min / common),
  };
}

function commonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : commonDivisor(b, a % b);
}

/**
 * `dividend × scale / divisor` rounded: the steps of an integer division, and the quotient of two numbers of steps. In two
 * steps, dividing `400 × dividend` and then 250 × what that leaves, where all at once might not fit 64 bits.
 */
export function scaledQuotient(context: Context, a: Integer, b: Integer, rounding: Rounding): Integer {
  const [dividend, divisor] = withPositiveDivisor(context, { dividend: a, divisor: b });
  if (rounding === "round" && isConstant(divisor)) {
    const exact = timesFraction(context, dividend, { dividend: integer(context, SCALE), divisor });
    if (exact) return exact;
  }
  const bias = biasOf(context, rounding, divisor);
  if (isProductWhole(dividend.range, exactly(SCALE), divisor)) {
    const scaled = multiply(context, dividend, integer(context, SCALE));
    return floorDivide(context, add(context, scaled, bias), divisor);
  }
  const first = multiply(context, dividend, integer(context, FIRST_DIGIT));
  const whole = floorDivide(context, first, divisor);
  const rest = multiply(context, floorRemainder(context, first, divisor, whole), integer(context, SECOND_DIGIT));
  const part = floorDivide(context, add(context, rest, bias), divisor);
  return add(context, multiply(context, whole, integer(context, SECOND_DIGIT)), part);
}

/** Whether a product, and what rounding adds to it before it is divided, fits 64 bits. */
function isProductWhole(a: Range, b: Range, divisor: Integer): boolean {
  const product = ranges.multiply(a, b);
  return ranges.contains(I64, { min: product.min, max: product.max + divisor.range.max });
}

/** The part of a range that operations are promised to be right for. */
function promised({ range }: Integer): Range {
  return ranges.intersection(range, OPERANDS) ?? range;
}

/**
 * Exact integers while a longer computation is put together: values with ranges, constants folded on the way.
 *
 * @module
 */

import type { BinaryOperator, Value } from "../ir.ts";
import * as ranges from "../range.ts";
import { exactly, I64, type Range, U64 } from "../range.ts";
import type { Context } from "./context.ts";

/** A value and what it is exactly; {@linkcode Word}s are integers. */
export interface Integer {
  readonly value: Value;
  readonly range: Range;
}

export function integer({ builder }: Context, value: bigint): Integer {
  return { value: builder.constant(BigInt.asIntN(64, value)), range: exactly(value) };
}

export function add(context: Context, a: Integer, b: Integer): Integer {
  if (isExactly(b, 0n)) return a;
  if (isExactly(a, 0n)) return b;
  return compute(context, "add", a, b, ranges.add(a.range, b.range));
}

export function subtract(context: Context, a: Integer, b: Integer): Integer {
  return isExactly(b, 0n) ? a : compute(context, "sub", a, b, ranges.subtract(a.range, b.range));
}

export function multiply(context: Context, a: Integer, b: Integer): Integer {
  if (isExactly(b, 1n)) return a;
  if (isExactly(a, 1n)) return b;
  return compute(context, "mul", a, b, ranges.multiply(a.range, b.range));
}

export function negate(context: Context, a: Integer): Integer {
  const range = ranges.negate(a.range);
  if (isConstant(a)) return integer(context, range.min);
  return { value: context.builder.emit({ kind: "negate", width: 64 }, [a.value], within64(range)), range };
}

/** −1 for negative integers, 0 for others. */
export function signMask(context: Context, a: Integer): Integer {
  if (a.range.min >= 0n) return integer(context, 0n);
  if (a.range.max < 0n) return integer(context, -1n);
  return compute(context, "ashr", a, integer(context, 63n), { min: -1n, max: 0n });
}

/** The integer, or its negative where the mask is −1. */
export function negateIf(context: Context, mask: Integer, a: Integer): Integer {
  if (isExactly(mask, 0n)) return a;
  if (isExactly(mask, -1n)) return negate(context, a);
  const turned = emit(context, "xor", a.value, mask.value);
  const range = ranges.union(a.range, ranges.negate(a.range));
  return { value: emit(context, "sub", turned, mask.value, within64(range)), range };
}

export function absolute(context: Context, a: Integer): Integer {
  const { value, range: { min, max } } = negateIf(context, signMask(context, a), a);
  return { value, range: { min: a.range.min > 0n || a.range.max < 0n ? min : 0n, max } };
}

/** −1, 0 or 1. */
export function signum(context: Context, a: Integer): Integer {
  const positive = compute(context, "lshr", negate(context, a), integer(context, 63n), { min: 0n, max: 1n });
  const range = { min: a.range.min < 0n ? -1n : 0n, max: a.range.max > 0n ? 1n : 0n };
  if (a.range.min >= 0n) return { value: positive.value, range };
  return compute(context, "or", signMask(context, a), positive, range);
}

/** Half of it, rounded down. */
export function half(context: Context, a: Integer): Integer {
  return compute(context, "ashr", a, integer(context, 1n), ranges.shiftRight(a.range, exactly(1n)));
}

/**
 * `a / b`, rounded down; `b` must be positive. Negative numbers are divided as their complements: ⌊a / b⌋ = ~⌊~a / b⌋, and
 * one of the two is not negative.
 */
export function floorDivide(context: Context, a: Integer, b: Integer): Integer {
  const range = floorRange(a.range, b.range);
  if (isExactly(b, 1n)) return a;
  if (a.range.min >= 0n) return compute(context, "udiv", a, b, range);
  const shift = shiftOf(b);
  if (shift !== undefined) return compute(context, "ashr", a, integer(context, shift), range);
  const mask = signMask(context, a).value;
  const turned = emit(context, "udiv", emit(context, "xor", a.value, mask), b.value);
  return { value: emit(context, "xor", turned, mask, within64(range)), range };
}

/** What {@linkcode floorDivide} leaves: not negative, less than the divisor. */
export function floorRemainder(context: Context, a: Integer, b: Integer, quotient: Integer): Integer {
  const { value } = subtract(context, a, multiply(context, quotient, b));
  return { value, range: { min: 0n, max: b.range.max - 1n } };
}

/** A range as the IR takes it: `undefined` where the exact integer may not fit 64 bits. */
export function within64(range: Range): Range | undefined {
  return ranges.contains(I64, range) || ranges.contains(U64, range) ? range : undefined;
}

export function isConstant({ range }: Integer): boolean {
  return range.min === range.max;
}

function isExactly({ range }: Integer, value: bigint): boolean {
  return range.min === value && range.max === value;
}

function compute(context: Context, operator: BinaryOperator, a: Integer, b: Integer, range: Range): Integer {
  if (range.min === range.max) return integer(context, range.min);
  return { value: emit(context, operator, a.value, b.value, within64(range)), range };
}

function emit({ builder }: Context, operator: BinaryOperator, left: Value, right: Value, range?: Range): Value {
  return builder.emit({ kind: "binary", operator, width: 64 }, [left, right], range);
}

/** Rounded down: quotients grow with the dividend, and go towards zero with the divisor. */
function floorRange(a: Range, b: Range): Range {
  const floor = (x: bigint, y: bigint) => x >= 0n ? x / y : -((y - 1n - x) / y);
  const [low, high] = [b.min > 0n ? b.min : 1n, b.max];
  const ends = [floor(a.min, low), floor(a.min, high), floor(a.max, low), floor(a.max, high)].map(exactly);
  return ends.reduce(ranges.union);
}

/** The n of a constant 2^n. */
function shiftOf({ range: { min, max } }: Integer): bigint | undefined {
  if (min !== max || (min & (min - 1n)) !== 0n) return undefined;
  return BigInt(min.toString(2).length - 1);
}

/**
 * Ranges of exact integers, and the arithmetic on them that the language's rules 8 and 9 rest on.
 *
 * @module
 */

/** Both ends belong to it. */
export interface Range {
  readonly min: bigint;
  readonly max: bigint;
}

export const SAFE: Range = { min: -(2n ** 53n), max: 2n ** 53n };
export const I64: Range = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
export const U64: Range = { min: 0n, max: 2n ** 64n - 1n };
export const I32: Range = { min: -(2n ** 31n), max: 2n ** 31n - 1n };
export const U32: Range = { min: 0n, max: 2n ** 32n - 1n };
export const BIT: Range = { min: 0n, max: 1n };

/** The values of an integer of `size` bytes. */
export function ofInteger(size: number, signed: boolean): Range {
  const bits = BigInt(size * 8);
  return signed ? { min: -(1n << (bits - 1n)), max: (1n << (bits - 1n)) - 1n } : { min: 0n, max: (1n << bits) - 1n };
}

export function exactly(value: bigint): Range {
  return { min: value, max: value };
}
export function contains(outer: Range, inner: Range): boolean {
  return outer.min <= inner.min && inner.max <= outer.max;
}
export function includes({ min, max }: Range, value: bigint): boolean {
  return min <= value && value <= max;
}
export function union(a: Range, b: Range): Range {
  return { min: a.min < b.min ? a.min : b.min, max: a.max > b.max ? a.max : b.max };
}
/** How an integer of one range compares with one of another, if that is the same for all of them. */
export function ordered(order: "lt" | "le" | "gt" | "ge", a: Range, b: Range): boolean | undefined {
  switch (order) {
    case "lt":
      return a.max < b.min ? true : a.min >= b.max ? false : undefined;
    case "le":
      return a.max <= b.min ? true : a.min > b.max ? false : undefined;
    case "gt":
      return ordered("lt", b, a);
    case "ge":
      return ordered("le", b, a);
  }
}
/** `undefined` where they have nothing in common. */
export function intersection(a: Range, b: Range): Range | undefined {
  const min = a.min > b.min ? a.min : b.min;
  const max = a.max < b.max ? a.max : b.max;
  return min <= max ? { min, max } : undefined;
}

export function add(a: Range, b: Range): Range {
  return { min: a.min + b.min, max: a.max + b.max };
}
export function subtract(a: Range, b: Range): Range {
  return { min: a.min - b.max, max: a.max - b.min };
}
export function negate({ min, max }: Range): Range {
  return { min: -max, max: -min };
}
export function multiply(a: Range, b: Range): Range {
  return hull([a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max]);
}
/** Truncating division by a divisor that is never zero. */
export function divide(a: Range, b: Range): Range {
  const divisors = [b.min, b.max, -1n, 1n].filter((d) => d !== 0n && includes(b, d));
  return hull(divisors.flatMap((d) => [a.min / d, a.max / d]));
}
/** JavaScript's remainder: the sign of the dividend, smaller than the divisor. */
export function remainder(a: Range, b: Range): Range {
  const largest = magnitude(b) - 1n;
  const bound = (end: bigint) => (end < 0n ? -end : end) < largest ? end : end < 0n ? -largest : largest;
  return { min: a.min < 0n ? bound(a.min) : 0n, max: a.max > 0n ? bound(a.max) : 0n };
}
/** Shifts to the left by `count` bits without end. */
export function shiftLeft(a: Range, count: Range): Range {
  return hull([a.min << count.min, a.min << count.max, a.max << count.min, a.max << count.max]);
}
/** Arithmetic shifts to the right. */
export function shiftRight(a: Range, count: Range): Range {
  return hull([a.min >> count.min, a.min >> count.max, a.max >> count.min, a.max >> count.max]);
}
/** `a & b` of integers in two's complement without end. */
export function and(a: Range, b: Range): Range {
  if (a.min >= 0n && b.min >= 0n) return { min: 0n, max: a.max < b.max ? a.max : b.max };
  if (a.min >= 0n) return { min: 0n, max: a.max };
  if (b.min >= 0n) return { min: 0n, max: b.max };
  return {
    min: -ones(magnitude(union(a, b))) - 1n,
    max: a.max > b.max ? (a.max < 0n ? -1n : a.max) : b.max < 0n ? -1n : b.max,
  };
}
/** `a | b` or `a ^ b`. */
export function or(a: Range, b: Range): Range {
  const mask = ones(magnitude(union(a, b)));
  return { min: a.min >= 0n && b.min >= 0n ? 0n : -mask - 1n, max: mask };
}

/** The largest absolute value. */
export function magnitude({ min, max }: Range): bigint {
  const low = min < 0n ? -min : min;
  const high = max < 0n ? -max : max;
  return low > high ? low : high;
}

/** The smallest 2^n − 1 that is at least `value`. */
function ones(value: bigint): bigint {
  return value === 0n ? 0n : (1n << BigInt(value.toString(2).length)) - 1n;
}

function hull(values: readonly bigint[]): Range {
  let [min] = values;
  let max = min;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

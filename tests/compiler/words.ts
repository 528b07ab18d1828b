/**
 * What the machine computes: the operators of the intermediate representation on single words, written for clarity.
 *
 * @module
 */

import type { BinaryOperator, Comparison, Width } from "../../src/compiler/ir.ts";

export const OPERATORS: readonly BinaryOperator[] = [
  ...["add", "sub", "mul", "udiv", "sdiv", "umod", "smod"] as const,
  ...["and", "or", "xor", "shl", "lshr", "ashr"] as const,
];

/** The result of an operation of 32 or 64 bits, as an unsigned word. */
export function computeWord(operator: BinaryOperator, width: Width, left: bigint, right: bigint): bigint {
  const [a, b] = [BigInt.asUintN(width, left), BigInt.asUintN(width, right)];
  const [x, y] = [BigInt.asIntN(width, left), BigInt.asIntN(width, right)];
  return BigInt.asUintN(width, COMPUTE[operator](a, b, x, y, b & BigInt(width - 1)));
}

/** Operator → result of two words, read unsigned and signed; the last is the right one as a shift count. */
const COMPUTE: Readonly<
  Record<BinaryOperator, (a: bigint, b: bigint, x: bigint, y: bigint, count: bigint) => bigint>
> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  udiv: (a, b) => b === 0n ? 0n : a / b,
  sdiv: (_, __, x, y) => y === 0n ? 0n : x / y,
  umod: (a, b) => b === 0n ? a : a % b,
  smod: (_, __, x, y) => y === 0n ? x : x % y,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, _, __, ___, count) => a << count,
  lshr: (a, _, __, ___, count) => a >> count,
  ashr: (_, __, x, ___, count) => x >> count,
};

const COMPARE: Readonly<Record<Comparison, (a: bigint, b: bigint, x: bigint, y: bigint) => boolean>> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  ult: (a, b) => a < b,
  ule: (a, b) => a <= b,
  ugt: (a, b) => a > b,
  uge: (a, b) => a >= b,
  slt: (_, __, x, y) => x < y,
  sle: (_, __, x, y) => x <= y,
  sgt: (_, __, x, y) => x > y,
  sge: (_, __, x, y) => x >= y,
  set: (a, b) => (a & b) !== 0n,
  clear: (a, b) => (a & b) === 0n,
};

export const COMPARISONS: readonly Comparison[] = Object.keys(COMPARE) as Comparison[];

/** The outcome of a comparison of 32 or 64 bits. */
export function compareWords(comparison: Comparison, width: Width, left: bigint, right: bigint): boolean {
  const [a, b] = [BigInt.asUintN(width, left), BigInt.asUintN(width, right)];
  return COMPARE[comparison](a, b, BigInt.asIntN(width, left), BigInt.asIntN(width, right));
}

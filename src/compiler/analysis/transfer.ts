/**
 * What an operation makes of what is known of its inputs.
 *
 * @module
 */

import type { BinaryOperator, Operation, Width } from "../ir.ts";
import { and, divide, multiply, ofInteger, or, type Range, remainder } from "../range.ts";
import {
  ANY_32,
  ANYTHING,
  bitLength,
  exactFact,
  type Fact,
  lowBits,
  makeFact,
  MASK,
  signed,
  signExtended,
  single,
  truncated,
  unsigned,
} from "./facts.ts";

/** The fact of an operation's result. */
export function resultOf(operation: Operation, inputs: readonly Fact[]): Fact {
  switch (operation.kind) {
    case "constant":
      return exactFact(BigInt.asIntN(64, operation.value));
    case "binary":
      return binary(operation.operator, operation.width, inputs[0], inputs[1]);
    case "negate":
      return negated(operation.width, inputs[0]);
    case "extend":
      return operation.signed ? signExtended(inputs[0], operation.bits) : truncated(inputs[0], operation.bits);
    case "swap":
      return swapped(operation.bits, inputs[0]);
    case "bounded":
      return inputs[0];
    case "load":
      return LOADED[operation.signed ? 1 : 0][operation.size]!;
    case "atomic":
      return LOADED[0][operation.size]!;
    default:
      return ANYTHING;
  }
}

/** One fact for each kind of load. */
const LOADED: readonly (readonly (Fact | undefined)[])[] = [false, true].map((isSigned) =>
  Array.from({ length: 9 }, (_, size) => {
    if (![1, 2, 4, 8].includes(size)) return undefined;
    const { min, max } = ofInteger(size, isSigned);
    return size === 8 ? ANYTHING : makeFact(min, max);
  })
);

function negated(width: Width, fact: Fact): Fact {
  return cut(makeFact(-fact.max, -fact.min), width);
}

function swapped(bits: 16 | 32 | 64, fact: Fact): Fact {
  const value = single(fact);
  if (value !== undefined) return exactFact(swapBytes(value, bits));
  const seen = (known: bigint) => BigInt.asUintN(64, swapBytes(known & lowBits(bits), bits));
  const above = MASK & ~lowBits(bits);
  const [zeros, ones] = [seen(fact.zeros) | above, seen(fact.ones)];
  if (bits < 64 || zeros >> 63n !== 0n) return makeFact(0n, MASK & ~zeros, zeros, ones);
  return makeFact(ANYTHING.min, ANYTHING.max, zeros, ones);
}

/** The low bits with their bytes in the other order. */
export function swapBytes(value: bigint, bits: number): bigint {
  let result = 0n;
  for (let bit = 0; bit < bits; bit += 8) result = result << 8n | (value >> BigInt(bit) & 0xffn);
  return BigInt.asIntN(64, result);
}

/** The result of an operation of that width, which keeps only so many bits. */
function cut(fact: Fact, width: Width): Fact {
  return width === 32 ? truncated(fact, 32) : fact;
}

type Rule = (left: Fact, right: Fact, width: Width) => Fact;

function binary(operator: BinaryOperator, width: Width, left: Fact, right: Fact): Fact {
  if (width === 32) [left, right] = [truncated(left, 32), truncated(right, 32)];
  return cut(RULES[operator](left, right, width), width);
}

const RULES: Readonly<Record<BinaryOperator, Rule>> = {
  add: (a, b) => makeFact(a.min + b.min, a.max + b.max),
  sub: (a, b) => makeFact(a.min - b.max, a.max - b.min),
  mul: (a, b) => inWord(multiply(a, b)),
  udiv: (a, b, width) => divided(unsigned(a), unsigned(b), width),
  sdiv: (a, b, width) => divided(asSigned(a, width), asSigned(b, width), width),
  umod: (a, b, width) => remaining(unsigned(a), unsigned(b), width),
  smod: (a, b, width) => remaining(asSigned(a, width), asSigned(b, width), width),
  and: (a, b) => {
    const [zeros, ones] = [a.zeros | b.zeros, a.ones & b.ones];
    const { min, max } = hasSign(a) && hasSign(b) ? and(signed(a), signed(b)) : and(unsigned(a), unsigned(b));
    return makeFact(min, max, zeros, ones);
  },
  or: (a, b) => {
    const [zeros, ones] = [a.zeros & b.zeros, a.ones | b.ones];
    if (hasSign(a) || hasSign(b)) return withSign(or(signed(a), signed(b)), zeros, ones);
    const [x, y] = [unsigned(a), unsigned(b)];
    return makeFact(x.min > y.min ? x.min : y.min, lowBits(bitLength(x.max | y.max)), zeros, ones);
  },
  xor: (a, b) => {
    const [zeros, ones] = [a.zeros & b.zeros | a.ones & b.ones, a.zeros & b.ones | a.ones & b.zeros];
    if (hasSign(a) || hasSign(b)) return withSign(or(signed(a), signed(b)), zeros, ones);
    return makeFact(0n, lowBits(bitLength(unsigned(a).max | unsigned(b).max)), zeros, ones);
  },
  shl: shiftedLeft,
  lshr: (a, b, width) => {
    const [from, to] = counts(b, width);
    const { min, max } = unsigned(a);
    const known = from === to ? (a.zeros >> from) | (MASK & ~(MASK >> from)) : 0n;
    return makeFact(min >> to, max >> from, known, from === to ? a.ones >> from : 0n);
  },
  ashr: (a, b, width) => {
    const [from, to] = counts(b, width);
    const { min, max } = asSigned(a, width);
    const ends = [min >> from, min >> to, max >> from, max >> to];
    return makeFact(least(ends), greatest(ends));
  },
};

/** Whether it is better read as a signed integer. */
function hasSign({ min }: Fact): boolean {
  return min < 0n;
}

function withSign({ min, max }: Range, zeros: bigint, ones: bigint): Fact {
  return makeFact(min, max, zeros, ones);
}

/** Multiplication may leave the word far behind. */
function inWord({ min, max }: Range): Fact {
  return max - min >= MASK ? ANYTHING : makeFact(min, max);
}

function asSigned(fact: Fact, width: Width): Range {
  return signed(width === 32 ? signExtended(fact, 32) : fact);
}

/** The machine's division by zero gives zero, its remainder the dividend. */
function divided(a: Range, b: Range, width: Width): Fact {
  if (b.min === 0n && b.max === 0n) return exactFact(0n);
  const { min, max } = divide(a, b);
  const hasZero = b.min <= 0n && b.max >= 0n;
  return inWidth(hasZero && min > 0n ? 0n : min, hasZero && max < 0n ? 0n : max, width);
}

function remaining(a: Range, b: Range, width: Width): Fact {
  const hasZero = b.min <= 0n && b.max >= 0n;
  if (hasZero) return inWidth(a.min < 0n ? a.min : 0n, a.max > 0n ? a.max : 0n, width);
  const { min, max } = remainder(a, b);
  return inWidth(min, max, width);
}

function inWidth(min: bigint, max: bigint, width: Width): Fact {
  return width === 32 ? truncated(makeFact(min, max), 32) : makeFact(min, max);
}

/** The machine takes shift counts modulo the width. */
function counts(count: Fact, width: Width): readonly [bigint, bigint] {
  const { min, max } = unsigned(count);
  const most = BigInt(width - 1);
  return max <= most ? [min, max] : [0n, most];
}

function shiftedLeft(a: Fact, b: Fact, width: Width): Fact {
  const [from, to] = counts(b, width);
  if (from !== to) {
    const { max } = unsigned(a);
    return max << to <= MASK ? makeFact(unsigned(a).min << from, max << to) : width === 32 ? ANY_32 : ANYTHING;
  }
  const known = (a.zeros << from | lowBits(Number(from))) & MASK;
  const { min, max } = inWord({ min: a.min << from, max: a.max << from });
  return makeFact(min, max, known, a.ones << from & MASK);
}

function least(values: readonly bigint[]): bigint {
  return values.reduce((a, b) => a < b ? a : b);
}

function greatest(values: readonly bigint[]): bigint {
  return values.reduce((a, b) => a > b ? a : b);
}

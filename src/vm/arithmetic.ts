/**
 * What the operations compute. 64-bit values are pairs of 32-bit halves, for speed; where that is clumsy (division of
 * large numbers) they go through the `BigUint64Array` that lies over the same registers.
 *
 * @module
 */

import type { AluOperation, AtomicOperation, Comparison } from "../bytecode/mod.ts";

/** Registers as halves (low, high) and whole. */
export interface Registers {
  /** Register `n` is at `2n` (low) and `2n + 1` (high). */
  readonly registers: Int32Array;
  /** The same memory. */
  readonly wide: BigUint64Array;
}

/** `registers[d] op= (low, high)`, 64 bits; `d` is the index of the low half. */
export type WideOperation = (state: Registers, d: number, low: number, high: number) => void;
/** A 32-bit operation, on signed representations. The `| 0`s everywhere keep engines from calculating with doubles. */
export type NarrowOperation = (a: number, b: number) => number;

function big(low: number, high: number): bigint {
  return BigInt.asUintN(64, BigInt(high) << 32n | BigInt(low >>> 0));
}

/** Division by the BigInt way. */
function bigWide(operation: (a: bigint, b: bigint) => bigint): WideOperation {
  return ({ wide }, d, low, high) => {
    wide[d >> 1] = BigInt.asUintN(64, operation(wide[d >> 1], big(low, high)));
  };
}

const signed = (value: bigint) => BigInt.asIntN(64, value);
const bigDivide = bigWide((a, b) => b === 0n ? 0n : a / b);
const bigRemainder = bigWide((a, b) => b === 0n ? a : a % b);

/** The high half of the 64-bit product of two unsigned 32-bit numbers. */
function highProduct(a: number, b: number): number {
  const a0 = a & 0xffff, a1 = a >>> 16, b0 = b & 0xffff, b1 = b >>> 16;
  const middle = a1 * b0 + (Math.imul(a0, b0) >>> 16);
  const cross = a0 * b1 + (middle & 0xffff);
  return a1 * b1 + (middle >>> 16) + (cross >>> 16) | 0;
}

/** 64-bit arithmetic. Division by zero gives 0, the remainder then is the dividend; shifts are modulo 64. */
export const wideOperations: Readonly<Record<AluOperation, WideOperation>> = {
  add: ({ registers: r }, d, low, high) => {
    const sum = (r[d] >>> 0) + (low >>> 0);
    r[d] = sum | 0;
    r[d + 1] = r[d + 1] + high + (sum > 0xffffffff ? 1 : 0) | 0;
  },
  sub: ({ registers: r }, d, low, high) => {
    const difference = (r[d] >>> 0) - (low >>> 0);
    r[d] = difference | 0;
    r[d + 1] = r[d + 1] - high - (difference < 0 ? 1 : 0) | 0;
  },
  mul: ({ registers: r }, d, low, high) => {
    const a = r[d];
    r[d + 1] = Math.imul(a, high) + Math.imul(r[d + 1], low) + highProduct(a, low) | 0;
    r[d] = Math.imul(a, low);
  },
  div: (state, d, low, high) => {
    const r = state.registers;
    if ((r[d + 1] | high) !== 0) return bigDivide(state, d, low, high);
    r[d] = low === 0 ? 0 : (r[d] >>> 0) / (low >>> 0) | 0;
  },
  mod: (state, d, low, high) => {
    const r = state.registers;
    if ((r[d + 1] | high) !== 0) return bigRemainder(state, d, low, high);
    if (low !== 0) r[d] = (r[d] >>> 0) % (low >>> 0) | 0;
  },
  sdiv: bigWide((a, b) => b === 0n ? 0n : signed(a) / signed(b)),
  smod: bigWide((a, b) => b === 0n ? a : signed(a) % signed(b)),
  or: ({ registers: r }, d, low, high) => {
    r[d] |= low;
    r[d + 1] |= high;
  },
  and: ({ registers: r }, d, low, high) => {
    r[d] &= low;
    r[d + 1] &= high;
  },
  xor: ({ registers: r }, d, low, high) => {
    r[d] ^= low;
    r[d + 1] ^= high;
  },
  mov: ({ registers: r }, d, low, high) => {
    r[d] = low;
    r[d + 1] = high;
  },
  lsh: ({ registers: r }, d, low) => {
    const count = low & 63, a = r[d];
    if (count === 0) return;
    r[d + 1] = count < 32 ? r[d + 1] << count | a >>> 32 - count : a << count - 32;
    r[d] = count < 32 ? a << count : 0;
  },
  rsh: ({ registers: r }, d, low) => {
    const count = low & 63, a = r[d + 1];
    if (count === 0) return;
    r[d] = count < 32 ? r[d] >>> count | a << 32 - count : a >>> count - 32 | 0;
    r[d + 1] = count < 32 ? a >>> count | 0 : 0;
  },
  arsh: ({ registers: r }, d, low) => {
    const count = low & 63, a = r[d + 1];
    if (count === 0) return;
    r[d] = count < 32 ? r[d] >>> count | a << 32 - count : a >> count - 32;
    r[d + 1] = count < 32 ? a >> count : a >> 31;
  },
};

/** 32-bit arithmetic; shifts are modulo 32. */
export const narrowOperations: Readonly<Record<AluOperation, NarrowOperation>> = {
  add: (a, b) => a + b | 0,
  sub: (a, b) => a - b | 0,
  mul: (a, b) => Math.imul(a, b),
  div: (a, b) => b === 0 ? 0 : (a >>> 0) / (b >>> 0) | 0,
  mod: (a, b) => b === 0 ? a : (a >>> 0) % (b >>> 0) | 0,
  sdiv: (a, b) => b === 0 ? 0 : a / b | 0,
  smod: (a, b) => b === 0 ? a : a % b | 0,
  or: (a, b) => a | b,
  and: (a, b) => a & b,
  xor: (a, b) => a ^ b,
  mov: (_, b) => b,
  lsh: (a, b) => a << (b & 31),
  rsh: (a, b) => a >>> (b & 31) | 0,
  arsh: (a, b) => a >> (b & 31),
};

/** Comparisons of halves: (low, high) with (low, high). */
export const wideComparisons: Readonly<
  Record<Comparison, (aLow: number, aHigh: number, bLow: number, bHigh: number) => boolean>
> = {
  eq: (a, aHigh, b, bHigh) => a === b && aHigh === bHigh,
  ne: (a, aHigh, b, bHigh) => a !== b || aHigh !== bHigh,
  set: (a, aHigh, b, bHigh) => (a & b | aHigh & bHigh) !== 0,
  gt: (a, aHigh, b, bHigh) => aHigh === bHigh ? a >>> 0 > b >>> 0 : aHigh >>> 0 > bHigh >>> 0,
  ge: (a, aHigh, b, bHigh) => aHigh === bHigh ? a >>> 0 >= b >>> 0 : aHigh >>> 0 > bHigh >>> 0,
  lt: (a, aHigh, b, bHigh) => aHigh === bHigh ? a >>> 0 < b >>> 0 : aHigh >>> 0 < bHigh >>> 0,
  le: (a, aHigh, b, bHigh) => aHigh === bHigh ? a >>> 0 <= b >>> 0 : aHigh >>> 0 < bHigh >>> 0,
  sgt: (a, aHigh, b, bHigh) => aHigh === bHigh ? a >>> 0 > b >>> 0 : aHigh > bHigh,
  sge: (a, aHigh, b, bHigh) => aHigh === bHigh ? a >>> 0 >= b >>> 0 : aHigh > bHigh,
  slt: (a, aHigh, b, bHigh) => aHigh === bHigh ? a >>> 0 < b >>> 0 : aHigh < bHigh,
  sle: (a, aHigh, b, bHigh) => aHigh === bHigh ? a >>> 0 <= b >>> 0 : aHigh < bHigh,
};

/** Comparisons of 32-bit values, given as signed numbers. */
export const narrowComparisons: Readonly<Record<Comparison, (a: number, b: number) => boolean>> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  set: (a, b) => (a & b) !== 0,
  gt: (a, b) => a >>> 0 > b >>> 0,
  ge: (a, b) => a >>> 0 >= b >>> 0,
  lt: (a, b) => a >>> 0 < b >>> 0,
  le: (a, b) => a >>> 0 <= b >>> 0,
  sgt: (a, b) => a > b,
  sge: (a, b) => a >= b,
  slt: (a, b) => a < b,
  sle: (a, b) => a <= b,
};

/** What the atomics do with the value in memory, and whether the old one goes to the operand's register. */
export const atomicOperations: Readonly<
  Record<Exclude<AtomicOperation, "cmpxchg" | "loadAcquire" | "storeRelease">, {
    readonly fetches: boolean;
    readonly operation: AluOperation;
  }>
> = {
  add: { fetches: false, operation: "add" },
  or: { fetches: false, operation: "or" },
  and: { fetches: false, operation: "and" },
  xor: { fetches: false, operation: "xor" },
  fetchAdd: { fetches: true, operation: "add" },
  fetchOr: { fetches: true, operation: "or" },
  fetchAnd: { fetches: true, operation: "and" },
  fetchXor: { fetches: true, operation: "xor" },
  xchg: { fetches: true, operation: "mov" },
};

/**
 * Reverses bytes.
 *
 * @param value 32 bits.
 * @returns 32 bits, signed.
 */
export function swap32(value: number): number {
  return value << 24 | value << 8 & 0xff0000 | value >> 8 & 0xff00 | value >>> 24;
}

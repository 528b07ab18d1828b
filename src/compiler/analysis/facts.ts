/**
 * What is known of a 64-bit word: an interval and single bits. The lattice of the range analysis.
 *
 * The interval is of mathematical integers: some integer between `min` and `max` has the word as its low 64 bits. So one
 * form serves signed and unsigned words alike: −1 … 5 is as good an interval as 0 … 2^64 − 1.
 *
 * @module
 */

import type { Range } from "../range.ts";

export interface Fact {
  /** `max − min` is below 2^64, and both lie between −2^63 and 2^64. */
  readonly min: bigint;
  readonly max: bigint;
  /** Bits that are 0, and bits that are 1, of the word's 64. */
  readonly zeros: bigint;
  readonly ones: bigint;
}

const WORD = 1n << 64n;
export const MASK = WORD - 1n;
const LOWEST = -(1n << 63n);
const HALF = 1n << 63n;
/** Words by how many of their low bits are set, and by how many are clear. */
const LOW_BITS = Array.from({ length: 65 }, (_, count) => (1n << BigInt(count)) - 1n);
const HIGH_BITS = LOW_BITS.map((low) => MASK & ~low);

/** Nothing is known. */
export const ANYTHING: Fact = { min: 0n, max: MASK, zeros: 0n, ones: 0n };
/** Nothing but that the upper half is zero. */
export const ANY_32: Fact = makeFact(0n, 0xffffffffn);

/** The fact of an interval, as tight as it and the bits make each other; `undefined` if they contradict. */
export function tightened(min: bigint, max: bigint, zeros: bigint, ones: bigint): Fact | undefined {
  if (min > max) return undefined;
  if (min === max && min >= LOWEST && max <= MASK) {
    const bits = min & MASK;
    return (zeros & bits) === 0n && (ones & bits) === ones ? exactFact(min) : undefined;
  }
  if (min < 0n || max > MASK) {
    if (max - min >= MASK) [min, max] = [0n, MASK];
    if (min < LOWEST || max > MASK) {
      const by = min < LOWEST ? ((LOWEST - min + MASK) >> 64n) * WORD : -(((max - MASK + MASK) >> 64n) * WORD);
      [min, max] = [min + by, max + by];
      if (min < LOWEST || max > MASK) [min, max] = [0n, MASK];
    }
  }
  if (min >= 0n || max < 0n) {
    // Bits above the highest in which the two ends differ are the same in all that lies between.
    const same = HIGH_BITS[bitLength(min ^ max)];
    zeros |= same & ~min;
    ones |= same & min;
  }
  if ((zeros & ones) !== 0n) return undefined;
  if (min >= 0n) {
    if (ones > min) min = ones;
    const most = MASK & ~zeros;
    if (most < max) max = most;
  } else if (max >= 0n && (zeros >> 63n) !== 0n) {
    // The sign bit is clear: only the part from 0 up is left.
    return tightened(0n, max, zeros, ones);
  }
  if (min > max) return undefined;
  return { min, max, zeros, ones };
}

/** An interval's fact; the interval must not be empty. */
export function makeFact(min: bigint, max: bigint, zeros: bigint = 0n, ones: bigint = 0n): Fact {
  return tightened(min, max, zeros, ones) ?? ANYTHING;
}

/** The fact of one word; constants are kept as signed integers. */
export function exactFact(value: bigint): Fact {
  return new Exact(value);
}

/** There are many of them, and few are asked for their bits. */
class Exact implements Fact {
  readonly min: bigint;

  constructor(value: bigint) {
    this.min = value;
  }

  get max(): bigint {
    return this.min;
  }

  get zeros(): bigint {
    return ~this.min & MASK;
  }

  get ones(): bigint {
    return this.min & MASK;
  }
}

/** Whether a word that is not negative is among those of a fact. */
function hasWord({ min, max, zeros, ones }: Fact, word: bigint): boolean {
  return min <= word && word <= max && (zeros & word) === 0n && (ones & word) === ones;
}

/** The signed integer that the word is, if only one is left. */
export function single({ min, max }: Fact): bigint | undefined {
  return min === max ? BigInt.asIntN(64, min) : undefined;
}

/** What holds on one path or another. */
export function joined(a: Fact, b: Fact): Fact {
  if (a === b) return a;
  const plain = spanning(a.min, a.max, b.min, b.max);
  // The ends may lie closer together when negative integers are read as large unsigned ones.
  const moved = a.max < 0n && b.min >= 0n
    ? spanning(a.min + WORD, a.max + WORD, b.min, b.max)
    : b.max < 0n && a.min >= 0n
    ? spanning(a.min, a.max, b.min + WORD, b.max + WORD)
    : plain;
  const ends = moved !== plain && moved[1] - moved[0] < plain[1] - plain[0] ? moved : plain;
  return makeFact(ends[0], ends[1], a.zeros & b.zeros, a.ones & b.ones);
}

function spanning(a: bigint, b: bigint, c: bigint, d: bigint): readonly [bigint, bigint] {
  return [a < c ? a : c, b > d ? b : d];
}

/** What holds if both do; `undefined` if they cannot both hold. */
export function met(a: Fact, b: Fact): Fact | undefined {
  if (a === b || b === ANYTHING) return a;
  if (a === ANYTHING) return b;
  // Intervals of unsigned words can only meet where they are.
  const areUnsigned = a.min >= 0n && b.min >= 0n;
  if (areUnsigned && b instanceof Exact) return hasWord(a, b.min) ? b : undefined;
  if (areUnsigned && a instanceof Exact) return hasWord(b, a.min) ? a : undefined;
  const [zeros, ones] = [a.zeros | b.zeros, a.ones | b.ones];
  if (areUnsigned) {
    return tightened(a.min > b.min ? a.min : b.min, a.max < b.max ? a.max : b.max, zeros, ones);
  }
  const places = [0n, WORD, -WORD]
    .map((by) => [a.min > b.min + by ? a.min : b.min + by, a.max < b.max + by ? a.max : b.max + by])
    .filter(([min, max]) => min <= max);
  if (places.length === 0) return undefined;
  if (places.length > 1) {
    const { min, max } = b.max - b.min < a.max - a.min ? b : a;
    return tightened(min, max, zeros, ones);
  }
  return tightened(places[0][0], places[0][1], zeros, ones);
}

/** Whether `a` says at least what `b` says. */
export function implies(a: Fact, b: Fact): boolean {
  if (b === ANYTHING) return true;
  const isInside = [0n, WORD, -WORD].some((by) => b.min + by <= a.min && a.max <= b.max + by) || b.max - b.min >= MASK;
  return isInside && (b.zeros & ~a.zeros) === 0n && (b.ones & ~a.ones) === 0n;
}

/** The fact of a range that the language gives; ranges wider than a word say nothing. */
export function factOfRange({ min, max }: Range): Fact {
  return max - min >= MASK ? ANYTHING : makeFact(min, max);
}

/** The word read as an unsigned integer. */
export function unsigned(fact: Fact): Range {
  const { min, max } = fact;
  if (min >= 0n) return fact;
  return max < 0n ? { min: min + WORD, max: max + WORD } : { min: 0n, max: MASK };
}

/** The word read as a signed integer. */
export function signed(fact: Fact): Range {
  const { min, max } = fact;
  if (max < HALF) return fact;
  return min >= HALF ? { min: min - WORD, max: max - WORD } : { min: LOWEST, max: HALF - 1n };
}

/** The low bits of the word, as an unsigned word of their own. */
export function truncated(fact: Fact, bits: number): Fact {
  const low = lowBits(bits);
  if (fact.min >= 0n && fact.max <= low) return fact;
  const size = BigInt(bits);
  const [zeros, ones] = [fact.zeros & low | MASK & ~low, fact.ones & low];
  if (fact.min >> size === fact.max >> size) return makeFact(fact.min & low, fact.max & low, zeros, ones);
  return makeFact(0n, low, zeros, ones);
}

/** The low bits of the word, as a signed integer. */
export function signExtended(fact: Fact, bits: number): Fact {
  const half = 1n << BigInt(bits - 1);
  if (fact.min >= -half && fact.max < half) return fact;
  const low = truncated(fact, bits);
  if (low.max < half) return low;
  if (low.min >= half) return makeFact(low.min - 2n * half, low.max - 2n * half);
  return makeFact(-half, half - 1n);
}

/** How many bits a number takes that is not negative; of a negative one, how many its complement takes. */
export function bitLength(value: bigint): number {
  let rest = value < 0n ? ~value : value;
  let length = 0;
  while (rest > 0xffffffffn) {
    rest >>= 32n;
    length += 32;
  }
  return length + 32 - Math.clz32(Number(rest));
}

/** A word with so many low bits set. */
export function lowBits(count: number): bigint {
  return LOW_BITS[count] ?? (1n << BigInt(count)) - 1n;
}

/**
 * Sums with end-around carry, which internet checksums are (RFC 1071): where 16-bit words are added and the carries folded
 * back in, until none is left.
 *
 * Such a result is 0 if the sum is 0, and else the one of 1 to 65535 that is the sum modulo 65535. So it is the same whatever
 * folding was done on the way, with the two halves of a word of 32 bits added as one, and, its own bytes swapped, with the bytes
 * of all words swapped: 256 times as much, modulo 65535.
 *
 * @module
 */

import { constantOf, type Value } from "../ir.ts";
import { bitLength, type Fact, unsigned } from "./facts.ts";

/** All bits of 16 and 32. */
export const ONES_16: bigint = 0xffffn;
export const ONES_32: bigint = 0xffffffffn;
/** More words than this are not looked at. */
const MOST_WORDS = 64;

/** A word of a sum: `raw`, or its bytes swapped, so often; negative counts are of words that were subtracted. */
export interface Word {
  readonly raw: Value;
  readonly bits: 16 | 32;
  readonly isSwapped: boolean;
  /** What `raw` is at least, and at most. */
  readonly least: bigint;
  readonly most: bigint;
  count: bigint;
}

/** The words and the constant that a sum with end-around carry is of. */
export interface CarrySum {
  readonly words: readonly Word[];
  readonly constant: bigint;
}

type FactOf = (value: Value) => Fact;

/** `(t & 0xffff) + (t >>> 16)`: the carries of t added to what is below them; gives t. */
export function foldedIn(value: Value): Value | undefined {
  if (!isBinary(value, "add")) return undefined;
  for (const [low, high] of [value.inputs, [...value.inputs].reverse()]) {
    const upper = shiftedBy16(high);
    if (upper && upper === lowHalf(low)) return upper;
  }
}

/** `t + (t >>> 16)`: as above, if only 16 bits of it are read and t has one carry at most; gives t. */
export function looselyFoldedIn(value: Value): Value | undefined {
  if (!isBinary(value, "add")) return undefined;
  const [left, right] = value.inputs;
  if (shiftedBy16(right) === left) return left;
  return shiftedBy16(left) === right ? right : undefined;
}

/** What a sum is at most once the carries of one of so much at most were folded in. */
export function mostFolded(most: bigint): bigint {
  const carries = most >> 16n;
  const without = carries > 0n ? carries - 1n + ONES_16 : 0n;
  const within = carries + (most & ONES_16);
  return without > within ? without : within;
}

/** What a word is at most, also where it is such a sum. */
export function mostOf(value: Value, of: FactOf): bigint {
  const fact = of(value);
  const most = unsigned(fact).max;
  const inner = foldedIn(value);
  if (!inner) return most;
  const folded = mostFolded(mostOf(inner, of));
  return folded < most ? folded : most;
}

/**
 * Takes a sum apart; `undefined` if something in it is unknown, or nothing is gained.
 *
 * @param sameZero Whether the words' sum has to be 0 where the sum is, and nowhere else: their difference is a multiple of
 * 65535 in any case, which is enough where the sum is known not to be 0.
 */
export function carrySumOf(sum: Value, of: FactOf, sameZero: boolean): CarrySum | undefined {
  const collector = new Collector(of, sameZero);
  return collector.add(sum, 1n) ? collector.result() : undefined;
}

/** 256 times as much, modulo 65535; 0 only of 0. */
export function swappedConstant(value: bigint): bigint {
  return value === 0n ? 0n : reduced(value * 256n);
}

/** The number from 1 to 65535 that is the same modulo 65535. */
export function reduced(value: bigint): bigint {
  return ((value - 1n) % ONES_16 + ONES_16) % ONES_16 + 1n;
}

/** One half of a word of 32 bits, which may be swapped as a whole. */
interface Half {
  readonly value: Value;
  readonly whole: Value;
  readonly half: "low" | "high";
  readonly isSwapped: boolean;
  readonly count: bigint;
  /** Whether it stands in a swapped word. */
  readonly inSwapped: boolean;
}

class Collector {
  readonly #of: FactOf;
  readonly #sameZero: boolean;
  readonly #words = new Map<string, Word>();
  readonly #halves: Half[] = [];
  #constant = 0n;
  #steps = 0;
  /** Whether carries were folded in on the way, and whether something was subtracted. */
  #isFolded = false;
  #isLess = false;

  constructor(of: FactOf, sameZero: boolean) {
    this.#of = of;
    this.#sameZero = sameZero;
  }

  /** Adds a word so many times, or subtracts it, as it is or with its bytes swapped; whether it could. */
  add(value: Value, count: bigint, isSwapped = false): boolean {
    if (++this.#steps > 4 * MOST_WORDS) return false;
    const { operation, inputs: [left, right] } = value;
    if (operation.kind === "constant") return this.#addConstant(operation.value, count, isSwapped);
    const inner = foldedIn(value);
    if (inner) {
      this.#isFolded = true;
      this.#isLess ||= count < 0n;
      return this.add(inner, count, isSwapped);
    }
    if (isBinary(value, "add") && this.#isExact(value)) {
      return this.add(left, count, isSwapped) && this.add(right, count, isSwapped);
    }
    const complemented = this.#complemented(value);
    if (complemented) return this.#addConstant(ONES_16, count, isSwapped) && this.add(complemented, -count, isSwapped);
    if (this.#isOther(value)) return this.add(left, count, !isSwapped);
    const half = halfOf(value, this.#of);
    if (half) {
      this.#halves.push({ ...half, isSwapped: half.isSwapped !== isSwapped, value, count, inSwapped: isSwapped });
    }
    return half !== undefined || this.#addWord(value, count, isSwapped);
  }

  #addConstant(value: bigint, count: bigint, isSwapped: boolean): boolean {
    this.#isLess ||= value < 0n;
    this.#constant += count * (isSwapped && value !== ONES_16 ? value * 256n : value);
    return true;
  }

  /** Whether it is a swapped word that can be taken apart: 256 times as much, which may be another multiple of 65535. */
  #isOther({ operation, inputs: [inner] }: Value): boolean {
    if (operation.kind !== "swap" || operation.bits !== 16 || !this.#fits(inner, 16)) return false;
    const complemented = this.#complemented(inner);
    if (complemented) return !this.#sameZero || complemented.operation.kind !== "binary";
    return !this.#sameZero && foldedIn(inner) !== undefined;
  }

  /** Whether a sum is the sum of what the words are as unsigned integers, or of one and a constant that may be negative. */
  #isExact({ inputs: [left, right] }: Value): boolean {
    const [a, b] = [unsigned(this.#of(left)), unsigned(this.#of(right))];
    const constant = constantOf(right) ?? 0n;
    return constant < 0n ? a.min >= -constant : a.max + b.max < 1n << 63n;
  }

  /** The x of 0xffff − x. */
  #complemented(value: Value): Value | undefined {
    if (!isBinary(value, "xor") || constantOf(value.inputs[1]) !== ONES_16) return undefined;
    return this.#fits(value.inputs[0], 16) ? value.inputs[0] : undefined;
  }

  #fits(value: Value, bits: number): boolean {
    return bitLength(unsigned(this.#of(value)).max) <= bits;
  }

  #addWord(value: Value, count: bigint, isSwapped: boolean): boolean {
    const { operation, inputs: [inner] } = value;
    if (operation.kind === "swap" && operation.bits < 64 && this.#fits(inner, operation.bits)) {
      return this.#note(inner, operation.bits as 16 | 32, !isSwapped, count);
    }
    const byte = this.#firstByte(value);
    if (byte) return this.#addFirstByte(byte, count, isSwapped);
    if (!this.#fits(value, 32)) return false;
    return this.#note(value, this.#fits(value, 16) ? 16 : 32, isSwapped, count);
  }

  /** The x of x << 8, where it is a byte: the same as if it were swapped. */
  #firstByte(value: Value): Value | undefined {
    if (!isBinary(value, "shl") || constantOf(value.inputs[1]) !== 8n) return undefined;
    return this.#fits(value.inputs[0], 8) ? value.inputs[0] : undefined;
  }

  #addFirstByte(byte: Value, count: bigint, isSwapped: boolean): boolean {
    const [left, right] = byte.inputs;
    const constant = isBinary(byte, "add") && this.#isExact(byte) ? constantOf(right) : undefined;
    if (constant === undefined || !this.#fits(left, 8)) return this.#note(byte, 16, !isSwapped, count);
    return this.#addConstant(constant << 8n, count, isSwapped) && this.#note(left, 16, !isSwapped, count);
  }

  #note(raw: Value, bits: 16 | 32, isSwapped: boolean, count: bigint): boolean {
    const name = `${raw.id} ${bits} ${isSwapped}`;
    const known = this.#words.get(name);
    if (known) known.count += count;
    else {
      const { min: least, max: most } = unsigned(this.#of(raw));
      this.#words.set(name, { raw, bits, isSwapped, least, most, count });
    }
    return this.#words.size <= MOST_WORDS;
  }

  result(): CarrySum | undefined {
    for (let first = this.#halves.shift(); first; first = this.#halves.shift()) {
      const { whole, half, isSwapped, count } = first;
      const other = this.#halves.findIndex((one) =>
        one.whole === whole && one.half !== half && one.isSwapped === isSwapped && one.count === count
      );
      const isAdded = other < 0
        ? this.#addWord(first.value, count, first.inSwapped)
        : this.#halves.splice(other, 1) && this.#addWhole(first);
      if (!isAdded) return undefined;
    }
    // What is left of a folded sum may be 0 where what went into it is 65535.
    if (this.#sameZero && this.#isFolded && this.#isLess) return undefined;
    const words = [...this.#words.values()].filter(({ count }) => count !== 0n);
    return { words, constant: this.#constant };
  }

  /** Both halves of a word, of which only the low 32 bits count. */
  #addWhole({ whole, isSwapped, count }: Half): boolean {
    if (this.#fits(whole, 32)) {
      return isSwapped ? this.#note(whole, 32, true, count) : this.#addWord(whole, count, false);
    }
    const [inner, ones] = whole.inputs;
    if (isSwapped || !isBinary(whole, "xor") || constantOf(ones) !== -1n || !this.#fits(inner, 32)) return false;
    this.#constant += count * ONES_32;
    return this.#addWord(inner, -count, false);
  }
}

function halfOf(value: Value, of: FactOf): Omit<Half, "value" | "count" | "inSwapped"> | undefined {
  const { operation, inputs: [inner] } = value;
  const upper = shiftedBy16(value);
  if (upper) {
    return bitLength(unsigned(of(upper)).max) <= 32
      ? { whole: unextended(upper), half: "high", isSwapped: false }
      : undefined;
  }
  const lower = lowHalf(value);
  if (lower) return { whole: unextended(lower), half: "low", isSwapped: false };
  if (operation.kind !== "swap") return undefined;
  if (operation.bits === 16) return { whole: inner, half: "low", isSwapped: true };
  const isUpper = operation.bits === 32 && isBinary(inner, "and") &&
    BigInt.asUintN(32, constantOf(inner.inputs[1]) ?? 0n) === ONES_32 - ONES_16;
  return isUpper ? { whole: inner.inputs[0], half: "high", isSwapped: true } : undefined;
}

/** The word before it was cut to 32 bits. */
function unextended(value: Value): Value {
  const { operation, inputs } = value;
  return operation.kind === "extend" && operation.bits === 32 && !operation.signed ? inputs[0] : value;
}

function isBinary({ operation }: Value, operator: "add" | "and" | "xor" | "shl" | "lshr"): boolean {
  return operation.kind === "binary" && operation.operator === operator && operation.width === 64;
}

function shiftedBy16(value: Value): Value | undefined {
  return isBinary(value, "lshr") && constantOf(value.inputs[1]) === 16n ? value.inputs[0] : undefined;
}

function lowHalf({ operation, inputs }: Value): Value | undefined {
  if (operation.kind === "extend" && operation.bits === 16 && !operation.signed) return inputs[0];
  const isMask = operation.kind === "binary" && operation.operator === "and" && operation.width === 64 &&
    constantOf(inputs[1]) === ONES_16;
  return isMask ? inputs[0] : undefined;
}

/**
 * Comparisons of words of which something is known: how they end, and what their outcome shows.
 *
 * @module
 */

import type { Comparison, Width } from "../ir.ts";
import { contains, I32, ordered, type Range } from "../range.ts";
import {
  type Fact,
  makeFact,
  MASK,
  met,
  signed,
  signExtended,
  single,
  tightened,
  truncated,
  unsigned,
} from "./facts.ts";

/** Each comparison's opposite. */
export const NEGATED: Readonly<Record<Comparison, Comparison>> = {
  eq: "ne",
  ne: "eq",
  ult: "uge",
  uge: "ult",
  ule: "ugt",
  ugt: "ule",
  slt: "sge",
  sge: "slt",
  sle: "sgt",
  sgt: "sle",
  set: "clear",
  clear: "set",
};

/** Each comparison with its operands exchanged. */
export const MIRRORED: Readonly<Record<Comparison, Comparison>> = {
  eq: "eq",
  ne: "ne",
  ult: "ugt",
  ugt: "ult",
  ule: "uge",
  uge: "ule",
  slt: "sgt",
  sgt: "slt",
  sle: "sge",
  sge: "sle",
  set: "set",
  clear: "clear",
};

/** Whether a comparison is one of signed integers' order. */
export function isSignedOrder(comparison: Comparison): boolean {
  return comparison[0] === "s" && comparison !== "set";
}

/** The outcome of `left comparison right`, if what is known decides it. */
export function outcome(comparison: Comparison, width: Width, left: Fact, right: Fact): boolean | undefined {
  if (width === 32) [left, right] = [truncated(left, 32), truncated(right, 32)];
  switch (comparison) {
    case "eq":
      return isEqual(left, right);
    case "ne":
      return negation(isEqual(left, right));
    case "set":
      return hasCommonBit(left, right);
    case "clear":
      return negation(hasCommonBit(left, right));
    default: {
      const read = comparison[0] === "s" ? (fact: Fact) => readSigned(fact, width) : unsigned;
      return ordered(comparison.slice(1) as "lt" | "le" | "gt" | "ge", read(left), read(right));
    }
  }
}

function negation(outcome: boolean | undefined): boolean | undefined {
  return outcome === undefined ? undefined : !outcome;
}

function isEqual(left: Fact, right: Fact): boolean | undefined {
  const [a, b] = [single(left), single(right)];
  if (a !== undefined && b !== undefined) return a === b;
  return met(left, right) === undefined ? false : undefined;
}

function hasCommonBit(left: Fact, right: Fact): boolean | undefined {
  if ((left.ones & right.ones) !== 0n) return true;
  return ((left.zeros | right.zeros) & MASK) === MASK ? false : undefined;
}

function readSigned(fact: Fact, width: Width): Range {
  return signed(width === 32 ? signExtended(fact, 32) : fact);
}

/** What is known of `left` where `left comparison right` holds; `undefined` if it never does. */
export function refined(comparison: Comparison, width: Width, left: Fact, right: Fact): Fact | undefined {
  if (width === 32 && isSignedOrEquality(comparison) && isInt32(left) && isInt32(right)) width = 64;
  if (width === 32) {
    // The low half is all that is seen: it says something of the word only where the upper half is known to be zero.
    if (left.zeros >> 32n !== 0xffffffffn) return left;
    right = truncated(right, 32);
  }
  switch (comparison) {
    case "eq":
      return met(left, right);
    case "ne":
      return without(left, single(right));
    case "set":
      return withBit(left, right);
    case "clear":
      return withoutBits(left, right);
    default:
      return comparison[0] === "s"
        ? inOrder(comparison, left, readSigned(right, width), width)
        : inOrder(comparison, left, unsigned(right), width);
  }
}

/**
 * Whether a word's comparison with a constant for equality is open, and nothing but that is to be said of it: both are words
 * without a sign that the comparison sees whole, and the word can be that one and others. By far the most frequent test.
 */
export function mayEqual(word: Fact, constant: Fact, width: Width): boolean {
  if (constant.min !== constant.max || constant.min < 0n || word.min < 0n || word.min === word.max) return false;
  return (width === 64 || word.max <= 0xffffffffn) && met(word, constant) === constant;
}

function isSignedOrEquality(comparison: Comparison): boolean {
  return isSignedOrder(comparison) || comparison === "eq" || comparison === "ne";
}

/** Words that are the sign extensions of their low halves compare as those do. */
function isInt32(fact: Fact): boolean {
  return contains(I32, signed(fact));
}

function without(fact: Fact, value: bigint | undefined): Fact | undefined {
  if (value === undefined) return fact;
  const { min, max } = fact;
  const isEnd = (end: bigint) => BigInt.asIntN(64, end) === value;
  if (!isEnd(min) && !isEnd(max)) return fact;
  return tightened(isEnd(min) ? min + 1n : min, isEnd(max) ? max - 1n : max, fact.zeros, fact.ones);
}

function withBit(fact: Fact, mask: Fact): Fact | undefined {
  const bits = single(mask);
  if (bits === undefined) return fact;
  const word = bits & MASK;
  const isOne = (word & (word - 1n)) === 0n;
  return tightened(fact.min, fact.max, fact.zeros, isOne ? fact.ones | word : fact.ones);
}

function withoutBits(fact: Fact, mask: Fact): Fact | undefined {
  return tightened(fact.min, fact.max, fact.zeros | mask.ones, fact.ones);
}

function inOrder(comparison: Comparison, left: Fact, right: Range, width: Width): Fact | undefined {
  const isSigned = comparison[0] === "s";
  // A 32-bit word with its upper half clear is no signed integer of its own.
  if (isSigned && width === 32 && (left.zeros >> 31n & 1n) === 0n) return left;
  const { min, max } = isSigned ? signed(left) : unsigned(left);
  const [low, high] = bounds(comparison.slice(1), right);
  const shown = { min: low !== undefined && low > min ? low : min, max: high !== undefined && high < max ? high : max };
  if (shown.min > shown.max) return undefined;
  return met(left, makeFact(shown.min, shown.max));
}

function bounds(test: string, { min, max }: Range): readonly [bigint | undefined, bigint | undefined] {
  switch (test) {
    case "lt":
      return [undefined, max - 1n];
    case "le":
      return [undefined, max];
    case "gt":
      return [min + 1n, undefined];
    default:
      return [min, undefined];
  }
}

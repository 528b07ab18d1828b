import { assert } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { outcome, refined } from "../../src/compiler/analysis/comparisons.ts";
import {
  ANYTHING,
  exactFact,
  type Fact,
  factOfRange,
  implies,
  joined,
  makeFact,
  MASK,
  met,
  signExtended,
  truncated,
} from "../../src/compiler/analysis/facts.ts";
import { resultOf, swapBytes } from "../../src/compiler/analysis/transfer.ts";
import type { BinaryOperator, Comparison, Width } from "../../src/compiler/ir.ts";
import { Random } from "../support/random.ts";

/** Whether the fact allows the word. */
function allows({ min, max, zeros, ones }: Fact, word: bigint): boolean {
  const bits = word & MASK;
  const isInside = [0n, 1n, -1n].some((turn) => {
    const integer = bits + (turn << 64n);
    return min <= integer && integer <= max;
  });
  return isInside && (bits & zeros) === 0n && (bits & ones) === ones;
}

/** A word, and something true of it. */
function sample(random: Random): { word: bigint; fact: Fact } {
  const word = random.once(3) ? BigInt(random.below(300)) - 20n : random.wide();
  const signed = BigInt.asIntN(64, word);
  const base = random.once(2) ? signed : word & MASK;
  const reach = () => random.once(2) ? BigInt(random.below(100)) : BigInt(random.bits()) << BigInt(random.below(31));
  const known = random.wide() & random.wide() & MASK;
  const bits = random.once(2) ? 0n : known;
  const fact = random.once(5)
    ? exactFact(signed)
    : random.once(10)
    ? ANYTHING
    : makeFact(base - reach(), base + reach(), bits & ~word & MASK, bits & word);
  return { word: word & MASK, fact };
}

const OPERATORS: readonly BinaryOperator[] = [
  ...["add", "sub", "mul", "udiv", "sdiv", "umod", "smod"] as const,
  ...["and", "or", "xor", "shl", "lshr", "ashr"] as const,
];

/** What the machine computes. */
function compute(operator: BinaryOperator, width: Width, left: bigint, right: bigint): bigint {
  const [a, b] = [BigInt.asUintN(width, left), BigInt.asUintN(width, right)];
  const [x, y] = [BigInt.asIntN(width, left), BigInt.asIntN(width, right)];
  const count = b & BigInt(width - 1);
  const result: Record<BinaryOperator, () => bigint> = {
    add: () => a + b,
    sub: () => a - b,
    mul: () => a * b,
    udiv: () => b === 0n ? 0n : a / b,
    sdiv: () => y === 0n ? 0n : x / y,
    umod: () => b === 0n ? a : a % b,
    smod: () => y === 0n ? x : x % y,
    and: () => a & b,
    or: () => a | b,
    xor: () => a ^ b,
    shl: () => a << count,
    lshr: () => a >> count,
    ashr: () => x >> count,
  };
  return BigInt.asUintN(width, result[operator]());
}

const COMPARISONS: Readonly<Record<Comparison, (a: bigint, b: bigint, x: bigint, y: bigint) => boolean>> = {
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

function compare(comparison: Comparison, width: Width, left: bigint, right: bigint): boolean {
  const [a, b] = [BigInt.asUintN(width, left), BigInt.asUintN(width, right)];
  return COMPARISONS[comparison](a, b, BigInt.asIntN(width, left), BigInt.asIntN(width, right));
}

function show({ min, max, zeros, ones }: Fact): string {
  return `${min}..${max} 0:${zeros.toString(16)} 1:${ones.toString(16)}`;
}

describe("what is known of a word", () => {
  const random = new Random(1);

  it("holds for the result of every operation", () => {
    for (let count = 0; count < 20000; count++) {
      const [a, b] = [sample(random), sample(random)];
      const operator = random.pick(OPERATORS);
      const width = random.pick([32, 64] as const);
      const result = resultOf({ kind: "binary", operator, width }, [a.fact, b.fact]);
      const word = compute(operator, width, a.word, b.word);
      const text = `${operator}${width} ${a.word} ${b.word} of ${show(a.fact)} and ${show(b.fact)}: ${show(result)}`;
      assert(allows(result, word), text);
    }
  });

  it("holds for extensions, negations and swaps", () => {
    for (let count = 0; count < 5000; count++) {
      const { word, fact } = sample(random);
      const bits = random.pick([8, 16, 32] as const);
      assert(allows(truncated(fact, bits), BigInt.asUintN(bits, word)), `truncated ${bits} ${word} ${show(fact)}`);
      assert(allows(signExtended(fact, bits), BigInt.asIntN(bits, word)), `extended ${bits} ${word} ${show(fact)}`);
      assert(allows(resultOf({ kind: "negate", width: 64 }, [fact]), -word));
      assert(allows(resultOf({ kind: "negate", width: 32 }, [fact]), BigInt.asUintN(32, -word)));
      assert(allows(resultOf({ kind: "swap", bits: 32 }, [fact]), swapBytes(word, 32) & MASK));
    }
  });

  it("joins to what holds for both, and meets in what both say", () => {
    for (let count = 0; count < 10000; count++) {
      const [a, b] = [sample(random), sample(random)];
      const union = joined(a.fact, b.fact);
      assert(allows(union, a.word) && allows(union, b.word), `${show(a.fact)} or ${show(b.fact)}: ${show(union)}`);
      const both = met(a.fact, b.fact);
      if (!allows(b.fact, a.word)) continue;
      assert(both && allows(both, a.word), `${a.word}: ${show(a.fact)} and ${show(b.fact)}`);
    }
  });

  it("decides comparisons rightly, and learns from them what is true", () => {
    for (let count = 0; count < 20000; count++) {
      const [a, b] = [sample(random), sample(random)];
      const comparison = random.pick(Object.keys(COMPARISONS) as Comparison[]);
      const width = random.pick([32, 64] as const);
      const isSo = compare(comparison, width, a.word, b.word);
      const text = `${a.word} ${comparison}${width} ${b.word} of ${show(a.fact)} and ${show(b.fact)}`;
      assert(outcome(comparison, width, a.fact, b.fact) !== !isSo, text);
      if (!isSo) continue;
      const learned = refined(comparison, width, a.fact, b.fact);
      assert(learned && allows(learned, a.word), text);
    }
  });

  it("takes ranges of integers beyond the word for what they are modulo 2^64", () => {
    assert(implies(factOfRange({ min: 2n ** 64n, max: 2n ** 64n + 5n }), makeFact(0n, 5n)));
    assert(implies(factOfRange({ min: -(2n ** 100n) - 1n, max: -(2n ** 100n) + 1n }), makeFact(-1n, 1n)));
    assert(factOfRange({ min: 0n, max: 2n ** 65n }) === ANYTHING);
  });
});

import { assert } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { mayEqual, outcome, refined } from "../../src/compiler/analysis/comparisons.ts";
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
import { Random } from "../support/random.ts";
import { compareWords, COMPARISONS, computeWord, OPERATORS } from "./words.ts";

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
      const word = computeWord(operator, width, a.word, b.word);
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
      for (const bits of [16, 32, 64] as const) {
        const swapped = resultOf({ kind: "swap", bits }, [fact]);
        assert(allows(swapped, swapBytes(word, bits) & MASK), `swapped ${bits} ${word} ${show(fact)}`);
      }
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
      const comparison = random.pick(COMPARISONS);
      const width = random.pick([32, 64] as const);
      const isSo = compareWords(comparison, width, a.word, b.word);
      const text = `${a.word} ${comparison}${width} ${b.word} of ${show(a.fact)} and ${show(b.fact)}`;
      assert(outcome(comparison, width, a.fact, b.fact) !== !isSo, text);
      if (!isSo) continue;
      const learned = refined(comparison, width, a.fact, b.fact);
      assert(learned && allows(learned, a.word), text);
    }
  });

  it("is all that the general rules say where a word may equal a constant", () => {
    let count = 0;
    for (let tries = 0; tries < 20000; tries++) {
      const { word, fact } = sample(random);
      const constant = exactFact(BigInt.asIntN(64, random.once(2) ? word : BigInt(random.below(300))));
      const width = random.pick([32, 64] as const);
      if (!mayEqual(fact, constant, width)) continue;
      count++;
      const text = `${show(constant)} of ${show(fact)}`;
      assert(outcome("eq", width, fact, constant) === undefined, text);
      assert(refined("eq", width, fact, constant) === constant, text);
      for (const comparison of ["eq", "ne"] as const) {
        assert(refined(comparison, width, constant, fact) === constant, text);
      }
    }
    assert(count > 1000, `only ${count}`);
  });

  it("takes ranges of integers beyond the word for what they are modulo 2^64", () => {
    assert(implies(factOfRange({ min: 2n ** 64n, max: 2n ** 64n + 5n }), makeFact(0n, 5n)));
    assert(implies(factOfRange({ min: -(2n ** 100n) - 1n, max: -(2n ** 100n) + 1n }), makeFact(-1n, 1n)));
    assert(factOfRange({ min: 0n, max: 2n ** 65n }) === ANYTHING);
  });
});

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { align } from "../../src/syntax/align.ts";
import { Random } from "./random.ts";

const SEED = 11;

/** Ids below 4 are like operators, the others like names. */
const weights = Array.from({ length: 5000 }, (_, id) => id < 4 ? 1 : 6);

function sequence(random: Random, length: number, letters: number): Int32Array {
  return Int32Array.from({ length }, () => random.below(letters));
}

/** Like the other one, with parts added, as types are. */
function withAdditions(random: Random, tokens: Int32Array, every: number, letters: number): Int32Array {
  const list: number[] = [];
  for (const token of tokens) {
    if (random.below(every) === 0) list.push(...sequence(random, 1 + random.below(6), letters));
    list.push(token);
  }
  return Int32Array.from(list);
}

function worth(a: Int32Array, matches: Int32Array): number {
  return a.reduce((sum, token, index) => matches[index]! < 0 ? sum : sum + weights[token]!, 0);
}

function assertValid(a: Int32Array, b: Int32Array, matches: Int32Array): void {
  let before = -1;
  matches.forEach((other, index) => {
    if (other < 0) return;
    assert(other > before, "matches must increase");
    assertEquals(a[index], b[other]);
    before = other;
  });
}

/** The best worth there is, by the textbook. */
function best(a: Int32Array, b: Int32Array): number {
  let row = new Array(b.length + 1).fill(0);
  for (const token of a) {
    const next = [0];
    b.forEach((other, index) => {
      next.push(Math.max(next[index]!, row[index + 1], token === other ? row[index] + weights[token]! : 0));
    });
    row = next;
  }
  return row[b.length];
}

describe("align", () => {
  it("matches nothing with nothing", () => {
    assertEquals([...align(Int32Array.of(), Int32Array.of(1), weights)], []);
    assertEquals([...align(Int32Array.of(1, 2), Int32Array.of(), weights)], [-1, -1]);
  });

  it("prefers a name to several operators", () => {
    assertEquals([...align(Int32Array.of(9, 0, 1, 2), Int32Array.of(0, 1, 2, 9), weights)], [3, -1, -1, -1]);
  });

  it(`is the best there is (seed ${SEED})`, () => {
    const random = new Random(SEED);
    for (let round = 0; round < 500; round++) {
      const letters = 2 + random.below(12);
      const a = sequence(random, random.below(30), letters);
      const b = random.below(2) ? withAdditions(random, a, 3, letters) : sequence(random, random.below(40), letters);
      const matches = align(a, b, weights);
      assertValid(a, b, matches);
      assertEquals(worth(a, matches), best(a, b));
    }
  });

  it("finds all of a long text among additions", () => {
    const random = new Random(SEED);
    const a = sequence(random, 60_000, 2000);
    const b = withAdditions(random, a, 5, 2000);
    const matches = align(a, b, weights);
    assertValid(a, b, matches);
    assert(worth(a, matches) > 0.999 * worth(a, a));
  });

  it("finds its way past long parts that are missing", () => {
    const random = new Random(SEED);
    const head = sequence(random, 5000, 300), dead = sequence(random, 8000, 300), tail = sequence(random, 5000, 300);
    const a = Int32Array.of(...head, ...tail);
    const b = Int32Array.of(...head, 4999, ...dead, 4998, ...tail);
    const matches = align(a, b, weights);
    assertEquals([matches[0], matches[4999], matches[5000], matches[9999]], [0, 4999, 13_002, 18_001]);
  });

  it("finds most of a long text where all is alike, without the table of gigabytes that would find all", () => {
    const random = new Random(SEED);
    for (const letters of [1, 2, 3]) {
      const a = sequence(random, 50_000, letters), b = withAdditions(random, a, 8, letters);
      const matches = align(a, b, weights);
      assertValid(a, b, matches);
      assert(worth(a, matches) > 0.75 * a.length, String(worth(a, matches)));
    }
  });
});

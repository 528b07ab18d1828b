/**
 * Rows of tests that ask one word for one constant after the other, as unrolled rules do: where a word of a known value leaves
 * such a row is looked up instead of followed test by test.
 *
 * @module
 */

import type { Block, Edge, IrFunction, Terminator, Value, Width } from "../ir.ts";

/** A block that does nothing but compare a word with a constant. */
interface Test {
  readonly block: Block;
  readonly word: Value;
  readonly width: Width;
  readonly constant: bigint;
  readonly hit: Edge;
  readonly miss: Edge;
}

/** Tests that follow each other where the word is none of the constants so far. */
interface Row {
  readonly tests: Test[];
  /** Where each constant is asked for, in order. */
  readonly places: Map<bigint, number[]>;
}

/** The rows of a function; `isPassable` says which blocks may be gone past. */
export class EqualityRows {
  readonly #places = new Map<Block, { readonly row: Row; readonly index: number }>();

  constructor(fn: IrFunction, isPassable: (block: Block) => boolean) {
    const tests = new Map<Block, Test>();
    for (const block of fn.blocks) {
      const test = isPassable(block) ? testOf(block) : undefined;
      if (test) tests.set(block, test);
    }
    for (const first of tests.values()) this.#follow(first, tests);
  }

  #follow(first: Test, tests: ReadonlyMap<Block, Test>): void {
    const row: Row = { tests: [], places: new Map() };
    for (let test: Test | undefined = first; test && !this.#places.has(test.block); test = nextOf(test, tests)) {
      const index = row.tests.push(test) - 1;
      this.#places.set(test.block, { row, index });
      const known = row.places.get(test.constant);
      if (known) known.push(index);
      else row.places.set(test.constant, [index]);
    }
  }

  /** The word that a row of tests asks for which goes on with this block, and what it is asked as. */
  wordAt(block: Block): { readonly word: Value; readonly width: Width } | undefined {
    const place = this.#places.get(block);
    return place && place.row.tests[place.index];
  }

  /** The edge on which a word of this value leaves the row that goes on with a block. */
  leaving(block: Block, value: bigint): Edge {
    const { row: { tests, places }, index } = this.#places.get(block)!;
    const hit = places.get(BigInt.asUintN(tests[index].width, value))?.find((one) => one >= index);
    return hit === undefined ? tests[tests.length - 1].miss : tests[hit].hit;
  }
}

function testOf(block: Block): Test | undefined {
  const { parameters, instructions, terminator: end } = block;
  if (parameters.length > 0 || instructions.length > 0 || !isEquality(end)) return undefined;
  const { left: word, right, width } = end;
  if (right.operation.kind !== "constant" || word.operation.kind === "constant") return undefined;
  const [hit, miss] = end.comparison === "eq" ? [end.then, end.else] : [end.else, end.then];
  return { block, word, width, constant: BigInt.asUintN(width, right.operation.value), hit, miss };
}

function isEquality(end: Terminator | undefined): end is Terminator & { readonly kind: "branch" } {
  return end?.kind === "branch" && !end.proof && (end.comparison === "eq" || end.comparison === "ne");
}

function nextOf({ word, width, miss }: Test, tests: ReadonlyMap<Block, Test>): Test | undefined {
  const next = tests.get(miss.block);
  return next && next.word === word && next.width === width ? next : undefined;
}

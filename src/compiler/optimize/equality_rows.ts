/**
 * Rows of tests that ask one word for one constant after the other, as unrolled rules do: where a word of a known value leaves
 * such a row is looked up instead of followed test by test.
 *
 * @module
 */

import type { Block, Branch, Edge, IrFunction, Terminator, Value, Width } from "../ir.ts";

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
  /** Where each constant is asked for, in order; found when it is wanted. */
  places: ReadonlyMap<bigint, readonly number[]> | undefined;
}

/** The rows of a function; `isPassable` says which blocks may be gone past. */
export class EqualityRows {
  /** By block id: the row that a block is in, and where. */
  readonly #rows: (Row | undefined)[];
  readonly #index: Int32Array;

  constructor(fn: IrFunction, isPassable: (block: Block) => boolean) {
    const tests = new Array<Test | undefined>(fn.nextId).fill(undefined);
    for (const block of fn.blocks) tests[block.id] = isPassable(block) ? testOf(block) : undefined;
    this.#rows = new Array<Row | undefined>(fn.nextId).fill(undefined);
    this.#index = new Int32Array(fn.nextId);
    for (const { id } of fn.blocks) this.#follow(tests[id], tests);
  }

  #follow(first: Test | undefined, tests: readonly (Test | undefined)[]): void {
    const row: Row = { tests: [], places: undefined };
    for (let test = first; test && !this.#rows[test.block.id]; test = nextOf(test, tests)) {
      this.#rows[test.block.id] = row;
      this.#index[test.block.id] = row.tests.push(test) - 1;
    }
  }

  /** The word that a row of tests asks for which goes on with this block, and what it is asked as. */
  wordAt(block: Block): { readonly word: Value; readonly width: Width } | undefined {
    return this.#rows[block.id]?.tests[this.#index[block.id]];
  }

  /** The edge on which a word of this value leaves the row that goes on with a block. */
  leaving(block: Block, value: bigint): Edge {
    const row = this.#rows[block.id]!;
    const { tests } = row;
    const index = this.#index[block.id];
    const places = row.places ??= placesOf(tests);
    const hit = places.get(BigInt.asUintN(tests[index].width, value))?.find((one) => one >= index);
    return hit === undefined ? tests[tests.length - 1].miss : tests[hit].hit;
  }
}

function placesOf(tests: readonly Test[]): Map<bigint, number[]> {
  const places = new Map<bigint, number[]>();
  tests.forEach(({ constant }, index) => {
    const known = places.get(constant);
    if (known) known.push(index);
    else places.set(constant, [index]);
  });
  return places;
}

function testOf(block: Block): Test | undefined {
  const { parameters, instructions, terminator: end } = block;
  if (parameters.length > 0 || instructions.length > 0 || !isEquality(end)) return undefined;
  const { left: word, right, width } = end;
  if (right.operation.kind !== "constant" || word.operation.kind === "constant") return undefined;
  const [hit, miss] = end.comparison === "eq" ? [end.then, end.else] : [end.else, end.then];
  return { block, word, width, constant: BigInt.asUintN(width, right.operation.value), hit, miss };
}

function isEquality(end: Terminator | undefined): end is Branch {
  return end?.kind === "branch" && !end.proof && (end.comparison === "eq" || end.comparison === "ne");
}

function nextOf({ word, width, miss }: Test, tests: readonly (Test | undefined)[]): Test | undefined {
  const next = tests[miss.block.id];
  return next && next.word === word && next.width === width ? next : undefined;
}

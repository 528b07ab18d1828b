/**
 * Makes a search tree of a chain of tests for equality of one word with constants: `switch`, `includes()`, `if … else if`.
 * Halves are told apart by order until few constants are left, which are tested one after the other.
 *
 * Any order of words serves, also that of fields whose bytes are not swapped. What is asked for first in the text counts as
 * likely: it is tested first among the few, and of two halves the one that has it goes on without a jump. The verifier
 * follows a tree as cheaply as the chain, and each of its paths is short.
 *
 * Assumes: constants in the entry; chains whose later blocks do nothing but test. Gains: of n tests, all but log n at run time.
 * Costs: an instruction for each four constants.
 *
 * @module
 */

import {
  type Block,
  type Branch,
  constantOf,
  eachEdge,
  type Edge,
  type IrFunction,
  makeBlock,
  type Origin,
  reversePostorder,
  type Terminator,
  type Value,
  type Width,
} from "../ir.ts";
import { Constants } from "./constants.ts";

/** So many constants are tested one after the other. */
const MOST_IN_A_ROW = 4;

export function makeSearchTrees(fn: IrFunction): boolean {
  let changed = false;
  const blocks = fn.blocks.slice();
  const entries = new Uint32Array(fn.nextId);
  const enter = ({ block: { id } }: Edge) => void entries[id]++;
  for (const block of blocks) eachEdge(block, enter);
  const passed = new Set<Block>();
  const constants = new Constants(fn);
  for (const block of blocks) {
    if (passed.has(block)) continue;
    const chain = chainFrom(block, entries);
    chain?.blocks.forEach((one) => passed.add(one));
    if (!chain || chain.tests.length <= MOST_IN_A_ROW) continue;
    new Builder(fn, chain, constants).build(block);
    changed = true;
  }
  if (changed) fn.blocks = reversePostorder(fn);
  return changed;
}

/** One test of a chain. */
interface Test {
  readonly constant: bigint;
  /** How many come before it. */
  readonly order: number;
  /** Where the chain is left if the word is the constant. */
  readonly hit: Edge;
  readonly origin: Origin | undefined;
}

interface Chain {
  readonly word: Value;
  readonly width: Width;
  /** By constant, read as unsigned; each once. */
  readonly tests: readonly Test[];
  /** Where the chain is left if the word is none of them. */
  readonly miss: Edge;
  readonly blocks: readonly Block[];
}

function chainFrom(head: Block, entries: Uint32Array): Chain | undefined {
  const first = head.terminator;
  if (!first || !isEquality(first)) return undefined;
  const { left: word, width } = first;
  const tests = new Map<bigint, Test>();
  const blocks: Block[] = [];
  for (let block = head;;) {
    const end = block.terminator as Branch;
    const [hit, miss] = end.comparison === "eq" ? [end.then, end.else] : [end.else, end.then];
    const constant = BigInt.asUintN(width, constantOf(end.right)!);
    if (!tests.has(constant)) tests.set(constant, { constant, order: tests.size, hit, origin: end.origin });
    blocks.push(block);
    block = miss.block;
    const next = block.terminator;
    const isLink = next && isEquality(next) && next.left === word && next.width === width &&
      block.instructions.length === 0 && block.parameters.length === 0 && entries[block.id] === 1;
    if (isLink) continue;
    const sorted = [...tests.values()].sort((a, b) => a.constant < b.constant ? -1 : 1);
    return { word, width, tests: sorted, miss, blocks };
  }
}

function isEquality(end: Terminator): end is Branch {
  if (end.kind !== "branch" || end.proof || constantOf(end.right) === undefined) return false;
  return end.comparison === "eq" || end.comparison === "ne";
}

class Builder {
  readonly #fn: IrFunction;
  readonly #chain: Chain;
  readonly #constants: Constants;

  constructor(fn: IrFunction, chain: Chain, constants: Constants) {
    this.#fn = fn;
    this.#chain = chain;
    this.#constants = constants;
  }

  /** Puts the tree in place of the chain that begins at a block's end. */
  build(head: Block): void {
    head.terminator = this.#treeOf(this.#chain.tests);
  }

  #treeOf(tests: readonly Test[]): Terminator {
    if (tests.length <= MOST_IN_A_ROW) return this.#rowOf(tests.toSorted((a, b) => a.order - b.order));
    const middle = tests.length >> 1;
    const [lower, upper] = [tests.slice(0, middle), tests.slice(middle)];
    const least = upper[0];
    return firstOf(lower) < firstOf(upper)
      ? this.#branch("uge", least, this.#to(this.#treeOf(upper)), this.#to(this.#treeOf(lower)))
      : this.#branch("ult", least, this.#to(this.#treeOf(lower)), this.#to(this.#treeOf(upper)));
  }

  #rowOf([first, ...others]: readonly Test[]): Terminator {
    const { miss } = this.#chain;
    return this.#branch(
      "eq",
      first,
      copyOf(first.hit),
      others.length > 0 ? this.#to(this.#rowOf(others)) : copyOf(miss),
    );
  }

  #branch(comparison: "uge" | "ult" | "eq", { constant, origin }: Test, then: Edge, otherwise: Edge): Terminator {
    const { word, width } = this.#chain;
    // 32-bit immediates are kept sign-extended, as everywhere.
    const right = this.#constants.of(width === 32 ? BigInt.asIntN(32, constant) : constant);
    return { kind: "branch", comparison, width, left: word, right, then, else: otherwise, origin };
  }

  #to(terminator: Terminator): Edge {
    const block = makeBlock(this.#fn);
    block.terminator = terminator;
    return { block, arguments: [] };
  }
}

function firstOf(tests: readonly Test[]): number {
  return tests.reduce((first, { order }) => Math.min(first, order), Infinity);
}

function copyOf({ block, arguments: values }: Edge): Edge {
  return { block, arguments: [...values] };
}

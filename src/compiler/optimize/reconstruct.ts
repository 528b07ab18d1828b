/**
 * Puts functions back into SSA form after code was duplicated: a value that was copied has several definitions, and what
 * reads it reads the one that the path has passed (Braun et al., "Simple and Efficient Construction of SSA Form").
 *
 * @module
 */

import { type Block, eachEdge, type Edge, type IrFunction, makeValue, successors, type Value } from "../ir.ts";

/** What duplicated code defines: each copied value with all that stands for it, by the blocks that these are made in. */
export class Copies {
  readonly #definitions = new Map<Value, Map<Block, Value>>();

  /** Whether nothing was copied. */
  get isEmpty(): boolean {
    return this.#definitions.size === 0;
  }

  /** Takes note of a copy that is made in a block, or on the way to it, of a value that stands in another. */
  add(value: Value, home: Block, block: Block, copy: Value): void {
    let known = this.#definitions.get(value);
    if (!known) this.#definitions.set(value, known = new Map([[home, value]]));
    known.set(block, copy);
  }

  /** What stands for a value, itself included; `undefined` of one that was not copied. */
  of(value: Value): ReadonlyMap<Block, Value> | undefined {
    return this.#definitions.get(value);
  }
}

/** Makes every read of a copied value read what reaches it. */
export function reconstruct(fn: IrFunction, copies: Copies): void {
  if (copies.isEmpty) return;
  const entering = new Map<Block, Way[]>();
  for (const from of fn.blocks) {
    for (const edge of successors(from)) {
      const known = entering.get(edge.block);
      if (known) known.push({ from, edge });
      else entering.set(edge.block, [{ from, edge }]);
    }
  }
  for (const [value, reads] of readsOf(fn, copies)) {
    const web = new Web(fn, value, entering, new Map(copies.of(value)));
    for (const { block, replace } of reads) replace(web.atEnd(block));
  }
}

interface Way {
  readonly from: Block;
  readonly edge: Edge;
}

/** All definitions of what was one value. */
class Web {
  readonly #fn: IrFunction;
  readonly #value: Value;
  readonly #entering: ReadonlyMap<Block, readonly Way[]>;
  /** The definition in force at each block's end, as far as it is known. */
  readonly #known: Map<Block, Value>;

  constructor(fn: IrFunction, value: Value, entering: ReadonlyMap<Block, readonly Way[]>, known: Map<Block, Value>) {
    this.#fn = fn;
    this.#value = value;
    this.#entering = entering;
    this.#known = known;
  }

  /** The definition in force at a block's end. */
  atEnd(block: Block): Value {
    const passed: Block[] = [];
    let at = block;
    let found = this.#known.get(at);
    while (found === undefined) {
      const ways = this.#entering.get(at)!;
      if (ways.length > 1) found = this.#meeting(at, ways);
      else {
        passed.push(at);
        at = ways[0].from;
        found = this.#known.get(at);
      }
    }
    for (const one of passed) this.#known.set(one, found);
    return found;
  }

  #meeting(block: Block, ways: readonly Way[]): Value {
    const { origin, range } = this.#value;
    const parameter = makeValue(this.#fn, { kind: "parameter" }, [], origin, range);
    // Before the ways are followed: they may come from here.
    this.#known.set(block, parameter);
    block.parameters.push(parameter);
    for (const { from, edge } of ways) edge.arguments.push(this.atEnd(from));
    return parameter;
  }
}

interface Read {
  /** The read sees what is in force at this block's end: no block but the home redefines the value. */
  readonly block: Block;
  replace(by: Value): void;
}

/** All reads of copied values outside the blocks in which they stand. */
function readsOf(fn: IrFunction, copies: Copies): Map<Value, Read[]> {
  const reads = new Map<Value, Read[]>();
  for (const block of fn.blocks) {
    const isWanted = (value: Value) => {
      const definitions = copies.of(value);
      return definitions !== undefined && definitions.get(block) !== value;
    };
    const note = (value: Value, replace: (by: Value) => void) => {
      const known = reads.get(value);
      if (known) known.push({ block, replace });
      else reads.set(value, [{ block, replace }]);
    };
    const noteAll = (values: Value[]) => {
      for (let i = 0; i < values.length; i++) if (isWanted(values[i])) note(values[i], (by) => values[i] = by);
    };
    for (const { inputs } of block.instructions) noteAll(inputs);
    const end = block.terminator!;
    if (end.kind === "branch") {
      if (isWanted(end.left)) note(end.left, (by) => end.left = by);
      if (isWanted(end.right)) note(end.right, (by) => end.right = by);
    } else if (end.kind === "return" && isWanted(end.value)) note(end.value, (by) => end.value = by);
    eachEdge(block, (edge) => noteAll(edge.arguments));
  }
  return reads;
}

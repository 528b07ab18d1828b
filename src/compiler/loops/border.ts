/**
 * What goes into a loop and what comes out of it, by which ways.
 *
 * @module
 */

import type { NaturalLoop } from "../analysis/loops.ts";
import { type Block, eachEdge, eachRead, type Edge, type IrFunction, successors, type Value } from "../ir.ts";

/** A way out of a loop: the block outside, all edges to it, and the loop's values that are needed from there on. */
export interface Exit {
  readonly to: Block;
  readonly edges: readonly Edge[];
  readonly results: readonly Value[];
}

export interface Border {
  readonly loop: NaturalLoop;
  /** Edges from outside to the loop's first block. */
  readonly entries: readonly Edge[];
  /** Edges from the loop's end to its first block. */
  readonly back: readonly Edge[];
  readonly exits: readonly Exit[];
  /** Values from outside that the loop uses. */
  readonly inputs: readonly Value[];
  /** The loop's values that are used outside. */
  readonly results: readonly Value[];
}

export function borderOf(fn: IrFunction, loop: NaturalLoop): Border {
  const { head, blocks } = loop;
  const outside = fn.blocks.filter((block) => !blocks.has(block));
  const inside = fn.blocks.filter((block) => blocks.has(block));
  const isOwn = marksOf(fn, inside);
  const results = readIn(outside, ({ id }) => isOwn[id] === 1);
  const live = new Map(results.map((value) => [value, liveBlocks(outside, value)]));
  const leaving = new Map<Block, Edge[]>();
  for (const edge of inside.flatMap(successors)) {
    if (!blocks.has(edge.block)) leaving.set(edge.block, [...leaving.get(edge.block) ?? [], edge]);
  }
  return {
    loop,
    entries: edgesTo(head, outside),
    back: edgesTo(head, inside),
    exits: [...leaving].map(([to, edges]) => ({ to, edges, results: results.filter((one) => live.get(one)!.has(to)) })),
    inputs: readIn(inside, ({ id }) => isOwn[id] === 0),
    results,
  };
}

/** One byte for each value id: 1 if it is one that some blocks compute. */
function marksOf(fn: IrFunction, blocks: readonly Block[]): Uint8Array {
  const marks = new Uint8Array(fn.nextId);
  for (const { parameters, instructions } of blocks) {
    for (const { id } of parameters) marks[id] = 1;
    for (const { id } of instructions) marks[id] = 1;
  }
  return marks;
}

/** What some blocks read of certain values, each once. */
function readIn(blocks: readonly Block[], isWanted: (value: Value) => boolean): Value[] {
  const found = new Set<Value>();
  const note = (value: Value) => void (isWanted(value) && found.add(value));
  for (const block of blocks) eachRead(block, note);
  return [...found];
}

function edgesTo(block: Block, from: readonly Block[]): Edge[] {
  const found: Edge[] = [];
  const note = (edge: Edge) => void (edge.block === block && found.push(edge));
  for (const one of from) eachEdge(one, note);
  return found;
}

/** The blocks outside a loop at whose beginning a value of the loop is still needed. */
function liveBlocks(outside: readonly Block[], value: Value): Set<Block> {
  const live = new Set(outside.filter((block) => readIn([block], (one) => one === value).length > 0));
  for (let before = -1; before !== live.size;) {
    before = live.size;
    for (const block of outside) if (successors(block).some((edge) => live.has(edge.block))) live.add(block);
  }
  return live;
}

/**
 * What goes into a loop and what comes out of it, by which ways.
 *
 * @module
 */

import type { NaturalLoop } from "../analysis/loops.ts";
import { type Block, definedIn, type Edge, type IrFunction, successors, terminatorInputs, type Value } from "../ir.ts";

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
  const [own, foreign] = [definedIn(inside), definedIn(outside)];
  const results = [...uses(outside)].filter((value) => own.has(value));
  const live = new Map(results.map((value) => [value, liveBlocks(outside, value)]));
  const leaving = new Map<Block, Edge[]>();
  for (const edge of inside.flatMap(successors)) {
    if (!blocks.has(edge.block)) leaving.set(edge.block, [...leaving.get(edge.block) ?? [], edge]);
  }
  return {
    loop,
    entries: outside.flatMap(successors).filter(({ block }) => block === head),
    back: inside.flatMap(successors).filter(({ block }) => block === head),
    exits: [...leaving].map(([to, edges]) => ({ to, edges, results: results.filter((one) => live.get(one)!.has(to)) })),
    inputs: [...uses(inside)].filter((value) => foreign.has(value)),
    results,
  };
}

function uses(blocks: readonly Block[]): Set<Value> {
  return new Set(blocks.flatMap(({ instructions, terminator }) => [
    ...instructions.flatMap(({ inputs }) => inputs),
    ...terminatorInputs(terminator!),
  ]));
}

/** The blocks outside a loop at whose beginning a value of the loop is still needed. */
function liveBlocks(outside: readonly Block[], value: Value): Set<Block> {
  const live = new Set(outside.filter((block) => uses([block]).has(value)));
  for (let before = -1; before !== live.size;) {
    before = live.size;
    for (const block of outside) if (successors(block).some((edge) => live.has(edge.block))) live.add(block);
  }
  return live;
}

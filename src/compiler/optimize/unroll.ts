/**
 * Writes out small loops whose counter says that they make few turns: each turn is a copy of the loop in front of it, with a
 * counter that is a constant, so that what depends on it is known. Of the loop itself nothing is left once tests are decided.
 *
 * Assumes: constants in the entry; loops that stay. Gains: the counter, its tests, and what is computed from it. Costs: code, a
 * few dozen values for each loop; a second look for the verifier that it takes anyhow.
 *
 * @module
 */

import { agreed, type Counters, surely } from "../analysis/counters.ts";
import { loopsOf, type NaturalLoop } from "../analysis/loops.ts";
import {
  type Block,
  type Edge,
  type IrFunction,
  makeBlock,
  makeValue,
  reversePostorder,
  successors,
  type Terminator,
  type Value,
} from "../ir.ts";
import { type Copies, reconstruct } from "./reconstruct.ts";

const MOST_TURNS = 4;
/** Values and blocks that all turns may have together. */
const MOST_COPIED = 48;

export function unrollLoops(fn: IrFunction): boolean {
  let changed = false;
  for (const loop of innermost(loopsOf(fn))) {
    const turns = turnsOf(fn, loop);
    if (turns === undefined || turns * sizeOf(loop) > MOST_COPIED) continue;
    for (let turn = 0; turn < turns; turn++) peel(fn, loop);
    changed = true;
  }
  return changed;
}

function innermost(loops: readonly NaturalLoop[]): NaturalLoop[] {
  return loops.flatMap((loop) => loop.children.length === 0 ? [loop] : innermost(loop.children));
}

function sizeOf({ blocks }: NaturalLoop): number {
  return [...blocks].reduce((sum, { instructions }) => sum + instructions.length + 1, 0);
}

/** How many turns a loop makes at most, by its counters; `undefined` if these do not say, or it makes too many. */
function turnsOf(fn: IrFunction, { head, blocks }: NaturalLoop): number | undefined {
  const edges = edgesTo(fn, head, blocks);
  let counters: Counters = agreed(head, edges.entering, new Map());
  for (let turn = 0; turn <= MOST_TURNS; turn++) {
    if (counters.size === 0) return undefined;
    if (leavesSurely(head, blocks, counters)) return turn;
    counters = agreed(head, edges.back, counters);
  }
}

/** The edges to a loop's first block, from outside and from inside. */
export function edgesTo(
  fn: IrFunction,
  head: Block,
  blocks: ReadonlySet<Block>,
): { readonly entering: readonly Edge[]; readonly back: readonly Edge[] } {
  const edges = { entering: [] as Edge[], back: [] as Edge[] };
  for (const block of fn.blocks) {
    for (const edge of successors(block)) {
      if (edge.block === head) edges[blocks.has(block) ? "back" : "entering"].push(edge);
    }
  }
  return edges;
}

/** Whether the loop is left in a turn, by tests that every way through it begins with. */
function leavesSurely(head: Block, blocks: ReadonlySet<Block>, counters: Counters): boolean {
  const seen = new Set<Block>();
  for (let block: Block | undefined = head; block && !seen.has(block); block = surely(block.terminator!, counters)) {
    if (!blocks.has(block)) return true;
    seen.add(block);
  }
  return false;
}

/** Puts a copy of a loop in front of it: what enters the loop enters the copy, and what goes back there goes on to the loop. */
function peel(fn: IrFunction, { head, blocks }: NaturalLoop): void {
  const twins = new Map([...blocks].map((block) => [block, makeBlock(fn)]));
  const copies = new Map<Value, Value>();
  for (const block of fn.blocks) {
    if (blocks.has(block)) continue;
    for (const edge of successors(block)) if (edge.block === head) edge.block = twins.get(head)!;
  }
  const twinOf = (value: Value) => {
    const twin = makeValue(fn, value.operation, [], value.origin, value.range);
    copies.set(value, twin);
    return twin;
  };
  for (const [block, twin] of twins) {
    twin.parameters.push(...block.parameters.map(twinOf));
    twin.instructions = block.instructions.map(twinOf);
  }
  const now = (value: Value) => copies.get(value) ?? value;
  const along = ({ block, arguments: values }: Edge): Edge => ({
    block: block === head ? head : twins.get(block) ?? block,
    arguments: values.map(now),
  });
  for (const [block, twin] of twins) {
    block.instructions.forEach((value, i) => twin.instructions[i].inputs = value.inputs.map(now));
    twin.terminator = copyOf(block.terminator!, now, along);
  }
  fn.blocks = reversePostorder(fn);
  reconstruct(fn, ...webs(twins, copies));
}

function copyOf(end: Terminator, now: (value: Value) => Value, along: (edge: Edge) => Edge): Terminator {
  switch (end.kind) {
    case "jump":
      return { ...end, to: along(end.to) };
    case "branch":
      return { ...end, left: now(end.left), right: now(end.right), then: along(end.then), else: along(end.else) };
    case "return":
      return { ...end, value: now(end.value) };
  }
}

/** The copies of each value of a loop, and where the value itself is. */
function webs(
  twins: ReadonlyMap<Block, Block>,
  copies: ReadonlyMap<Value, Value>,
): [copies: Copies, homes: ReadonlyMap<Value, Block>] {
  const homes = new Map<Value, Block>();
  for (const block of twins.keys()) {
    for (const value of [...block.parameters, ...block.instructions]) homes.set(value, block);
  }
  const found = new Map(
    [...homes].map(([value, block]) => [value, new Map([[twins.get(block)!, copies.get(value)!]])]),
  );
  return [found, homes];
}

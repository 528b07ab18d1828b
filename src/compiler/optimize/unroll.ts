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
import { Ways } from "../analysis/ways.ts";
import {
  type Block,
  type Edge,
  type IrFunction,
  makeBlock,
  makeValue,
  reversePostorder,
  type Terminator,
  type Value,
} from "../ir.ts";
import { Copies, reconstruct } from "./reconstruct.ts";

const MOST_TURNS = 4;
/** Values and blocks that all turns may have together. */
const MOST_COPIED = 48;

export function unrollLoops(fn: IrFunction): boolean {
  const loops = innermost(loopsOf(fn, fn.blocks));
  if (loops.length === 0) return false;
  const ways = new Ways(fn);
  const copies = new Copies();
  for (const loop of loops) {
    const turns = turnsOf(ways, loop);
    if (!turns || turns * sizeOf(loop) > MOST_COPIED) continue;
    // Each copy comes to stand between those before and the loop.
    for (let turn = 0; turn < turns; turn++) peel(fn, loop, ways, copies);
  }
  if (copies.isEmpty) return false;
  fn.blocks = reversePostorder(fn);
  reconstruct(fn, copies);
  return true;
}

function innermost(loops: readonly NaturalLoop[]): NaturalLoop[] {
  return loops.flatMap((loop) => loop.children.length === 0 ? [loop] : innermost(loop.children));
}

function sizeOf({ blocks }: NaturalLoop): number {
  return [...blocks].reduce((sum, { instructions }) => sum + instructions.length + 1, 0);
}

/** How many turns a loop makes at most, by its counters; `undefined` if these do not say, or it makes too many. */
function turnsOf(ways: Ways, loop: NaturalLoop): number | undefined {
  const { head, blocks } = loop;
  const edges = ways.toLoop(loop);
  let counters: Counters = agreed(head, edges.entering, new Map());
  for (let turn = 0; turn <= MOST_TURNS; turn++) {
    if (counters.size === 0) return undefined;
    if (leavesSurely(head, blocks, counters)) return turn;
    counters = agreed(head, edges.back, counters);
  }
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
function peel(fn: IrFunction, loop: NaturalLoop, ways: Ways, copies: Copies): void {
  const { head, blocks } = loop;
  const twins = new Map([...blocks].map((block) => [block, makeBlock(fn)]));
  for (const edge of ways.toLoop(loop).entering) edge.block = twins.get(head)!;
  const own = new Map<Value, Value>();
  for (const [block, twin] of twins) {
    const twinOf = (value: Value) => {
      const copy = makeValue(fn, value.operation, [], value.origin, value.range);
      own.set(value, copy);
      copies.add(value, block, twin, copy);
      return copy;
    };
    twin.parameters.push(...block.parameters.map(twinOf));
    twin.instructions = block.instructions.map(twinOf);
  }
  const now = (value: Value) => own.get(value) ?? value;
  const along = ({ block, arguments: values }: Edge): Edge => ({
    block: block === head ? head : twins.get(block) ?? block,
    arguments: values.map(now),
  });
  for (const [block, twin] of twins) {
    block.instructions.forEach((value, i) => twin.instructions[i].inputs = value.inputs.map(now));
    twin.terminator = copyOf(block.terminator!, now, along);
    ways.note(twin);
  }
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

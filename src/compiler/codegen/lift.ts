/**
 * Empties blocks that only set registers to constants: the registers are set before the ways part, where nobody needs what
 * was in them, so that branches can go on to where the block went. So `w0 = 2` stands once, before all checks that leave.
 *
 * Assumes: machine registers. Gains: a jump or an exit, and often the block. Costs: an instruction on the other ways.
 *
 * @module
 */

import { Graph } from "./graph.ts";
import type { MachineEnd, MachineFunction, MachineInstruction } from "./machine.ts";
import { bitsOf, liveAtStart, readByEnd, slotsOf, writtenBy } from "./physical.ts";

const MOST_LIFTED = 2;

export function liftConstants(fn: MachineFunction): void {
  const graph = new Graph(fn);
  const live = liveAtStart(graph);
  graph.blocks.forEach((block, at) => {
    if (!isCandidate(graph, at)) return;
    const set = bitsOf(block.instructions.map((one) => one.to!));
    const to = graph.parent[at];
    const between = freeBetween(graph, live, at, to, set);
    if (!between) return;
    graph.blocks[to].instructions.push(...block.instructions);
    block.instructions = [];
    for (const one of [at, ...between]) live[one] |= set;
  });
}

/** A block of constants whose end others have, too, or which one way of a branch leads to. */
function isCandidate({ predecessors, blocks }: Graph, at: number): boolean {
  const { instructions, end } = blocks[at];
  if (at === 0 || instructions.length === 0 || instructions.length > MOST_LIFTED || end.kind === "branch") return false;
  const isMovable = (one: MachineInstruction) =>
    one.operation.kind === "constant" && slotsOf(one) === 1 ||
    one.operation.kind === "move" && predecessors[at].length === 1;
  if (!instructions.every(isMovable)) return false;
  if (!predecessors[at].some((from) => blocks[from].end.kind === "branch")) return false;
  return !leaves(end) ||
    predecessors[at].some((from) => blocks[from].end.kind === "jump" && blocks[from].instructions.length > 0);
}

function leaves(end: MachineEnd): boolean {
  return end.kind === "exit" || end.kind === "jump" && end.to.end.kind === "exit" && end.to.instructions.length === 0;
}

/**
 * The blocks between a dominator and a block, if registers may be set at the dominator's end: they are free there, and stay
 * as they are on all ways from there.
 */
function freeBetween(
  { blocks, predecessors, successors }: Graph,
  live: Int32Array,
  at: number,
  dominator: number,
  set: number,
): readonly number[] | undefined {
  const needed = successors[dominator].reduce((bits, next) => bits | live[next], readByEnd(blocks[dominator]));
  if (set & needed) return undefined;
  const seen = new Set<number>();
  const work = [...predecessors[at]];
  while (work.length > 0) {
    const one = work.pop()!;
    if (one === dominator || seen.has(one)) continue;
    seen.add(one);
    if (blocks[one].instructions.some((instruction) => writtenBy(instruction) & set)) return undefined;
    work.push(...predecessors[one]);
  }
  return [...seen];
}

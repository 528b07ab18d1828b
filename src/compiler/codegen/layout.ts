/**
 * The order in which blocks are written: chains of blocks that fall through to each other, made along jumps first and then
 * along the most frequent edges; what leaves is rare, what goes back is frequent (Pettis and Hansen, "Profile Guided Code
 * Positioning").
 *
 * @module
 */

import { Graph } from "./graph.ts";
import { follow, type MachineBlock, type MachineEnd, type MachineFunction } from "./machine.ts";

/** How often a loop turns, for want of anything better. */
const TURNS = 8;
/** Of a hundred times, how often a branch goes where the program leaves, and where two things are equal. */
const LEAVING = 0.1;
const EQUAL = 0.4;

/** Orders the blocks of a function, in place; unreachable ones are dropped. */
export function layOut(fn: MachineFunction): void {
  for (const block of fn.blocks) block.end = direct(block.end);
  const graph = new Graph(fn);
  const frequency = frequencies(graph);
  const edges = graph.blocks.flatMap((block, from) =>
    fallThroughs(block.end).map((to) => ({
      from,
      to: to.at,
      isJump: block.end.kind === "jump" ? 1 : 0,
      weight: frequency[from] * (isGoneFirst(graph, block, to) ? 1 : likelihood(graph, from, to)),
    }))
  );
  // A branch may go on either way; a jump that does not fall through is an instruction.
  edges.sort((a, b) => b.isJump - a.isJump || b.weight - a.weight || a.from - b.from);
  fn.blocks = inChains(graph, edges).map((at) => graph.blocks[at]);
}

/** Past blocks that only jump. */
function direct(end: MachineEnd): MachineEnd {
  if (end.kind === "exit") return end;
  if (end.kind === "jump") {
    const to = follow(end.to);
    return to === end.to ? end : { ...end, to };
  }
  const [then, otherwise] = [follow(end.then), follow(end.else)];
  return then === end.then && otherwise === end.else ? end : { ...end, then, else: otherwise };
}

/** The blocks that may follow a block without a jump; `jset` has no opposite that would go on where it holds. */
function fallThroughs(end: MachineEnd): MachineBlock[] {
  if (end.kind === "jump") return [end.to];
  if (end.kind === "exit" || end.then === end.else) return [];
  return end.comparison === "set" ? [end.else] : [end.else, end.then];
}

/** How often each block runs when the program runs once. */
function frequencies(graph: Graph): Float64Array {
  const { blocks, successors, depth } = graph;
  const frequency = new Float64Array(blocks.length);
  frequency[0] = 1;
  blocks.forEach((_, at) => {
    for (const to of successors[at]) {
      if (to <= at) continue;
      const factor = depth[to] > depth[at] ? TURNS : depth[to] < depth[at] ? 1 / TURNS : 1;
      frequency[to] += frequency[at] * likelihood(graph, at, blocks[to]) * factor;
    }
  });
  return frequency;
}

/** How likely a block's end goes to another. */
function likelihood({ blocks, depth }: Graph, from: number, to: MachineBlock): number {
  const { end } = blocks[from];
  if (end.kind !== "branch" || end.then === end.else) return 1;
  const other = end.then === to ? end.else : end.then;
  const there = depth[to.at];
  const elsewhere = depth[other.at];
  if (there !== elsewhere) return there > elsewhere ? 1 - LEAVING : LEAVING;
  const isLeaving = leaves(to);
  const isOtherLeaving = leaves(other);
  if (isLeaving !== isOtherLeaving) return isLeaving ? LEAVING : 1 - LEAVING;
  const isEqual = end.comparison === "eq" ? end.then : end.comparison === "ne" ? end.else : undefined;
  return isEqual === undefined ? 0.5 : isEqual === to ? EQUAL : 1 - EQUAL;
}

/**
 * Whether the verifier had better go an edge out of a branch first, which costs nothing: it goes on where no jump is taken. What
 * a loop counts down begins anew where it is 0, and what the verifier has seen of all that it can be then covers what it
 * comes to later, with less left to count.
 */
function isGoneFirst({ depth }: Graph, { end, at }: MachineBlock, to: MachineBlock): boolean {
  if (end.kind !== "branch" || end.immediate !== 0 || end.then === end.else) return false;
  const whereZero = end.comparison === "eq" ? end.then : end.comparison === "ne" ? end.else : undefined;
  return to === whereZero && depth[at] > 0 && depth[end.then.at] === depth[at] && depth[end.else.at] === depth[at];
}

/** Whether a block does nothing but end the program. */
function leaves({ instructions, end }: MachineBlock): boolean {
  if (instructions.length > 1) return false;
  return end.kind === "exit" || end.kind === "jump" && end.to.instructions.length === 0 && end.to.end.kind === "exit";
}

/** Joins blocks by edges, and lines the chains up: the entry's first, then by their first blocks. */
function inChains({ blocks }: Graph, edges: readonly { readonly from: number; readonly to: number }[]): number[] {
  const next = new Int32Array(blocks.length).fill(-1);
  const before = new Int32Array(blocks.length).fill(-1);
  const last = new Int32Array(blocks.length);
  for (let i = 0; i < last.length; i++) last[i] = i;
  const first = last.slice();
  for (const { from, to } of edges) {
    // Only the end of a chain can be joined to the beginning of another, and nothing comes before the entry.
    if (to === 0 || next[from] >= 0 || before[to] >= 0 || first[from] === to) continue;
    next[from] = to;
    before[to] = from;
    last[first[from]] = last[to];
    first[last[to]] = first[from];
  }
  const order: number[] = [];
  for (let head = 0; head < blocks.length; head++) {
    if (before[head] >= 0) continue;
    for (let at = head; at >= 0; at = next[at]) order.push(at);
  }
  return order;
}

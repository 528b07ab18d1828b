/**
 * The graph of a machine function's blocks: order, dominators, loops, and how often each block runs.
 *
 * @module
 */

import { dominates, dominatorTree, type Nesting, nestingOf } from "../analysis/dominators.ts";
import type { MachineBlock, MachineEnd, MachineFunction } from "./machine.ts";

/** Blocks by their positions in reverse postorder; the entry is 0. */
export interface Graph {
  readonly blocks: readonly MachineBlock[];
  readonly position: ReadonlyMap<MachineBlock, number>;
  readonly successors: readonly (readonly number[])[];
  readonly predecessors: readonly (readonly number[])[];
  readonly parent: Int32Array;
  readonly children: readonly (readonly number[])[];
  readonly nesting: Nesting;
  /** How many loops each block is in. */
  readonly depth: Int32Array;
}

export function graphOf(fn: MachineFunction): Graph {
  const { blocks, position } = reversePostorder(fn.blocks[0]);
  const successors = successorsOf(blocks, position);
  const { predecessors, parent, children } = dominatorTree(successors);
  const nesting = nestingOf({ children });
  const depth = loopDepths(predecessors, nesting);
  return { blocks, position, successors, predecessors, parent, children, nesting, depth };
}

const NONE: readonly number[] = [];

/** The positions of the blocks that each block may go to. */
export function successorsOf(
  blocks: readonly MachineBlock[],
  position: ReadonlyMap<MachineBlock, number>,
): readonly (readonly number[])[] {
  return blocks.map(({ end }) => {
    if (end.kind === "jump") return [position.get(end.to)!];
    return end.kind === "branch" ? [position.get(end.then)!, position.get(end.else)!] : NONE;
  });
}

/** Blocks in reverse postorder: the second way of a branch before the first, as they are laid out. */
function reversePostorder(entry: MachineBlock): Pick<Graph, "blocks" | "position"> {
  const order: MachineBlock[] = [];
  const position = new Map([[entry, -1]]);
  const stack = [entry];
  /** How many of its ways each block on the stack has gone. */
  const gone = [0];
  while (stack.length > 0) {
    const top = stack.length - 1;
    const { end } = stack[top];
    const ways = end.kind === "branch" ? 2 : end.kind === "jump" ? 1 : 0;
    if (gone[top] === ways) {
      order.push(stack.pop()!);
      gone.pop();
      continue;
    }
    const to = end.kind === "jump" ? end.to : gone[top] === 0 ? (end as Branch).then : (end as Branch).else;
    gone[top]++;
    if (position.has(to)) continue;
    position.set(to, -1);
    stack.push(to);
    gone.push(0);
  }
  order.reverse();
  for (let i = 0; i < order.length; i++) position.set(order[i], i);
  return { blocks: order, position };
}

type Branch = MachineEnd & { readonly kind: "branch" };

/** Natural loops: what reaches a block that goes back, without passing the block gone back to. */
function loopDepths(predecessors: readonly (readonly number[])[], nesting: Nesting): Int32Array {
  const depth = new Int32Array(predecessors.length);
  for (let head = 0; head < predecessors.length; head++) {
    // Blocks that only come before have no loop's end among those that lead here.
    if (predecessors[head].every((from) => from < head)) continue;
    const latches = predecessors[head].filter((from) => dominates(nesting, head, from));
    if (latches.length === 0) continue;
    const body = new Set([head]);
    const work = [...latches];
    while (work.length > 0) {
      const at = work.pop()!;
      if (body.has(at)) continue;
      body.add(at);
      work.push(...predecessors[at]);
    }
    for (const at of body) depth[at]++;
  }
  return depth;
}

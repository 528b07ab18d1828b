/**
 * The graph of a machine function's blocks: order, dominators, loops, and how often each block runs.
 *
 * @module
 */

import { dominates, dominatorTree, type Nesting, nestingOf } from "../analysis/dominators.ts";
import { type MachineBlock, type MachineEnd, type MachineFunction, numberBlocks } from "./machine.ts";

/** Blocks by their positions in reverse postorder, which are their numbers until others are given; the entry is 0. */
export interface Graph {
  readonly blocks: readonly MachineBlock[];
  readonly successors: readonly (readonly number[])[];
  readonly predecessors: readonly (readonly number[])[];
  readonly parent: Int32Array;
  readonly children: readonly (readonly number[])[];
  readonly nesting: Nesting;
  /** How many loops each block is in. */
  readonly depth: Int32Array;
}

export function graphOf(fn: MachineFunction): Graph {
  const blocks = reversePostorder(fn);
  const successors = numberBlocks(blocks);
  const { predecessors, parent, children } = dominatorTree(successors);
  const nesting = nestingOf({ children });
  const depth = loopDepths(predecessors, nesting);
  return { blocks, successors, predecessors, parent, children, nesting, depth };
}

/** Blocks in reverse postorder: the second way of a branch before the first, as they are laid out. */
function reversePostorder({ blocks }: MachineFunction): MachineBlock[] {
  const order: MachineBlock[] = [];
  for (const block of blocks) block.at = UNSEEN;
  const [entry] = blocks;
  entry.at = SEEN;
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
    if (to.at === SEEN) continue;
    to.at = SEEN;
    stack.push(to);
    gone.push(0);
  }
  return order.reverse();
}

/** What blocks have for a number while they are being ordered. */
const UNSEEN = -1;
const SEEN = 0;

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

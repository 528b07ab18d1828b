/**
 * The graph of a machine function's blocks: order, dominators, loops, and how often each block runs.
 *
 * @module
 */

import { dominates, dominatorTree, type Nesting, nestingOf } from "../analysis/dominators.ts";
import { type MachineBlock, type MachineFunction, targets } from "./machine.ts";

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
  const blocks = reversePostorder(fn.blocks[0]);
  const position = new Map(blocks.map((block, i) => [block, i]));
  const successors = blocks.map((block) => targets(block).map((to) => position.get(to)!));
  const tree = dominatorTree(successors);
  const nesting = nestingOf(tree);
  const depth = loopDepths(successors, tree.predecessors, nesting);
  return { blocks, position, successors, ...tree, nesting, depth };
}

/** Blocks in reverse postorder: the second way of a branch before the first, as they are laid out. */
function reversePostorder(entry: MachineBlock): MachineBlock[] {
  const order: MachineBlock[] = [];
  const seen = new Set([entry]);
  const stack = [{ block: entry, next: 0 }];
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    const to = targets(top.block)[top.next++];
    if (to === undefined) {
      order.push(top.block);
      stack.pop();
    } else if (!seen.has(to)) {
      seen.add(to);
      stack.push({ block: to, next: 0 });
    }
  }
  return order.reverse();
}

/** Natural loops: what reaches a block that goes back, without passing the block gone back to. */
function loopDepths(
  successors: readonly (readonly number[])[],
  predecessors: readonly (readonly number[])[],
  nesting: Nesting,
): Int32Array {
  const depth = new Int32Array(successors.length);
  for (let head = 0; head < successors.length; head++) {
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

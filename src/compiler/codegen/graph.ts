/**
 * The graph of a machine function's blocks: order, dominators, loops, and how often each block runs.
 *
 * @module
 */

import {
  childrenOf,
  dominates,
  immediateDominators,
  type Nesting,
  nestingOf,
  reversed,
} from "../analysis/dominators.ts";
import { type MachineBlock, type MachineEnd, type MachineFunction, numberBlocks } from "./machine.ts";

/**
 * Blocks by their positions in reverse postorder, which are their numbers until others are given; the entry is 0. What follows
 * from the edges is found when it is first asked for, of the edges as they were when the graph was made.
 */
export class Graph {
  readonly blocks: readonly MachineBlock[];
  readonly successors: readonly (readonly number[])[];
  #predecessors: readonly (readonly number[])[] | undefined;
  #parent: Int32Array | undefined;
  #nesting: Nesting | undefined;
  #depth: Int32Array | undefined;

  constructor(fn: MachineFunction) {
    this.blocks = reversePostorder(fn);
    this.successors = numberBlocks(this.blocks);
  }

  get predecessors(): readonly (readonly number[])[] {
    return this.#predecessors ??= reversed(this.successors);
  }

  /** The immediate dominators. */
  get parent(): Int32Array {
    return this.#parent ??= immediateDominators(this.successors, this.predecessors);
  }

  get nesting(): Nesting {
    return this.#nesting ??= nestingOf(childrenOf(this.parent));
  }

  /** How many loops each block is in. */
  get depth(): Int32Array {
    return this.#depth ??= loopDepths(this);
  }
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
function loopDepths(graph: Graph): Int32Array {
  const { successors } = graph;
  const depth = new Int32Array(successors.length);
  const heads = new Set<number>();
  successors.forEach((targets, from) => targets.forEach((to) => to <= from && heads.add(to)));
  for (const head of heads) {
    const latches = graph.predecessors[head].filter((from) => dominates(graph.nesting, head, from));
    if (latches.length === 0) continue;
    const body = new Set([head]);
    const work = [...latches];
    while (work.length > 0) {
      const at = work.pop()!;
      if (body.has(at)) continue;
      body.add(at);
      work.push(...graph.predecessors[at]);
    }
    for (const at of body) depth[at]++;
  }
  return depth;
}

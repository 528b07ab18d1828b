/**
 * The dominator tree of a function's blocks: which blocks every path to a block passes.
 *
 * Lengauer and Tarjan's semidominators with the last step of Georgiadis (semi-NCA): near linear, also where thousands of
 * checks leave to one block.
 *
 * @module
 */

import type { Block, IrFunction } from "../ir.ts";

/** Blocks by their positions in reverse postorder; the entry is 0. */
export interface Dominators {
  /** The blocks in reverse postorder: dominators first. */
  readonly blocks: readonly Block[];
  /** Block id → position; −1 of what cannot be reached. */
  readonly position: Int32Array;
  /** Positions of the blocks that go to each block, once for each edge. */
  readonly predecessors: readonly (readonly number[])[];
  /** Position of each block's immediate dominator; of the entry −1. */
  readonly parent: Int32Array;
  readonly children: Children;
}

/** The tree from above: what each node immediately dominates, in order. */
export interface Children {
  /** Of each node the first; −1 if it has none. */
  readonly first: Int32Array;
  /** The one after each node that its dominator has, or −1. */
  readonly next: Int32Array;
}

/** What was found last, and for which edges. Most passes leave these as they are. */
interface Found {
  readonly dominators: Dominators;
  readonly successors: readonly (readonly number[])[];
}

/** A memo: what is in it is compared with the function before it is given again. */
const found = new WeakMap<IrFunction, Found>();

/** Finds the dominators of a function's blocks, which stand in reverse postorder. */
export function dominatorsOf(fn: IrFunction): Dominators {
  const known = found.get(fn);
  if (known && isStill(known, fn.blocks)) return known.dominators;
  const blocks = fn.blocks.slice();
  const position = new Int32Array(fn.nextId).fill(-1);
  for (let i = 0; i < blocks.length; i++) position[blocks[i].id] = i;
  const successors = blocks.map(({ terminator: end }) => {
    if (end?.kind === "jump") return [position[end.to.block.id]];
    return end?.kind === "branch" ? [position[end.then.block.id], position[end.else.block.id]] : NONE;
  });
  const predecessors = reversed(successors);
  const parent = immediateDominators(successors, predecessors);
  const dominators = { blocks, position, predecessors, parent, children: childrenOf(parent) };
  found.set(fn, { dominators, successors });
  return dominators;
}

/** Whether the blocks, their places and their edges are those that the dominators were found for. */
function isStill({ dominators: { blocks, position }, successors }: Found, now: readonly Block[]): boolean {
  if (blocks.length !== now.length) return false;
  for (let i = 0; i < now.length; i++) {
    const { id, terminator: end } = now[i];
    if (blocks[i] !== now[i] || position[id] !== i) return false;
    const to = successors[i];
    const count = end?.kind === "branch" ? 2 : end?.kind === "jump" ? 1 : 0;
    if (to.length !== count) return false;
    if (end?.kind === "jump" && blocks[to[0]] !== end.to.block) return false;
    if (end?.kind === "branch" && (blocks[to[0]] !== end.then.block || blocks[to[1]] !== end.else.block)) return false;
  }
  return true;
}

const NONE: readonly number[] = [];

/** The tree whose edges `parent` has the other way round. */
export function childrenOf(parent: Int32Array): Children {
  const first = new Int32Array(parent.length).fill(-1);
  const next = new Int32Array(parent.length).fill(-1);
  for (let at = parent.length - 1; at > 0; at--) {
    const above = parent[at];
    if (above < 0) continue;
    next[at] = first[above];
    first[above] = at;
  }
  return { first, next };
}

/** For each node those whose edges go to it, in order, once for each edge. */
export function reversed(successors: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const sizes = new Int32Array(successors.length);
  for (let i = 0; i < successors.length; i++) {
    const targets = successors[i];
    for (let k = 0; k < targets.length; k++) sizes[targets[k]]++;
  }
  const lists = listsOf(sizes);
  for (let i = successors.length - 1; i >= 0; i--) {
    const targets = successors[i];
    for (let k = targets.length - 1; k >= 0; k--) lists[targets[k]][--sizes[targets[k]]] = i;
  }
  return lists;
}

/** Lists of these sizes, still to be filled: no longer than they must be, for there are many, and most have one entry. */
function listsOf(sizes: Int32Array): number[][] {
  const lists = new Array<number[]>(sizes.length);
  for (let i = 0; i < sizes.length; i++) lists[i] = sizes[i] === 0 ? NONE as number[] : new Array<number>(sizes[i]);
  return lists;
}

/** For each position the numbers between which all that it dominates are numbered. */
export interface Nesting {
  readonly first: Int32Array;
  readonly last: Int32Array;
}

/** Numbers the tree in preorder, so that "dominates" becomes two comparisons. */
export function nestingOf(children: Children): Nesting {
  const first = new Int32Array(children.first.length);
  const last = new Int32Array(children.first.length);
  let count = 0;
  first[0] = count++;
  const path = [0];
  /** The child of each node on the path to go to next. */
  const next = [children.first[0]];
  while (path.length > 0) {
    const child = next[next.length - 1];
    if (child < 0) {
      last[path.pop()!] = count - 1;
      next.pop();
      continue;
    }
    next[next.length - 1] = children.next[child];
    first[child] = count++;
    path.push(child);
    next.push(children.first[child]);
  }
  return { first, last };
}

/** Whether every path to `b` passes `a`; a block dominates itself. */
export function dominates({ first, last }: Nesting, a: number, b: number): boolean {
  return first[a] <= first[b] && first[b] <= last[a];
}

/** A depth-first numbering: what the algorithm works on. */
interface Spanning {
  /** Position → number. */
  readonly number: Int32Array;
  /** Number → position. */
  readonly vertex: Int32Array;
  /** Number → number of the block from which it was found. */
  readonly parent: Int32Array;
}

function spanningTree(successors: readonly (readonly number[])[]): Spanning {
  const number = new Int32Array(successors.length).fill(-1);
  const vertex = new Int32Array(successors.length);
  const parent = new Int32Array(successors.length).fill(-1);
  /** Positions, and the numbers of the blocks that they were seen from. */
  const stack = [0];
  const seenFrom = [-1];
  let count = 0;
  while (stack.length > 0) {
    const at = stack.pop()!;
    const from = seenFrom.pop()!;
    if (number[at] >= 0) continue;
    number[at] = count;
    vertex[count] = at;
    parent[count] = from;
    const targets = successors[at];
    for (let i = 0; i < targets.length; i++) {
      if (number[targets[i]] >= 0) continue;
      stack.push(targets[i]);
      seenFrom.push(count);
    }
    count++;
  }
  return { number, vertex, parent };
}

/** The position of each node's immediate dominator, in a graph whose nodes are 0 (the entry) to n; of the entry −1. */
export function immediateDominators(
  successors: readonly (readonly number[])[],
  predecessors: readonly (readonly number[])[],
): Int32Array {
  const count = successors.length;
  const result = new Int32Array(count).fill(-1);
  // Where no ways meet, the one before is the dominator.
  if (predecessors.every((from, at) => from.length === (at === 0 ? 0 : 1))) {
    for (let at = 1; at < count; at++) result[at] = predecessors[at][0];
    return result;
  }
  const { number, vertex, parent } = spanningTree(successors);
  const semi = new Int32Array(count);
  for (let i = 0; i < count; i++) semi[i] = i;
  const label = semi.slice();
  const ancestor = parent.slice();
  const path: number[] = [];

  /** The number with the least semidominator on the way up to those not yet linked (numbers up to `limit`). */
  function evaluate(at: number, limit: number): number {
    if (at <= limit) return at;
    for (let up = at; ancestor[up] > limit; up = ancestor[up]) path.push(up);
    while (path.length > 0) {
      const one = path.pop()!;
      const above = ancestor[one];
      if (semi[label[above]] < semi[label[one]]) label[one] = label[above];
      ancestor[one] = ancestor[above];
    }
    return label[at];
  }

  for (let at = count - 1; at > 0; at--) {
    const from = predecessors[vertex[at]];
    for (let i = 0; i < from.length; i++) {
      const least = semi[evaluate(number[from[i]], at)];
      if (least < semi[at]) semi[at] = least;
    }
  }
  const immediate = parent.slice();
  for (let at = 1; at < count; at++) {
    while (immediate[at] > semi[at]) immediate[at] = immediate[immediate[at]];
    result[vertex[at]] = vertex[immediate[at]];
  }
  return result;
}

/**
 * The loops of a function: which blocks each one has, and how they nest.
 *
 * Every loop of ours is entered at its first block only, so an edge that goes back in reverse postorder goes to one.
 *
 * @module
 */

import { beginsElements, type Block, type IrFunction, reversePostorder, successors } from "../ir.ts";
import type { Dominators } from "./dominators.ts";

/** The blocks from which a loop's first block is come back to. */
export interface NaturalLoop {
  readonly head: Block;
  readonly blocks: ReadonlySet<Block>;
  readonly children: NaturalLoop[];
}

/**
 * The loops that are in no other loop; the others are their children. What goes over the elements of a map is a loop also if
 * no way goes back: it is left with the first element then. `order`: the blocks in reverse postorder.
 */
export function loopsOf(fn: IrFunction, order: readonly Block[] = reversePostorder(fn)): readonly NaturalLoop[] {
  const position = new Int32Array(fn.nextId);
  order.forEach(({ id }, i) => position[id] = i);
  const latches = new Map<Block, Block[]>();
  for (const block of order) {
    for (const { block: to } of successors(block)) {
      if (position[to.id] > position[block.id]) continue;
      latches.set(to, [...latches.get(to) ?? [], block]);
    }
  }
  if (latches.size === 0 && !order.some(beginsElements)) return [];
  const predecessors = new Map<Block, Block[]>(order.map((block) => [block, []]));
  for (const block of order) for (const { block: to } of successors(block)) predecessors.get(to)!.push(block);
  const outermost: NaturalLoop[] = [];
  // Outer loops begin earlier, so that each finds the loop around it made.
  for (const head of order) {
    const from = latches.get(head) ?? (beginsElements(head) ? [] : undefined);
    if (!from) continue;
    const loop = { head, blocks: bodyOf(head, from, predecessors), children: [] };
    (innermost(outermost, head)?.children ?? outermost).push(loop);
  }
  return outermost;
}

function bodyOf(
  head: Block,
  latches: readonly Block[],
  predecessors: ReadonlyMap<Block, readonly Block[]>,
): Set<Block> {
  const blocks = new Set([head]);
  const work = [...latches];
  while (work.length > 0) {
    const block = work.pop()!;
    if (blocks.has(block)) continue;
    blocks.add(block);
    work.push(...predecessors.get(block)!);
  }
  return blocks;
}

/** The innermost loop found so far that a block is in. */
function innermost(loops: readonly NaturalLoop[], block: Block): NaturalLoop | undefined {
  const around = loops.find(({ blocks }) => blocks.has(block));
  return around && (innermost(around.children, block) ?? around);
}

/** How many loops each block is in, by position. */
export function depthsOf(fn: IrFunction, { blocks, position }: Dominators): Int32Array {
  const depth = new Int32Array(blocks.length);
  const count = (loop: NaturalLoop) => {
    for (const { id } of loop.blocks) depth[position[id]]++;
    loop.children.forEach(count);
  };
  loopsOf(fn, blocks).forEach(count);
  return depth;
}

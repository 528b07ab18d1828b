/**
 * Moves stores to the function's own memory down the one way from a branch on which somebody reads what they store: the zeros
 * of a reserved record that only short packets leave, for example.
 *
 * A store stays above whatever touches its bytes, and above calls: its value would have to outlive them.
 *
 * Assumes: nothing. Gains: the stores, on the other way. Costs: which own bytes are read, as for dead stores; where the way goes
 * on with others, a block with a jump, for two stores and more.
 *
 * @module
 */

import { Assumptions } from "../analysis/assumptions.ts";
import { type Access, isAccess } from "../analysis/memory.ts";
import type { OwnBytes } from "../analysis/own_bytes.ts";
import { type Block, eachEdge, type Edge, type IrFunction, makeBlock, reversePostorder, type Value } from "../ir.ts";

/** Stores that are worth a block of their own. */
const WORTH_A_BLOCK = 2;

export function sinkStores(fn: IrFunction, assumptions = new Assumptions()): boolean {
  const candidates = fn.blocks.flatMap((block) => {
    const { instructions, terminator: end } = block;
    return end?.kind === "branch" && instructions.some(isStore) ? [{ block, end }] : [];
  });
  if (candidates.length === 0) return false;
  const own = assumptions.ownBytesOf(fn);
  const entries = entriesOf(fn);
  let moved = false;
  for (const { block, end } of candidates) {
    const movable = movableStores(block, own);
    for (const [edge, other] of [[end.then, end.else], [end.else, end.then]]) {
      const wanted = own.before(edge.block) & ~own.before(other.block);
      const unwanted = own.before(other.block);
      const stores = movable.filter((store) => {
        const bits = own.bitsOf(store);
        return (bits & wanted) !== 0n && (bits & unwanted) === 0n;
      });
      const isShared = entries[edge.block.id] > 1;
      if (stores.length === 0 || isShared && (end.proof || stores.length < WORTH_A_BLOCK)) continue;
      const gone = new Set<Value>(stores);
      block.instructions = block.instructions.filter((value) => !gone.has(value));
      (isShared ? splitEdge(fn, edge) : edge.block).instructions.unshift(...stores);
      moved = true;
    }
  }
  if (moved) fn.blocks = reversePostorder(fn);
  return moved;
}

function isStore({ operation }: Value): boolean {
  return operation.kind === "store";
}

/** How many edges lead to each block, by its id. */
function entriesOf({ blocks, nextId }: IrFunction): Uint32Array {
  const entries = new Uint32Array(nextId);
  entries[blocks[0].id]++;
  for (const block of blocks) eachEdge(block, ({ block: { id } }) => entries[id]++);
  return entries;
}

/** Stores to own memory that can be the last thing that a block does. */
function movableStores(block: Block, own: OwnBytes): Access[] {
  const movable: Access[] = [];
  let touched = 0n;
  for (const value of block.instructions.toReversed()) {
    if (value.operation.kind === "call") break;
    if (!isAccess(value) || !own.isOwn(value)) continue;
    const bits = own.bitsOf(value);
    if (isStore(value) && (bits & touched) === 0n) movable.push(value);
    touched |= bits;
  }
  return movable.reverse();
}

/** A new block that an edge leads to before it goes where it went. */
function splitEdge(fn: IrFunction, edge: Edge): Block {
  const between = makeBlock(fn);
  between.terminator = { kind: "jump", to: { block: edge.block, arguments: edge.arguments }, origin: undefined };
  edge.block = between;
  edge.arguments = [];
  return between;
}

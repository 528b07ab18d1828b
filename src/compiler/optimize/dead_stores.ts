/**
 * Removes stores that are overwritten before anyone can see them, and stores to stack slots that nobody reads.
 *
 * A store to memory that others see is kept if any other store, atomic operation or call stands before the one that
 * overwrites it: stores keep program order (rule 14).
 *
 * Assumes: nothing. Gains: variables assigned twice, copies on the stack that were forwarded. Costs: one walk, linear.
 *
 * @module
 */

import { type Access, isAccess, type Memory, memoryOf, splitAddress } from "../analysis/memory.ts";
import type { Block, IrFunction, Value } from "../ir.ts";

export function removeDeadStores(fn: IrFunction): void {
  const memory = memoryOf(fn);
  const read = new Set<number>();
  for (const { instructions } of fn.blocks) {
    for (const value of instructions) {
      if (isAccess(value) && value.operation.kind !== "store") read.add(memory.cellOf(value));
    }
  }
  const isNeverRead = (cell: number) => memory.isPrivate(cell) && !read.has(cell);
  for (const block of fn.blocks) removeInBlock(block, memory, isNeverRead);
}

/** Backwards: what is going to be overwritten need not be stored. */
function removeInBlock(block: Block, memory: Memory, isNeverRead: (cell: number) => boolean): void {
  let overwritten = new Map<number, Set<string>>();
  const kept: Value[] = [];
  for (const value of block.instructions.toReversed()) {
    if (value.operation.kind === "call") overwritten = new Map();
    if (!isAccess(value)) {
      kept.push(value);
      continue;
    }
    const cell = memory.cellOf(value);
    if (value.operation.kind !== "store") {
      if (value.operation.kind === "atomic") overwritten = new Map();
      else overwritten.delete(cell);
      kept.push(value);
      continue;
    }
    const place = placeOf(value);
    if (overwritten.get(cell)?.has(place) || isNeverRead(cell)) continue;
    if (!memory.isPrivate(cell)) forgetShared(overwritten, memory, cell);
    const known = overwritten.get(cell);
    if (known) known.add(place);
    else overwritten.set(cell, new Set([place]));
    kept.push(value);
  }
  block.instructions = kept.reverse();
}

/** Another store to shared memory: those of other cells that stand before it must be seen before it. */
function forgetShared(overwritten: Map<number, Set<string>>, memory: Memory, except: number): void {
  for (const cell of overwritten.keys()) if (cell !== except && !memory.isPrivate(cell)) overwritten.delete(cell);
}

function placeOf({ operation, inputs: [address] }: Access): string {
  const { base, distance } = splitAddress(address);
  return `${base.id} ${distance + operation.offset} ${operation.size}`;
}

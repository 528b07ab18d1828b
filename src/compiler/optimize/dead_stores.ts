/**
 * Removes stores that are overwritten before anyone can see them, and stores to bytes of stack slots that nobody reads.
 *
 * A store to memory that others see is kept if any other store, atomic operation or call stands before the one that
 * overwrites it: stores keep program order (rule 14).
 *
 * Assumes: nothing. Gains: variables assigned twice, copies on the stack that were forwarded. Costs: one walk, linear.
 *
 * @module
 */

import { type Access, isAccess, type Memory, memoryOf, splitAddress } from "../analysis/memory.ts";
import { StackLiveness } from "../analysis/stack_liveness.ts";
import type { Block, IrFunction, Value } from "../ir.ts";

export function removeDeadStores(fn: IrFunction): void {
  if (!fn.blocks.some(({ instructions }) => instructions.some(isStore))) return;
  const memory = memoryOf(fn);
  const stack = new StackLiveness(fn, memory);
  for (const block of fn.blocks) removeInBlock(block, memory, stack);
}

function isStore({ operation }: Value): boolean {
  return operation.kind === "store";
}

/** Backwards: what is going to be overwritten need not be stored. */
function removeInBlock(block: Block, memory: Memory, stack: StackLiveness): void {
  let live = stack.after(block);
  let overwritten = new Map<number, Set<string>>();
  const kept: Value[] = [];
  for (const value of block.instructions.toReversed()) {
    if (value.operation.kind === "call") overwritten = new Map();
    if (!isAccess(value)) {
      kept.push(value);
      continue;
    }
    const cell = memory.cellOf(value);
    if (memory.isPrivate(cell)) {
      if (value.operation.kind === "store" && (stack.bitsOf(value) & live) === 0n) continue;
      live = stack.through(value, live);
      kept.push(value);
      continue;
    }
    if (value.operation.kind !== "store") {
      if (value.operation.kind === "atomic") overwritten = new Map();
      else overwritten.delete(cell);
      kept.push(value);
      continue;
    }
    const place = placeOf(value);
    const known = overwritten.get(cell);
    if (known?.has(place)) continue;
    forgetOthers(overwritten, cell);
    if (known) known.add(place);
    else overwritten.set(cell, new Set([place]));
    kept.push(value);
  }
  block.instructions = kept.reverse();
}

/** Another store to shared memory: those of other cells that stand before it must be seen before it. */
function forgetOthers(overwritten: Map<number, Set<string>>, except: number): void {
  for (const cell of overwritten.keys()) if (cell !== except) overwritten.delete(cell);
}

function placeOf({ operation, inputs: [address] }: Access): string {
  const { base, distance } = splitAddress(address);
  return `${base.id} ${distance + operation.offset} ${operation.size}`;
}

/**
 * Removes stores that are overwritten before anyone can see them, and stores to bytes of stack slots and of reserved records
 * that nobody reads: not the zeros of a record all of which is written before it is submitted. Nor are zeros stored where
 * there are zeros: in a word that was cleared for its padding.
 *
 * A store to memory that others see is kept if any other store, atomic operation or call stands before the one that
 * overwrites it: stores keep program order (rule 14).
 *
 * Assumes: nothing. Gains: variables assigned twice, copies on the stack that were forwarded, records. Costs: one walk, linear.
 *
 * @module
 */

import { Assumptions } from "../analysis/assumptions.ts";
import { type Access, isAccess, type Memory, splitAddress } from "../analysis/memory.ts";
import type { OwnBytes } from "../analysis/own_bytes.ts";
import type { Block, IrFunction, Value } from "../ir.ts";

export function removeDeadStores(fn: IrFunction, assumptions = new Assumptions()): boolean {
  if (!fn.blocks.some(({ instructions }) => instructions.some(isStore))) return false;
  const memory = assumptions.memoryOf(fn);
  const own = assumptions.ownBytesOf(fn);
  let removed = false;
  for (const block of fn.blocks) {
    if (!block.instructions.some(isStore)) continue;
    const { length } = block.instructions;
    block.instructions = withoutZerosOnZeros(block, own);
    const kept = stillNeeded(block, memory, own);
    removed ||= kept.length < length;
    block.instructions = kept;
  }
  return removed;
}

function isStore({ operation }: Value): boolean {
  return operation.kind === "store";
}

/** Forwards: what is zero need not be cleared. */
function withoutZerosOnZeros({ instructions }: Block, own: OwnBytes): Value[] {
  let zeros = 0n;
  return instructions.filter((value) => {
    if (value.operation.kind === "call") zeros &= ~own.given(value);
    if (!isAccess(value) || value.operation.kind === "load" || !own.isOwn(value)) return true;
    const bits = own.bitsOf(value);
    const { operation } = value.inputs[1];
    const isZero = isStore(value) && own.isExact(value) && operation.kind === "constant" && operation.value === 0n;
    if (isZero && (bits & ~zeros) === 0n) return false;
    zeros = isZero ? zeros | bits : zeros & ~bits;
    return true;
  });
}

/** Backwards: what is going to be overwritten need not be stored. */
function stillNeeded(block: Block, memory: Memory, own: OwnBytes): Value[] {
  let live = own.after(block);
  let overwritten = new Map<number, Set<string>>();
  const kept: Value[] = [];
  for (const value of block.instructions.toReversed()) {
    if (value.operation.kind === "call") overwritten = new Map();
    if (!isAccess(value) || own.isOwn(value)) {
      if (isAccess(value) && isStore(value) && (own.bitsOf(value) & live) === 0n) continue;
      live = own.through(value, live);
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
    const known = overwritten.get(cell);
    if (known?.has(place)) continue;
    forgetOthers(overwritten, cell);
    if (known) known.add(place);
    else overwritten.set(cell, new Set([place]));
    kept.push(value);
  }
  return kept.reverse();
}

/** Another store to shared memory: those of other cells that stand before it must be seen before it. */
function forgetOthers(overwritten: Map<number, Set<string>>, except: number): void {
  for (const cell of overwritten.keys()) if (cell !== except) overwritten.delete(cell);
}

function placeOf({ operation, inputs: [address] }: Access): string {
  const { base, distance } = splitAddress(address);
  return `${base.id} ${distance + operation.offset} ${operation.size}`;
}

/**
 * Loads what is stored in the stack right before it is stored: the fields of a key or an event, which the program's text reads
 * one after the other before any of them is written.
 *
 * A load stays above everything that could change what it finds: calls, and stores elsewhere than in the stack.
 *
 * Assumes: nothing. Gains: one register serves all fields, where each would have had its own; so fewer are saved and spilled.
 * Costs: linear.
 *
 * @module
 */

import { isAccess } from "../analysis/memory.ts";
import { type Block, type IrFunction, readsOf, type Value } from "../ir.ts";

export function delayLoads(fn: IrFunction): boolean {
  const reads = readsOf(fn);
  let changed = false;
  for (const block of fn.blocks) if (delayIn(block, reads)) changed = true;
  return changed;
}

function delayIn(block: Block, reads: Uint32Array): boolean {
  const { instructions } = block;
  if (!instructions.some(isStackStore)) return false;
  const position = new Map(instructions.map((value, i) => [value, i]));
  const moved = new Set<Value>();
  /** What comes right before a store, in order. */
  const before = new Map<Value, Value[]>();
  let lastChange = -1;
  instructions.forEach((store, i) => {
    if (changesOthers(store)) lastChange = i;
    if (!isStackStore(store)) return;
    const chain: Value[] = [];
    for (let value = store.inputs[1]; isMovable(value) && reads[value.id] === 1; value = value.inputs[0]) {
      const at = position.get(value);
      if (at === undefined || isAccess(value) && at < lastChange) break;
      chain.unshift(value);
    }
    // A number that is computed anew next to where it is stored gains nothing by itself.
    if (chain.length === 0 || !isAccess(chain[0])) return;
    before.set(store, chain);
    for (const value of chain) moved.add(value);
  });
  if (moved.size === 0) return false;
  block.instructions = instructions.flatMap((value) => moved.has(value) ? [] : [...before.get(value) ?? [], value]);
  return block.instructions.some((value, i) => value !== instructions[i]);
}

function isStackStore({ operation }: Value): boolean {
  return operation.kind === "store" && operation.region === "stack";
}

/** Whether an instruction may change what is loaded from elsewhere than the stack. */
function changesOthers(value: Value): boolean {
  const { kind } = value.operation;
  return kind === "call" || kind === "atomic" || kind === "store" && !isStackStore(value);
}

/** Loads from elsewhere than the stack, and what is computed from one value. */
function isMovable({ operation, inputs }: Value): boolean {
  switch (operation.kind) {
    case "load":
      return operation.region !== "stack" && !operation.fresh;
    case "extend":
    case "negate":
    case "swap":
      return true;
    case "binary":
      return inputs[1].operation.kind === "constant";
    default:
      return false;
  }
}

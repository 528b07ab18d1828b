/**
 * Gives each part of a stack slot a slot of its own: elements of arrays and fields of structs that are accessed by themselves.
 *
 * The verifier keeps what it knows of stack memory by words of eight bytes. Two halves of a word that are stored on different
 * ways in different order leave it with words of different kinds, so that it takes ways for different which are not.
 *
 * Assumes: nothing. Gains: the verifier's time. Costs: stack, of which a share is left for what does not fit into registers.
 *
 * @module
 */

import { Assumptions } from "../analysis/assumptions.ts";
import { type Access, isAccess, splitAddress } from "../analysis/memory.ts";
import { type IrFunction, makeValue, type Value } from "../ir.ts";

/** Bytes of stack for parts that are split off. */
const MOST = 352;
const WORD = 8;

export function splitSlots(fn: IrFunction, assumptions = new Assumptions()): boolean {
  if (!fn.blocks[0].instructions.some(({ operation }) => operation.kind === "stackSlot")) return false;
  const accesses = new Map<Value, Access[] | undefined>();
  const memory = assumptions.memoryOf(fn);
  for (const { instructions } of fn.blocks) {
    for (const value of instructions) {
      if (!isAccess(value) || value.operation.region !== "stack") continue;
      const { base } = splitAddress(value.inputs[0]);
      if (base.operation.kind !== "stackSlot") return false;
      const known = accesses.get(base);
      if (!memory.isPrivate(memory.cellOf(value))) accesses.set(base, undefined);
      else if (known) known.push(value);
      else if (!accesses.has(base)) accesses.set(base, [value]);
    }
  }
  let used = 0;
  for (const [slot, list] of accesses) {
    if (!list) continue;
    const parts = partsOf(list, memory.cellOf);
    const size = WORD * parts.length;
    if (parts.length < 2 || used + size > MOST || parts.some(({ from, to }) => to - from > WORD)) continue;
    used += size;
    split(fn, slot, parts);
  }
  return used > 0;
}

/** Bytes of a slot that accesses have to themselves. */
interface Part {
  from: number;
  to: number;
  readonly accesses: Access[];
}

function partsOf(accesses: readonly Access[], cellOf: (access: Access) => number): Part[] {
  const parts = new Map<number, Part>();
  for (const access of accesses) {
    const from = splitAddress(access.inputs[0]).distance + access.operation.offset;
    const to = from + access.operation.size;
    const known = parts.get(cellOf(access));
    if (known) {
      known.from = Math.min(known.from, from);
      known.to = Math.max(known.to, to);
      known.accesses.push(access);
    } else parts.set(cellOf(access), { from, to, accesses: [access] });
  }
  return [...parts.values()];
}

function split(fn: IrFunction, slot: Value, parts: readonly Part[]): void {
  const [entry] = fn.blocks;
  const home = entry.instructions;
  for (const { from, accesses } of parts) {
    const own = makeValue(fn, { kind: "stackSlot", size: WORD }, [], slot.origin);
    home.splice(home.indexOf(slot) + 1, 0, own);
    for (const access of accesses) {
      const distance = splitAddress(access.inputs[0]).distance + access.operation.offset - from;
      access.inputs[0] = own;
      Object.assign(access, { operation: { ...access.operation, offset: distance } });
    }
  }
}

/**
 * Addresses elements of arrays in a map's value from where the value begins: how far the array is from there goes into the
 * instruction that accesses the element. So all that a program has in the map shares one address.
 *
 * Assumes: constants in the entry. Gains: an instruction of two slots for each array, where others of the map are accessed,
 * too. Costs: linear.
 *
 * @module
 */

import { type Access, isAccess } from "../analysis/memory.ts";
import { type IrFunction, isSum, type Operation, readsOf, type Value } from "../ir.ts";
import { Constants } from "./constants.ts";

/** Distances of one byte: farther ones make longer instructions of the machine. */
const NEAR = 127;

export function addressFromMapBases(fn: IrFunction): boolean {
  const sums = accessedSums(fn);
  if (sums.size === 0) return false;
  const reads = readsOf(fn);
  const constants = new Constants(fn);
  let changed = false;
  for (const [sum, accesses] of sums) {
    // What else reads the sum wants the address itself.
    if (reads[sum.id] !== accesses.length) continue;
    const at = sum.inputs.findIndex(isInside);
    const { map, offset } = sum.inputs[at].operation as MapValue;
    if (accesses.some(({ operation }) => operation.offset + offset > NEAR)) continue;
    sum.inputs[at] = constants.mapValue(map, 0);
    for (const access of accesses) {
      access.operation = { ...access.operation, offset: access.operation.offset + offset };
    }
    changed = true;
  }
  return changed;
}

type MapValue = Operation & { readonly kind: "mapValue" };

/** Whether it is the address of something in a map's value, but not its first byte. */
function isInside({ operation }: Value): boolean {
  return operation.kind === "mapValue" && operation.offset > 0;
}

/** The sums of such an address and a distance that instructions access memory at. */
function accessedSums(fn: IrFunction): Map<Value, Access[]> {
  const found = new Map<Value, Access[]>();
  for (const { instructions } of fn.blocks) {
    for (const access of instructions) {
      if (!isAccess(access)) continue;
      const [address] = access.inputs;
      if (!isSum(address) || !address.inputs.some(isInside)) continue;
      const known = found.get(address);
      if (known) known.push(access);
      else found.set(address, [access]);
    }
  }
  return found;
}

/**
 * Compares packet fields in network order: `swap(x) === constant` becomes `x === swapped constant`.
 *
 * Sound for equality only, and for a field whose value fits the bits that are swapped: a bijection on them.
 * Assumes: constants in the entry; the swapped value is read by such comparisons alone, else the swap is needed anyway. Gains: one instruction a
 * field. Costs: linear.
 *
 * @module
 */

import { type IrFunction, type Terminator, terminatorInputs, type Value } from "../ir.ts";
import { Constants } from "./constants.ts";

type Branch = Terminator & { kind: "branch" };

export function foldByteSwaps(fn: IrFunction): void {
  const readers = new Map<Value, (Branch | undefined)[]>();
  const note = (value: Value, reader: Branch | undefined) => {
    if (value.operation.kind !== "swap") return;
    const known = readers.get(value);
    if (known) known.push(reader);
    else readers.set(value, [reader]);
  };
  for (const { instructions, terminator } of fn.blocks) {
    for (const { inputs } of instructions) for (const input of inputs) note(input, undefined);
    const end = terminator!;
    const branch = end.kind === "branch" && isFoldable(end) ? end : undefined;
    for (const input of terminatorInputs(end)) note(input, input === branch?.left ? branch : undefined);
  }
  const constants = new Constants(fn);
  for (const [value, branches] of readers) {
    if (branches.includes(undefined)) continue;
    for (const branch of branches) fold(constants, branch!, value);
  }
}

function isFoldable({ comparison, width, left, right }: Branch): boolean {
  if (comparison !== "eq" && comparison !== "ne") return false;
  if (left.operation.kind !== "swap" || right.operation.kind !== "constant") return false;
  const { bits } = left.operation;
  if (bits > width || !hasOnly(left.inputs[0], bits)) return false;
  return right.operation.value >= 0n && right.operation.value < 1n << BigInt(bits);
}

/** Whether there is nothing in the word above so many bits, which a swap would not see. */
function hasOnly({ operation }: Value, bits: number): boolean {
  if (bits === 64) return true;
  if (operation.kind === "extend") return !operation.signed && operation.bits <= bits;
  return operation.kind === "load" && !operation.signed && 8 * operation.size <= bits;
}

function fold(constants: Constants, branch: Branch, swap: Value): void {
  const { operation, inputs: [raw] } = swap;
  if (operation.kind !== "swap" || branch.right.operation.kind !== "constant") return;
  branch.left = raw;
  branch.right = constants.of(swapped(branch.right.operation.value, operation.bits));
}

function swapped(value: bigint, bits: number): bigint {
  let result = 0n;
  for (let bit = 0; bit < bits; bit += 8) result = result << 8n | (value >> BigInt(bit) & 0xffn);
  return result;
}

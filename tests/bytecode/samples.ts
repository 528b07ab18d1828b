/**
 * Random instructions for the tests of encoder, texts and VM.
 *
 * @module
 */
import type { Instruction, Operation, Register } from "../../src/bytecode/mod.ts";
import type { Random } from "../support/random.ts";

/** A clean instruction of an operation: random operands, zero in all reserved fields. */
export function randomInstruction(random: Random, row: Operation): Instruction {
  const register = () => random.below(11) as Register;
  const has = (operand: RegExp) => operand.test(row.text);
  const { fixed } = row;
  const wide = has(/\{wide\}/);
  const instruction = {
    opcode: row.opcode,
    dst: has(/\{dst/) ? register() : 0 as const,
    src: fixed.src ?? (has(/\{src/) ? register() : 0),
    offset: fixed.offset ?? (has(/\{offset\}|\{target\}|\{module\}/) ? random.signed(16) : 0),
    immediate: fixed.immediate ??
      (has(/\{(immediate|wide|to|displacement|target32|callee|helper|map)\}/) ? random.signed(32) : 0),
  };
  if (row.kind !== "constant") return instruction;
  return { ...instruction, high: wide || has(/\{high\}/) ? random.signed(32) : 0 };
}

/** Eight bytes of anything, or an operation with something in each field. */
export function randomSlot(random: Random, rows: readonly Operation[]): Uint8Array<ArrayBuffer> {
  const slot = new Uint8Array(new ArrayBuffer(8));
  const view = new DataView(slot.buffer);
  view.setUint32(0, random.bits());
  view.setInt32(4, random.signed(32), true);
  if (random.once(2)) view.setUint8(0, random.pick(rows).opcode);
  if (random.once(2)) view.setInt16(2, random.pick([0, 1, 8, 16, 32, -1]), true);
  if (random.once(4)) slot.fill(0, 0, 4);
  return slot;
}

/**
 * Instructions to bytes and back. Any bytes survive the round trip, also such as no kernel would take.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import type { Instruction, MapReference, Register } from "./instruction.ts";

/** The opcode of `lddw`, the only instruction of two slots. */
const LDDW = 0x18;
const slotBytes = 8;

/**
 * How many 8-byte slots an instruction takes, which is what jump distances count.
 *
 * @param instruction Any instruction.
 * @returns 2 for a whole `lddw`, else 1.
 */
export function slotsOf(instruction: Instruction): 1 | 2 {
  return instruction.opcode === LDDW && instruction.high !== undefined ? 2 : 1;
}

/**
 * The slot at which each instruction begins, and at the end the number of slots.
 *
 * @param instructions The program.
 * @returns One number more than there are instructions.
 */
export function slotOffsets(instructions: readonly Instruction[]): Int32Array {
  const offsets = new Int32Array(instructions.length + 1);
  for (let index = 0; index < instructions.length; index++) {
    offsets[index + 1] = offsets[index] + slotsOf(instructions[index]);
  }
  return offsets;
}

/**
 * The program as bpf(2) takes it.
 *
 * @param instructions The program.
 * @param resolve Gives the number that belongs into `immediate` for a map: its descriptor, as a rule. Without it such
 * instructions keep the `immediate` that they have.
 * @returns Bytes in a buffer of their own.
 */
export function encode(
  instructions: readonly Instruction[],
  resolve?: (map: MapReference) => number,
): Uint8Array<ArrayBuffer> {
  let slots = 0;
  for (const instruction of instructions) slots += slotsOf(instruction);
  const buffer = new ArrayBuffer(slots * slotBytes);
  const view = new DataView(buffer);
  let position = 0;
  for (const instruction of instructions) {
    const { opcode, dst, src, offset, map, high } = instruction;
    const immediate = map && resolve ? resolve(map) : instruction.immediate;
    view.setUint8(position, opcode);
    view.setUint8(position + 1, src << 4 | dst);
    view.setInt16(position + 2, offset, true);
    view.setInt32(position + 4, immediate, true);
    position += slotBytes;
    if (opcode === LDDW && high !== undefined) {
      view.setInt32(position + 4, high, true);
      position += slotBytes;
    }
  }
  return new Uint8Array(buffer);
}

/**
 * Reads a program. A `lddw` whose second slot is missing or is not one stays without `high`, and its follower is an
 * instruction of its own.
 *
 * @param bytes Whole slots.
 * @returns Instructions that {@linkcode encode} makes the same bytes of.
 */
export function decode(bytes: Uint8Array): Instruction[] {
  if (bytes.length % slotBytes !== 0) {
    throw new EbpfError(
      ErrorCode.InvalidArgument,
      `Cannot decode ${bytes.length} bytes: instructions are 8 bytes each`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const instructions: Instruction[] = [];
  for (let position = 0; position < bytes.length; position += slotBytes) {
    const opcode = view.getUint8(position), registers = view.getUint8(position + 1);
    const instruction = {
      opcode,
      // Four bits may say 11 to 15, which are no registers: kept, so that nothing is lost, and refused by who runs it.
      dst: (registers & 15) as Register,
      src: registers >> 4,
      offset: view.getInt16(position + 2, true),
      immediate: view.getInt32(position + 4, true),
    };
    const second = position + slotBytes;
    // Everything of the second slot but its immediate is reserved and zero.
    if (opcode === LDDW && second < bytes.length && view.getUint32(second, true) === 0) {
      instructions.push({ ...instruction, high: view.getInt32(second + 4, true) });
      position = second;
    } else {
      instructions.push(instruction);
    }
  }
  return instructions;
}

/**
 * Bytecode as a product of its own: instructions as data, the opcode table, encoder and decoder.
 *
 * @module
 */

export * from "./construct.ts";
export { decode, encode, slotOffsets, slotsOf } from "./encode.ts";
export { helperId, helperName, isHelper } from "./helpers.ts";
export type { Instruction, MapReference, Register } from "./instruction.ts";
export * from "./opcodes.ts";

/**
 * Bytecode as a product of its own: instructions as data, the opcode table, encoder and decoder.
 *
 * @module
 */

export type { SourceLocation } from "../errors.ts";
export { assemble, type AssembleOptions, type Assembly } from "./assemble.ts";
export * from "./construct.ts";
export {
  disassemble,
  type DisassembleOptions,
  instructionText,
  type Listing,
  mapNames,
  type Symbols,
} from "./disassemble.ts";
export { decode, encode, slotOffsets, slotsOf } from "./encode.ts";
export { helperId, helperName, isHelper } from "./helpers.ts";
export type { Instruction, MapReference, Register } from "./instruction.ts";
export * from "./opcodes.ts";

/**
 * Programs by hand: the assembler in TypeScript, the one for text, and the disassembler.
 *
 * @module
 */

export type { SourceLocation } from "../errors.ts";
export { assemble, type AssembleOptions, type Assembly } from "./assemble.ts";
export { asm, call, exit, jump, label, mayGoto } from "./assembler.ts";
export { callKfunc, castAddressSpace, loadPacket } from "./construct.ts";
export {
  disassemble,
  type DisassembleOptions,
  instructionText,
  type Listing,
  mapNames,
  type Symbols,
} from "./disassemble.ts";
export { decode, encode } from "./encode.ts";
export { helperId, type HelperName, helperName, helperNames } from "./helpers.ts";
export type { Instruction, MapReference, Register } from "./instruction.ts";
export type * from "./operands.ts";
export {
  memory,
  r0,
  r1,
  r10,
  r2,
  r3,
  r4,
  r5,
  r6,
  r7,
  r8,
  r9,
  w0,
  w1,
  w2,
  w3,
  w4,
  w5,
  w6,
  w7,
  w8,
  w9,
} from "./registers.ts";
export type { AluOperation, AtomicOperation, Comparison, Size, Swap, Width } from "./opcodes.ts";

/**
 * Machine code before registers are given out: what `select.ts` makes, `allocate.ts` colours and `emit.ts` writes.
 *
 * @module
 */

import type { MapReference } from "../../bytecode/instruction.ts";
import type { AluOperation, Comparison, Size, Swap, Width } from "../../bytecode/opcodes.ts";
import type { AtomicOperator, IrFunction, Origin } from "../ir.ts";

/** A register before allocation: 0 to 10 are the machine's own, the others are virtual. */
export type VirtualRegister = number;
export const FIRST_VIRTUAL = 16;
export const FRAME_POINTER = 10;

/** A register, or a constant of 32 bits. */
export type Operand = { readonly register: VirtualRegister } | { readonly immediate: number };

/** What an instruction does, apart from its registers. */
export type MachineOperation =
  /** `to = from` */
  | { readonly kind: "move"; readonly width: Width }
  /** `to = value` */
  | { readonly kind: "constant"; readonly value: bigint }
  | { readonly kind: "mapValue"; readonly map: MapReference; readonly offset: number }
  | { readonly kind: "mapReference"; readonly map: MapReference }
  /** `to op= operand`: `to` is read too */
  | { readonly kind: "alu"; readonly operation: AluOperation; readonly width: Width; readonly immediate?: number }
  | { readonly kind: "negate"; readonly width: Width }
  | { readonly kind: "swap"; readonly operation: Swap; readonly bits: 16 | 32 | 64 }
  /** `to = (signed) from` */
  | { readonly kind: "signExtend"; readonly bits: 8 | 16 | 32 }
  | {
    readonly kind: "load";
    readonly size: Size;
    readonly signed: boolean;
    readonly offset: number;
    /** The stack slot that is accessed, instead of what a register points to. */
    readonly slot?: number;
    /** Whether it reads the context: such an instruction reads nothing else on other ways, says the verifier. */
    readonly isContext?: boolean;
    /** Whether it reads the packet's end, which can be read again: the verifier knows the same of each. */
    readonly isPacketEnd?: boolean;
  }
  | { readonly kind: "store"; readonly size: Size; readonly offset: number; readonly slot?: number }
  | {
    readonly kind: "storeImmediate";
    readonly size: Size;
    readonly offset: number;
    readonly value: number;
    readonly slot?: number;
  }
  | {
    readonly kind: "atomic";
    readonly operator: AtomicOperator;
    readonly fetch: boolean;
    readonly size: Size;
    readonly offset: number;
  }
  /** `to = frame pointer − depth` of a stack slot, placed after allocation */
  | { readonly kind: "slotAddress"; readonly slot: number }
  /** A helper by its number, or a function of the program. */
  | { readonly kind: "call"; readonly callee: number | IrFunction }
  | { readonly kind: "functionAddress"; readonly callee: IrFunction };

/** One instruction. Two-address operations name `to` first among `uses`. */
export interface MachineInstruction {
  readonly operation: MachineOperation;
  /** Written; a call writes r0 (and clobbers r1 to r5). */
  to: VirtualRegister | undefined;
  uses: VirtualRegister[];
  readonly origin: Origin | undefined;
}

export type MachineEnd =
  | { readonly kind: "jump"; readonly to: MachineBlock; readonly origin: Origin | undefined }
  | {
    readonly kind: "branch";
    readonly comparison: Comparison;
    readonly width: Width;
    /** Left, and right unless that is a constant. */
    uses: VirtualRegister[];
    readonly immediate: number | undefined;
    readonly then: MachineBlock;
    readonly else: MachineBlock;
    readonly origin: Origin | undefined;
  }
  | { readonly kind: "exit"; readonly origin: Origin | undefined };

export interface MachineBlock {
  instructions: MachineInstruction[];
  end: MachineEnd;
  /** Its place among the blocks that were numbered last (`numberBlocks`), or −1. */
  at: number;
}

export interface MachineFunction {
  readonly source: IrFunction;
  /** In the order in which they are written out. */
  blocks: MachineBlock[];
  registers: number;
  /** Bytes of each stack slot. */
  readonly slots: number[];
  /** Registers that hold a constant, and what makes it; until they are written somewhere. */
  readonly constants: Map<VirtualRegister, MachineOperation>;
  /** Registers whose upper halves are always zero. */
  readonly short: Set<VirtualRegister>;
}

/** Numbers blocks in their order, and gives for each the numbers of those that it may go to, which must be among them. */
export function numberBlocks(blocks: readonly MachineBlock[]): readonly (readonly number[])[] {
  for (let i = 0; i < blocks.length; i++) blocks[i].at = i;
  return blocks.map(({ end }) => {
    if (end.kind === "jump") return [end.to.at];
    return end.kind === "branch" ? [end.then.at, end.else.at] : NOWHERE;
  });
}

const NOWHERE: readonly number[] = [];

/** Where a block's address really leads: through blocks that only jump. */
export function follow(block: MachineBlock): MachineBlock {
  let at = block;
  for (let steps = 0; at.instructions.length === 0 && at.end.kind === "jump" && steps < 1000; steps++) at = at.end.to;
  return at;
}

/** Whether an operation changes `to` in place. */
export function isTwoAddress({ kind }: MachineOperation): boolean {
  return kind === "alu" || kind === "negate" || kind === "swap";
}

/** Whether the value can be made again anywhere instead of being kept. */
export function isRematerializable({ kind }: MachineOperation): boolean {
  return kind === "constant" || kind === "mapValue" || kind === "mapReference" || kind === "slotAddress" ||
    kind === "functionAddress";
}

/** Slots of the instruction that makes a constant. */
export function slotsOfConstant(operation: MachineOperation): 1 | 2 {
  return operation.kind === "constant" && BigInt.asIntN(32, operation.value) === BigInt.asIntN(64, operation.value) ||
      operation.kind === "constant" && BigInt.asUintN(32, operation.value) === BigInt.asUintN(64, operation.value)
    ? 1
    : 2;
}

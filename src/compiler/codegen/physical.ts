/**
 * Machine registers after allocation: which are read, written, and needed where, as sets of bits.
 *
 * @module
 */

import type { Graph } from "./graph.ts";
import { type MachineBlock, type MachineInstruction, slotsOfConstant } from "./machine.ts";

/** Registers that a call destroys. */
const CLOBBERED = 0b111111;

export function bitsOf(registers: readonly number[]): number {
  return registers.reduce((bits, register) => bits | 1 << register, 0);
}

/** The registers that an instruction writes, or destroys. */
export function writtenBy({ operation, to }: MachineInstruction): number {
  return operation.kind === "call" ? CLOBBERED : to === undefined ? 0 : 1 << to;
}

/** The registers that a block's end reads. */
export function readByEnd({ end }: MachineBlock): number {
  return end.kind === "branch" ? bitsOf(end.uses) : end.kind === "exit" ? 1 : 0;
}

/** The registers needed at the beginning of each block, by its position. */
export function liveAtStart({ blocks, successors }: Graph): Int32Array {
  const live = new Int32Array(blocks.length);
  for (let changed = true; changed;) {
    changed = false;
    for (let at = blocks.length - 1; at >= 0; at--) {
      const atEnd = successors[at].reduce((bits, to) => bits | live[to], 0);
      const now = neededThrough(blocks[at], atEnd);
      if (now === live[at]) continue;
      live[at] = now;
      changed = true;
    }
  }
  return live;
}

function neededThrough(block: MachineBlock, atEnd: number): number {
  let bits = atEnd | readByEnd(block);
  for (let i = block.instructions.length - 1; i >= 0; i--) {
    const instruction = block.instructions[i];
    bits = bits & ~writtenBy(instruction) | bitsOf(instruction.uses);
  }
  return bits;
}

/** Slots that an instruction takes. */
export function slotsOf({ operation }: MachineInstruction): number {
  switch (operation.kind) {
    case "constant":
    case "mapValue":
    case "mapReference":
    case "functionAddress":
    case "slotAddress":
      return slotsOfConstant(operation);
    default:
      return 1;
  }
}

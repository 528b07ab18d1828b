/**
 * Gives registers other names throughout a function, and drops the moves that this makes superfluous.
 *
 * @module
 */

import type { MachineFunction, MachineInstruction, VirtualRegister } from "./machine.ts";

export function renameRegisters(fn: MachineFunction, name: (register: VirtualRegister) => VirtualRegister): void {
  for (const block of fn.blocks) {
    let isNeedless = false;
    for (const instruction of block.instructions) {
      const { uses } = instruction;
      if (instruction.to !== undefined) instruction.to = name(instruction.to);
      for (let i = 0; i < uses.length; i++) uses[i] = name(uses[i]);
      isNeedless ||= isToItself(instruction);
    }
    if (block.end.kind === "branch") block.end.uses = block.end.uses.map(name);
    if (isNeedless) block.instructions = block.instructions.filter((instruction) => !isToItself(instruction));
  }
}

function isToItself({ operation, to, uses }: MachineInstruction): boolean {
  return operation.kind === "move" && operation.width === 64 && to === uses[0];
}

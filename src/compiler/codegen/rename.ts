/**
 * Gives registers other names throughout a function, and drops the moves that this makes superfluous.
 *
 * @module
 */

import type { MachineFunction, VirtualRegister } from "./machine.ts";

export function renameRegisters(fn: MachineFunction, name: (register: VirtualRegister) => VirtualRegister): void {
  for (const block of fn.blocks) {
    for (const instruction of block.instructions) {
      if (instruction.to !== undefined) instruction.to = name(instruction.to);
      for (let i = 0; i < instruction.uses.length; i++) instruction.uses[i] = name(instruction.uses[i]);
    }
    if (block.end.kind === "branch") block.end.uses = block.end.uses.map(name);
    block.instructions = block.instructions.filter(({ operation, to, uses }) =>
      !(operation.kind === "move" && operation.width === 64 && to === uses[0])
    );
  }
}

/**
 * Register allocation: moves are coalesced where the two sides never live at once, then each interval gets a register that
 * is free in all its stretches. Where there are too few registers, live ranges are split; what still finds none after that is
 * taken out of registers whole.
 *
 * @module
 */

import { coalesce } from "./coalesce.ts";
import { color } from "./color.ts";
import type { MachineFunction, VirtualRegister } from "./machine.ts";
import { relieve } from "./relieve.ts";
import { renameRegisters } from "./rename.ts";
import { endsReadAgain, remadeBy, spill } from "./spill.ts";

/** Gives every virtual register a machine register, in place. */
export function allocate(fn: MachineFunction): void {
  let isRelieved = false;
  for (;;) {
    coalesce(fn);
    const { assigned, spilled } = color(fn);
    if (spilled.length === 0) {
      const name = (register: VirtualRegister) => assigned.get(register) ?? register;
      shortenMoves(fn, name);
      return renameRegisters(fn, name);
    }
    const registers = new Set(spilled.map(({ register }) => register));
    const needsNoMemory = remadeBy(fn, registers).size + endsReadAgain(fn, registers).size === spilled.length;
    if (isRelieved || needsNoMemory) spill(fn, spilled);
    else relieve(fn);
    isRelieved ||= !needsNoMemory;
  }
}

/** Moves that stay move 32 bits where there are no more: the machine code of many machines is shorter for them. */
function shortenMoves(fn: MachineFunction, name: (register: VirtualRegister) => VirtualRegister): void {
  for (const { instructions } of fn.blocks) {
    instructions.forEach((one, i) => {
      const { operation, to, uses } = one;
      const isShort = operation.kind === "move" && operation.width === 64 && fn.short.has(to!);
      if (isShort && name(to!) !== name(uses[0])) instructions[i] = { ...one, operation: { kind: "move", width: 32 } };
    });
  }
}

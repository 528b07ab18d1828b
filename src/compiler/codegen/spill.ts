/**
 * Takes whole intervals out of registers: a constant is made anew before each use, anything else stored after each write and
 * reloaded before each read.
 *
 * @module
 */

import { type Interval, merged, overlap, type Stretch } from "./intervals.ts";
import {
  isRematerializable,
  isTwoAddress,
  type MachineFunction,
  type MachineInstruction,
  type VirtualRegister,
} from "./machine.ts";

export function spill(fn: MachineFunction, spilled: readonly Interval[]): void {
  const registers = new Set(spilled.map(({ register }) => register));
  const remade = remadeBy(fn, registers);
  const slots = spillSlots(fn, spilled.filter(({ register }) => !remade.has(register)));
  const reload = (
    uses: readonly VirtualRegister[],
    instructions: MachineInstruction[],
    origin: MachineInstruction["origin"],
  ): Map<VirtualRegister, VirtualRegister> => {
    const fresh = new Map<VirtualRegister, VirtualRegister>();
    for (const register of uses) {
      if (!registers.has(register) || fresh.has(register)) continue;
      const to = fn.registers++;
      fresh.set(register, to);
      const operation = remade.get(register) ?? slots.get(register)!.reload;
      instructions.push({ operation, to, uses: [], origin });
    }
    return fresh;
  };
  for (const block of fn.blocks) {
    const instructions: MachineInstruction[] = [];
    for (const instruction of block.instructions) {
      const { operation, to, origin } = instruction;
      if (to !== undefined && remade.has(to)) continue;
      const fresh = reload(instruction.uses, instructions, origin);
      instruction.uses = instruction.uses.map((register) => fresh.get(register) ?? register);
      instructions.push(instruction);
      if (to === undefined || !registers.has(to)) continue;
      const isChanged = isTwoAddress(operation) || instruction.uses.includes(fresh.get(to)!);
      instruction.to = isChanged ? fresh.get(to)! : fn.registers++;
      instructions.push({ operation: slots.get(to)!.spill, to: undefined, uses: [instruction.to], origin });
    }
    const { end } = block;
    if (end.kind === "branch") {
      const fresh = reload(end.uses, instructions, end.origin);
      end.uses = end.uses.map((register) => fresh.get(register) ?? register);
    }
    block.instructions = instructions;
  }
}

type Operation = MachineInstruction["operation"];

/** The registers whose one definition can be repeated, and what it does. */
export function remadeBy(
  fn: MachineFunction,
  registers?: ReadonlySet<VirtualRegister>,
): Map<VirtualRegister, Operation> {
  const found = new Map<VirtualRegister, Operation | undefined>();
  for (const block of fn.blocks) {
    for (const { operation, to } of block.instructions) {
      if (to === undefined || registers && !registers.has(to)) continue;
      found.set(to, isRematerializable(operation) && !found.has(to) ? operation : undefined);
    }
  }
  for (const [register, operation] of found) if (!operation) found.delete(register);
  return found as Map<VirtualRegister, Operation>;
}

/** How a spilled register goes to memory and back. */
export interface SpillSlot {
  readonly spill: Operation;
  readonly reload: Operation;
}

const WHOLE = 8;
const HALF = 4;

/** Stack slots for what is spilled; what is never needed at once shares one, and halves suffice for short values. */
export function spillSlots(
  fn: MachineFunction,
  spilled: readonly Pick<Interval, "register" | "stretches">[],
): Map<VirtualRegister, SpillSlot> {
  const shared: { readonly slot: number; readonly size: number; stretches: Stretch[] }[] = [];
  const slots = new Map<VirtualRegister, SpillSlot>();
  for (const { register, stretches } of spilled) {
    const size = fn.short.has(register) ? HALF : WHOLE;
    let place = shared.find((one) => one.size === size && !overlap(one.stretches, stretches));
    const own = stretches.map((stretch) => ({ ...stretch }));
    if (place) place.stretches = merged(place.stretches, own);
    else shared.push(place = { slot: fn.slots.push(size) - 1, size, stretches: own });
    const { slot } = place;
    slots.set(register, {
      spill: { kind: "store", size, offset: 0, slot },
      reload: { kind: "load", size, signed: false, offset: 0, slot },
    });
  }
  return slots;
}

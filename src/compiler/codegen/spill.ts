/**
 * Takes whole intervals out of registers: a constant is made anew before each use, and so is the packet's end where the context
 * is at hand; anything else is stored after each write and reloaded before each read.
 *
 * @module
 */

import { endUses, firstEndingAt, type Interval, intervalsOf, merged, overlap, type Stretch } from "./intervals.ts";
import {
  FIRST_VIRTUAL,
  isRematerializable,
  isTwoAddress,
  type MachineFunction,
  type MachineInstruction,
  type VirtualRegister,
} from "./machine.ts";

export function spill(fn: MachineFunction, spilled: readonly Interval[]): void {
  const registers = new Set(spilled.map(({ register }) => register));
  const remade = new Map([...remadeBy(fn, registers), ...endsReadAgain(fn, registers)]);
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
      const { operation, uses } = remade.get(register) ?? { operation: slots.get(register)!.reload, uses: [] };
      instructions.push({ operation, to, uses: [...uses], origin });
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
type Definitions = Map<VirtualRegister, MachineInstruction>;

/** The registers whose one definition can be repeated anywhere. */
export function remadeBy(fn: MachineFunction, registers?: ReadonlySet<VirtualRegister>): Definitions {
  return definitionsOf(fn, registers, isRematerializable);
}

function definitionsOf(
  fn: MachineFunction,
  registers: ReadonlySet<VirtualRegister> | undefined,
  isWanted: (operation: Operation) => boolean,
): Definitions {
  const found = new Map<VirtualRegister, MachineInstruction | undefined>();
  for (const block of fn.blocks) {
    for (const instruction of block.instructions) {
      const { operation, to } = instruction;
      if (to === undefined || registers && !registers.has(to)) continue;
      found.set(to, isWanted(operation) && !found.has(to) ? instruction : undefined);
    }
  }
  for (const [register, instruction] of found) if (!instruction) found.delete(register);
  return found as Definitions;
}

/** The registers that hold the packet's end and are read only where the context is in a register, too. */
export function endsReadAgain(fn: MachineFunction, registers: ReadonlySet<VirtualRegister>): Definitions {
  const ends = definitionsOf(fn, registers, (operation) => operation.kind === "load" && operation.isPacketEnd === true);
  if (ends.size === 0) return ends;
  // A register that is written twice may hold something else by then.
  const contexts = definitionsOf(fn, new Set([...ends.values()].map(({ uses }) => uses[0])), () => true);
  const intervals = intervalsOf(fn);
  let at = 0;
  const check = (register: VirtualRegister) => {
    const end = ends.get(register);
    if (!end) return;
    const [context] = end.uses;
    const isKept = context >= FIRST_VIRTUAL && contexts.has(context) && !registers.has(context);
    if (!isKept || !isLiveAt(intervals[context]!, at)) ends.delete(register);
  };
  for (const block of fn.blocks) {
    for (const { uses } of block.instructions) {
      uses.forEach(check);
      at += 2;
    }
    endUses(block).forEach(check);
    at += 2;
  }
  return ends;
}

function isLiveAt({ stretches }: Interval, position: number): boolean {
  const stretch = stretches[firstEndingAt(stretches, position)];
  return stretch !== undefined && stretch.from <= position;
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

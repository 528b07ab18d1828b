/**
 * Register allocation: moves are coalesced where the two sides never live at once, then each interval gets a register that
 * is free in all its stretches. What finds none is made again at each use if it is a constant, or else lives on the stack,
 * and everything starts over with the small intervals that this leaves.
 *
 * @module
 */

import {
  FIRST_VIRTUAL,
  isRematerializable,
  isTwoAddress,
  type MachineFunction,
  type MachineInstruction,
  type VirtualRegister,
} from "./machine.ts";
import { firstEndingAt, type Interval, intervalsOf, merged, overlap, type Stretch } from "./intervals.ts";

/** The order of preference: what calls destroy first, so that r6 to r9 stay free for what lives across them. */
const ALLOCATABLE: readonly VirtualRegister[] = [1, 2, 3, 4, 5, 0, 6, 7, 8, 9];
/** Positions that a value takes at least: two operands and a result, each reloaded or stored. */
const SHORTEST = 8;
/** Bytes of a spilled register. */
const SPILL_SIZE = 8;

/** Gives every virtual register a machine register, in place. */
export function allocate(fn: MachineFunction): void {
  for (;;) {
    coalesce(fn);
    const { assigned, spilled } = color(fn);
    if (spilled.length === 0) return rename(fn, (register) => assigned.get(register) ?? register);
    spill(fn, spilled);
  }
}

/** Merges the two sides of moves that can share a register, and drops those moves. */
function coalesce(fn: MachineFunction): void {
  const intervals = intervalsOf(fn);
  const into = new Map<VirtualRegister, VirtualRegister>();
  const root = (register: VirtualRegister): VirtualRegister => {
    let at = register;
    for (let next = into.get(at); next !== undefined; next = into.get(at)) at = next;
    return at;
  };
  for (const block of fn.blocks) {
    for (const { operation, to, uses } of block.instructions) {
      if (operation.kind !== "move" || operation.width !== 64) continue;
      const [a, b] = [root(to!), root(uses[0])];
      if (a === b || a < FIRST_VIRTUAL || b < FIRST_VIRTUAL) continue;
      const [one, other] = [intervals.get(a)!, intervals.get(b)!];
      if (overlap(one.stretches, other.stretches)) continue;
      one.stretches = merged(one.stretches, other.stretches);
      one.weight += other.weight;
      into.set(b, a);
    }
  }
  rename(fn, root);
}

function rename(fn: MachineFunction, name: (register: VirtualRegister) => VirtualRegister): void {
  for (const block of fn.blocks) {
    for (const instruction of block.instructions) {
      if (instruction.to !== undefined) instruction.to = name(instruction.to);
      instruction.uses = instruction.uses.map(name);
    }
    if (block.end.kind === "branch") block.end.uses = block.end.uses.map(name);
    block.instructions = block.instructions.filter(({ operation, to, uses }) =>
      !(operation.kind === "move" && operation.width === 64 && to === uses[0])
    );
  }
}

/** What occupies a machine register, in order of position. */
class Occupation {
  readonly stretches: Stretch[] = [];
  readonly owners: Interval[] = [];

  conflicts(interval: Interval): Set<Interval> {
    const found = new Set<Interval>();
    for (const { from, to } of interval.stretches) {
      for (
        let i = firstEndingAt(this.stretches, from);
        i < this.stretches.length && this.stretches[i].from <= to;
        i++
      ) {
        found.add(this.owners[i]);
      }
    }
    return found;
  }

  add(interval: Interval): void {
    for (const stretch of interval.stretches) {
      const at = firstEndingAt(this.stretches, stretch.from);
      this.stretches.splice(at, 0, stretch);
      this.owners.splice(at, 0, interval);
    }
  }

  remove(interval: Interval): void {
    for (const stretch of interval.stretches) {
      const at = this.stretches.indexOf(stretch, firstEndingAt(this.stretches, stretch.from));
      this.stretches.splice(at, 1);
      this.owners.splice(at, 1);
    }
  }
}

interface Coloring {
  readonly assigned: Map<VirtualRegister, VirtualRegister>;
  readonly spilled: Interval[];
}

function color(fn: MachineFunction): Coloring {
  const intervals = intervalsOf(fn);
  const hints = hintsOf(fn);
  const occupied = ALLOCATABLE.map((register) => {
    const occupation = new Occupation();
    const fixed = intervals.get(register);
    if (fixed) occupation.add({ ...fixed, weight: Infinity });
    return { register, occupation };
  });
  const byRegister = new Map(occupied.map((entry) => [entry.register, entry]));
  const assigned = new Map<VirtualRegister, VirtualRegister>();
  const spilled: Interval[] = [];
  const waiting = [...intervals.values()].filter(({ register }) => register >= FIRST_VIRTUAL)
    .sort((a, b) => a.stretches[0].from - b.stretches[0].from);
  for (const interval of waiting) {
    const wished = (hints.get(interval.register) ?? [])
      .map((hint) => byRegister.get(assigned.get(hint) ?? hint)).filter((entry) => entry !== undefined);
    const candidates = [...wished, ...occupied];
    const free = candidates.find(({ occupation }) => occupation.conflicts(interval).size === 0);
    if (free) {
      free.occupation.add(interval);
      assigned.set(interval.register, free.register);
      continue;
    }
    const cheapest = occupied.map((entry) => {
      const conflicts = [...entry.occupation.conflicts(interval)];
      return { entry, conflicts, cost: conflicts.reduce((sum, one) => sum + density(one), 0) };
    }).reduce((best, one) => one.cost < best.cost ? one : best);
    if (cheapest.cost >= density(interval)) {
      spilled.push(interval);
      continue;
    }
    for (const victim of cheapest.conflicts) {
      cheapest.entry.occupation.remove(victim);
      assigned.delete(victim.register);
      spilled.push(victim);
    }
    cheapest.entry.occupation.add(interval);
    assigned.set(interval.register, cheapest.entry.register);
  }
  return { assigned, spilled };
}

/** Reads and writes for each position that a register is kept busy: what is least dense is cheapest to do without. */
function density({ weight, stretches }: Interval): number {
  const length = stretches.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  // What lives for an instruction or two, as reloaded values do, cannot become shorter by spilling.
  return length <= SHORTEST ? Infinity : weight / length;
}

/** The registers that each would like to share, by the moves that are left. */
function hintsOf(fn: MachineFunction): Map<VirtualRegister, VirtualRegister[]> {
  const hints = new Map<VirtualRegister, VirtualRegister[]>();
  const hint = (register: VirtualRegister, other: VirtualRegister) => {
    if (register < FIRST_VIRTUAL) return;
    const known = hints.get(register);
    if (known) known.push(other);
    else hints.set(register, [other]);
  };
  for (const block of fn.blocks) {
    for (const { operation, to, uses } of block.instructions) {
      if (operation.kind !== "move") continue;
      hint(to!, uses[0]);
      hint(uses[0], to!);
    }
  }
  return hints;
}

/** Takes intervals out of registers: remade or reloaded before each read, stored after each write. */
function spill(fn: MachineFunction, spilled: readonly Interval[]): void {
  const registers = new Set(spilled.map(({ register }) => register));
  const remade = definitions(fn, registers);
  const slots = spillSlots(fn, spilled.filter(({ register }) => !remade.has(register)));
  for (const block of fn.blocks) {
    const instructions: MachineInstruction[] = [];
    for (const instruction of block.instructions) {
      const { operation, to, origin } = instruction;
      if (to !== undefined && remade.has(to)) continue;
      const fresh = new Map<VirtualRegister, VirtualRegister>();
      reload(instruction.uses, instructions, fresh, instruction.origin);
      instruction.uses = instruction.uses.map((register) => fresh.get(register) ?? register);
      instructions.push(instruction);
      if (to === undefined || !registers.has(to)) continue;
      instruction.to = isTwoAddress(operation) || instruction.uses.includes(fresh.get(to)!)
        ? fresh.get(to)!
        : fn.registers++;
      const store = { kind: "spill", slot: slots.get(to)! } as const;
      instructions.push({ operation: store, to: undefined, uses: [instruction.to], origin });
    }
    if (block.end.kind === "branch") {
      const fresh = new Map<VirtualRegister, VirtualRegister>();
      reload(block.end.uses, instructions, fresh, block.end.origin);
      block.end.uses = block.end.uses.map((register) => fresh.get(register) ?? register);
    }
    block.instructions = instructions;
  }

  function reload(
    uses: readonly VirtualRegister[],
    instructions: MachineInstruction[],
    fresh: Map<VirtualRegister, VirtualRegister>,
    origin: MachineInstruction["origin"],
  ): void {
    for (const register of uses) {
      if (!registers.has(register) || fresh.has(register)) continue;
      const to = fn.registers++;
      fresh.set(register, to);
      const operation = remade.get(register) ?? { kind: "reload" as const, slot: slots.get(register)! };
      instructions.push({ operation, to, uses: [], origin });
    }
  }
}

/** The registers whose one definition can be repeated. */
function definitions(
  fn: MachineFunction,
  registers: ReadonlySet<VirtualRegister>,
): Map<VirtualRegister, MachineInstruction["operation"]> {
  const found = new Map<VirtualRegister, MachineInstruction["operation"] | undefined>();
  for (const block of fn.blocks) {
    for (const { operation, to } of block.instructions) {
      if (to === undefined || !registers.has(to)) continue;
      found.set(to, isRematerializable(operation) && !found.has(to) ? operation : undefined);
    }
  }
  return new Map(
    [...found].filter((entry): entry is [number, MachineInstruction["operation"]] => entry[1] !== undefined),
  );
}

/** Stack slots for what is spilled; intervals that never live at once share one. */
function spillSlots(fn: MachineFunction, spilled: readonly Interval[]): Map<VirtualRegister, number> {
  const shared: { readonly slot: number; stretches: Stretch[] }[] = [];
  const slots = new Map<VirtualRegister, number>();
  for (const { register, stretches } of spilled) {
    let place = shared.find((one) => !overlap(one.stretches, stretches));
    if (place) place.stretches = merged(place.stretches, stretches);
    else shared.push(place = { slot: fn.slots.push(SPILL_SIZE) - 1, stretches });
    slots.set(register, place.slot);
  }
  return slots;
}

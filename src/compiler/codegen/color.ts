/**
 * Gives each interval a register that is free in all its stretches; what finds none takes the place of what is cheaper to
 * spill, or is spilled itself.
 *
 * @module
 */

import { firstEndingAt, type Interval, type Intervals, intervalsOf, overlap, type Stretch } from "./intervals.ts";
import { FIRST_VIRTUAL, type MachineFunction, type VirtualRegister } from "./machine.ts";

/** The order of preference: what calls destroy first, so that r6 to r9 stay free for what lives across them. */
const ALLOCATABLE: readonly VirtualRegister[] = [1, 2, 3, 4, 5, 0, 6, 7, 8, 9];
/** Those that calls destroy, and give arguments in: whoever has no wish leaves them to those who have. */
const OF_CALLS: ReadonlySet<VirtualRegister> = new Set([1, 2, 3, 4, 5, 0]);
/** Positions that a value takes at least: two operands and a result, each reloaded or stored. */
const SHORTEST = 8;

export interface Coloring {
  readonly assigned: ReadonlyMap<VirtualRegister, VirtualRegister>;
  readonly spilled: readonly Interval[];
}

export function color(fn: MachineFunction): Coloring {
  const intervals = intervalsOf(fn);
  const hints = hintsOf(fn);
  const occupied = ALLOCATABLE.map((register) => {
    const occupation = new Occupation();
    const fixed = intervals[register];
    if (fixed) occupation.add({ ...fixed, weight: Infinity });
    return { register, occupation };
  });
  const wanted = wantedBy(intervals, hints);
  const byRegister = new Map(occupied.map((entry) => [entry.register, entry]));
  const assigned = new Map<VirtualRegister, VirtualRegister>();
  const spilled: Interval[] = [];
  const waiting = intervals.slice(FIRST_VIRTUAL).filter((interval) => interval !== undefined)
    .sort((a, b) => a.stretches[0].from - b.stretches[0].from);
  for (const interval of waiting) {
    const wished = (hints.get(interval.register) ?? [])
      .map((hint) => byRegister.get(assigned.get(hint) ?? hint)).filter((entry) => entry !== undefined);
    const isFree = ({ occupation }: { occupation: Occupation }) => !occupation.isTaken(interval);
    const isUnwanted = ({ register }: { register: VirtualRegister }) =>
      OF_CALLS.has(register) && !overlap(wanted.get(register) ?? [], interval.stretches);
    const free = wished.find(isFree) ?? occupied.find((entry) => isUnwanted(entry) && isFree(entry)) ??
      occupied.find(isFree);
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

/** For each machine register when somebody would like to have it. */
function wantedBy(intervals: Intervals, hints: ReadonlyMap<VirtualRegister, readonly VirtualRegister[]>) {
  const wanted = new Map<VirtualRegister, Stretch[]>();
  for (const [register, wishes] of hints) {
    for (const wish of wishes) {
      if (wish >= FIRST_VIRTUAL || !intervals[register]) continue;
      const known = wanted.get(wish);
      if (known) known.push(...intervals[register].stretches);
      else wanted.set(wish, [...intervals[register].stretches]);
    }
  }
  for (const [register, stretches] of wanted) wanted.set(register, united(stretches));
  return wanted;
}

/** The positions of some stretches, in order. */
function united(stretches: readonly Stretch[]): Stretch[] {
  const found: Stretch[] = [];
  for (const { from, to } of stretches.toSorted((a, b) => a.from - b.from)) {
    const last = found[found.length - 1];
    if (last && from <= last.to + 1) last.to = Math.max(last.to, to);
    else found.push({ from, to });
  }
  return found;
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

/** What occupies a machine register, in order of position. */
class Occupation {
  readonly #stretches: Stretch[] = [];
  readonly #owners: Interval[] = [];

  isTaken({ stretches }: Interval): boolean {
    return stretches.some(({ from, to }) => {
      const first = this.#stretches[firstEndingAt(this.#stretches, from)];
      return first !== undefined && first.from <= to;
    });
  }

  conflicts({ stretches }: Interval): Set<Interval> {
    const found = new Set<Interval>();
    for (const { from, to } of stretches) {
      for (let i = firstEndingAt(this.#stretches, from); this.#stretches[i]?.from <= to; i++) {
        found.add(this.#owners[i]);
      }
    }
    return found;
  }

  add(interval: Interval): void {
    for (const stretch of interval.stretches) {
      const at = firstEndingAt(this.#stretches, stretch.from);
      this.#stretches.splice(at, 0, stretch);
      this.#owners.splice(at, 0, interval);
    }
  }

  remove({ stretches }: Interval): void {
    for (const stretch of stretches) {
      const at = this.#stretches.indexOf(stretch, firstEndingAt(this.#stretches, stretch.from));
      this.#stretches.splice(at, 1);
      this.#owners.splice(at, 1);
    }
  }
}

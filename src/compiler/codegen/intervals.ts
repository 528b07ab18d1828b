/**
 * Liveness: for each register the stretches of code in which its value is needed, holes included.
 *
 * Instruction `i` reads at position `2i` and writes at `2i + 1`. A stretch runs from a write to the last read, so that an
 * instruction's result may take the register of an operand that ends there.
 *
 * @module
 */

import { FIRST_VIRTUAL, type MachineBlock, type MachineFunction, targets, type VirtualRegister } from "./machine.ts";

/** Positions, both ends included. */
export interface Stretch {
  from: number;
  to: number;
}

/** Where a register's value lives. */
export interface Interval {
  readonly register: VirtualRegister;
  /** In order, apart from each other. */
  stretches: Stretch[];
  /** Reads and writes, counted by how deep in loops they stand. */
  weight: number;
}

/** Registers that a helper call destroys. */
const CLOBBERED: readonly VirtualRegister[] = [0, 1, 2, 3, 4, 5];

/** The intervals of all registers, physical ones by their numbers. */
export function intervalsOf(fn: MachineFunction): Map<VirtualRegister, Interval> {
  const liveOut = liveness(fn);
  const intervals = new Map<VirtualRegister, Interval>();
  const interval = (register: VirtualRegister): Interval => {
    let found = intervals.get(register);
    if (!found) intervals.set(register, found = { register, stretches: [], weight: 0 });
    return found;
  };
  const depths = loopDepths(fn);
  let end = positions(fn);
  // Backwards, so that a stretch is made at its last read and cut off at its write.
  for (let b = fn.blocks.length - 1; b >= 0; b--) {
    const block = fn.blocks[b];
    const first = end - 2 * (block.instructions.length + 1);
    const weight = 10 ** Math.min(depths.get(block) ?? 0, 6);
    const read = (register: VirtualRegister, at: number) => {
      const one = interval(register);
      one.weight += weight;
      extend(one, first, at);
    };
    for (const register of liveOut.get(block)!) extend(interval(register), first, end - 1);
    let at = end - 2;
    for (const register of endUses(block)) read(register, at);
    for (let i = block.instructions.length - 1; i >= 0; i--) {
      at -= 2;
      const { operation, to, uses } = block.instructions[i];
      if (operation.kind === "call") CLOBBERED.forEach((register) => touch(interval(register), at + 1));
      if (to !== undefined) {
        const written = interval(to);
        written.weight += weight;
        cut(written, at + 1);
      }
      for (const register of uses) read(register, at);
    }
    end = first;
  }
  for (const one of intervals.values()) one.stretches.reverse();
  return intervals;
}

function positions(fn: MachineFunction): number {
  return fn.blocks.reduce((sum, block) => sum + 2 * (block.instructions.length + 1), 0);
}

export function endUses({ end }: MachineBlock): readonly VirtualRegister[] {
  if (end.kind === "branch") return end.uses;
  return end.kind === "exit" ? [0] : [];
}

/** Stretches are held last first while they are built. */
function extend(interval: Interval, from: number, to: number): void {
  const { stretches } = interval;
  const last = stretches[stretches.length - 1];
  if (last && last.from <= to + 1) {
    if (from < last.from) last.from = from;
    if (to > last.to) last.to = to;
  } else stretches.push({ from, to });
}

/** A write begins the current stretch; a value that nobody reads still needs its register for a moment. */
function cut(interval: Interval, at: number): void {
  const { stretches } = interval;
  const last = stretches[stretches.length - 1];
  if (last && last.from <= at && at <= last.to) last.from = at;
  else stretches.push({ from: at, to: at });
}

function touch(interval: Interval, at: number): void {
  const last = interval.stretches[interval.stretches.length - 1];
  if (!last || at < last.from) interval.stretches.push({ from: at, to: at });
}

/** The virtual registers that are needed after each block. */
function liveness(fn: MachineFunction): Map<MachineBlock, Set<VirtualRegister>> {
  const liveIn = new Map<MachineBlock, Set<VirtualRegister>>();
  const liveOut = new Map(fn.blocks.map((block) => [block, new Set<VirtualRegister>()]));
  const predecessors = new Map<MachineBlock, MachineBlock[]>(fn.blocks.map((block) => [block, []]));
  for (const block of fn.blocks) for (const to of targets(block)) predecessors.get(to)!.push(block);
  const work = [...fn.blocks];
  const queued = new Set(work);
  while (work.length > 0) {
    const block = work.pop()!;
    queued.delete(block);
    const out = liveOut.get(block)!;
    for (const to of targets(block)) for (const register of liveIn.get(to) ?? []) out.add(register);
    const before = needed(block, out);
    const known = liveIn.get(block);
    if (known && known.size === before.size) continue;
    liveIn.set(block, before);
    for (const from of predecessors.get(block)!) {
      if (queued.has(from)) continue;
      queued.add(from);
      work.push(from);
    }
  }
  return liveOut;
}

function needed(block: MachineBlock, out: ReadonlySet<VirtualRegister>): Set<VirtualRegister> {
  const live = new Set(out);
  for (const register of endUses(block)) if (register >= FIRST_VIRTUAL) live.add(register);
  for (let i = block.instructions.length - 1; i >= 0; i--) {
    const { to, uses } = block.instructions[i];
    if (to !== undefined) live.delete(to);
    for (const register of uses) if (register >= FIRST_VIRTUAL) live.add(register);
  }
  return live;
}

/** How many backward jumps enclose a block, by layout: enough to weigh uses. */
function loopDepths(fn: MachineFunction): Map<MachineBlock, number> {
  const index = new Map(fn.blocks.map((block, i) => [block, i]));
  const changes = new Int32Array(fn.blocks.length + 1);
  fn.blocks.forEach((block, i) => {
    for (const to of targets(block)) {
      const head = index.get(to)!;
      if (head > i) continue;
      changes[head]++;
      changes[i + 1]--;
    }
  });
  let depth = 0;
  return new Map(fn.blocks.map((block, i) => [block, depth += changes[i]]));
}

/** Whether two are ever needed at once. */
export function overlap(a: readonly Stretch[], b: readonly Stretch[]): boolean {
  let i = 0;
  let j = a.length > 0 ? firstEndingAt(b, a[0].from) : 0;
  while (i < a.length && j < b.length) {
    if (a[i].to < b[j].from) i++;
    else if (b[j].to < a[i].from) j++;
    else return true;
  }
  return false;
}

/** The index of the first stretch that ends at or after a position. */
export function firstEndingAt(stretches: readonly Stretch[], position: number): number {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stretches[middle].to < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Both, in order. */
export function merged(a: readonly Stretch[], b: readonly Stretch[]): Stretch[] {
  const result: Stretch[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const next = j >= b.length || (i < a.length && a[i].from <= b[j].from) ? a[i++] : b[j++];
    const last = result[result.length - 1];
    if (last && next.from <= last.to + 1) last.to = Math.max(last.to, next.to);
    else result.push({ ...next });
  }
  return result;
}

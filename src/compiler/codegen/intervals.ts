/**
 * Liveness: for each register the stretches of code in which its value is needed, holes included.
 *
 * Instruction `i` reads at position `2i` and writes at `2i + 1`. A stretch runs from a write to the last read, so that an
 * instruction's result may take the register of an operand that ends there.
 *
 * @module
 */

import { reversed } from "../analysis/dominators.ts";
import { liveAfter } from "./liveness.ts";
import {
  FIRST_VIRTUAL,
  type MachineBlock,
  type MachineFunction,
  numberBlocks,
  type VirtualRegister,
} from "./machine.ts";

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

/** The intervals of all registers, by number; of registers that are neither read nor written none. */
export type Intervals = readonly (Interval | undefined)[];

export function intervalsOf(fn: MachineFunction): Intervals {
  const { blocks } = fn;
  const successors = numberBlocks(blocks);
  const needed = neededAfter(fn, successors);
  const depths = loopDepths(successors);
  const intervals = new Array<Interval | undefined>(fn.registers);
  let end = positions(fn);
  // Backwards, so that a stretch is made at its last read and cut off at its write.
  for (let i = blocks.length - 1; i >= 0; i--) {
    const first = end - 2 * (blocks[i].instructions.length + 1);
    const across = needed[i];
    for (let k = 0; k < across.length; k++) extend(intervalOf(intervals, across[k]), first, end - 1);
    walkBack(intervals, blocks[i], first, 10 ** Math.min(depths[i], 6));
    end = first;
  }
  for (const one of intervals) one?.stretches.reverse();
  return intervals;
}

function intervalOf(intervals: (Interval | undefined)[], register: VirtualRegister): Interval {
  return intervals[register] ??= { register, stretches: [], weight: 0 };
}

/** What a block reads and writes, from its end on. */
function walkBack(
  intervals: (Interval | undefined)[],
  block: MachineBlock,
  first: number,
  weight: number,
): void {
  let at = first + 2 * block.instructions.length;
  const read = (register: VirtualRegister) => {
    const one = intervalOf(intervals, register);
    one.weight += weight;
    extend(one, first, at);
  };
  endUses(block).forEach(read);
  for (let i = block.instructions.length - 1; i >= 0; i--) {
    at -= 2;
    const { operation, to, uses } = block.instructions[i];
    if (operation.kind === "call") { for (const one of CLOBBERED) touch(intervalOf(intervals, one), at + 1); }
    if (to !== undefined) {
      const written = intervalOf(intervals, to);
      written.weight += weight;
      cut(written, at + 1);
    }
    for (let k = 0; k < uses.length; k++) read(uses[k]);
  }
}

function positions(fn: MachineFunction): number {
  return fn.blocks.reduce((sum, block) => sum + 2 * (block.instructions.length + 1), 0);
}

const RESULT: readonly VirtualRegister[] = [0];
const NOTHING: readonly VirtualRegister[] = [];

export function endUses({ end }: MachineBlock): readonly VirtualRegister[] {
  if (end.kind === "branch") return end.uses;
  return end.kind === "exit" ? RESULT : NOTHING;
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

/** The virtual registers that are needed after each block, by its place. */
function neededAfter({ blocks, registers }: MachineFunction, successors: readonly (readonly number[])[]): number[][] {
  return liveAfter(reversed(successors), registers, (at, read, write) => {
    const { instructions } = blocks[at];
    for (let i = 0; i < instructions.length; i++) {
      const { to, uses } = instructions[i];
      for (let k = 0; k < uses.length; k++) if (uses[k] >= FIRST_VIRTUAL) read(uses[k]);
      if (to !== undefined) write(to);
    }
    for (const register of endUses(blocks[at])) if (register >= FIRST_VIRTUAL) read(register);
  });
}

/** How many backward jumps enclose a block, by layout: enough to weigh uses. */
function loopDepths(successors: readonly (readonly number[])[]): Int32Array {
  const changes = new Int32Array(successors.length + 1);
  successors.forEach((targets, i) => {
    for (const head of targets) {
      if (head > i) continue;
      changes[head]++;
      changes[i + 1]--;
    }
  });
  for (let i = 1; i < changes.length; i++) changes[i] += changes[i - 1];
  return changes;
}

/** Whether two are ever needed at once. */
export function overlap(a: readonly Stretch[], b: readonly Stretch[]): boolean {
  const [few, many] = a.length <= b.length ? [a, b] : [b, a];
  let at = 0;
  for (const { from, to } of few) {
    at = firstEndingAt(many, from, at);
    if (at >= many.length) return false;
    if (many[at].from <= to) return true;
  }
  return false;
}

/** The index of the first stretch that ends at or after a position; it is not before `low`. */
export function firstEndingAt(stretches: readonly Stretch[], position: number, low = 0): number {
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (stretches[middle].to < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Both, in order. They must not overlap; the longer list is changed and becomes the result. */
export function merged(a: Stretch[], b: Stretch[]): Stretch[] {
  const [few, many] = a.length <= b.length ? [a, b] : [b, a];
  for (const { from, to } of few) {
    const at = firstEndingAt(many, from);
    const before = many[at - 1];
    const after = many[at];
    const isContinued = after !== undefined && after.from === to + 1;
    if (before !== undefined && before.to === from - 1) {
      before.to = isContinued ? after.to : to;
      if (isContinued) many.splice(at, 1);
    } else if (isContinued) after.from = from;
    else many.splice(at, 0, { from, to });
  }
  return many;
}

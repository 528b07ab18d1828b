/**
 * Memory for values that leave their registers: a slot for each, shared by those that are never needed at once, and stores of
 * what a reload may see.
 *
 * @module
 */

import { Graph } from "./graph.ts";
import { overlap, type Stretch } from "./intervals.ts";
import type { MachineBlock, MachineFunction, MachineInstruction, VirtualRegister } from "./machine.ts";
import { spillSlots } from "./spill.ts";

/** Gives reloads their slots. `valueOf` says which value each piece is of; constants among them are remade instead. */
export function storeReloaded(
  fn: MachineFunction,
  reloads: ReadonlySet<MachineInstruction>,
  valueOf: ReadonlyMap<VirtualRegister, VirtualRegister>,
  remade: ReadonlyMap<VirtualRegister, unknown>,
): void {
  const reloaded = new Set([...reloads].map(({ to }) => valueOf.get(to!)!).filter((value) => !remade.has(value)));
  if (reloaded.size === 0) return;
  const written = ({ to }: MachineInstruction) => {
    const value = to === undefined ? undefined : valueOf.get(to);
    return value !== undefined && reloaded.has(value) ? value : undefined;
  };
  const stretches = memoryStretches(fn, reloads, reloaded, written);
  const slots = spillSlots(fn, [...stretches].map(([register, all]) => ({ register, stretches: all })));
  let at = 0;
  for (const block of fn.blocks) {
    const first = at;
    at += 2 * (block.instructions.length + 1);
    block.instructions = block.instructions.flatMap((instruction, i) => {
      const { to, origin } = instruction;
      const value = written(instruction);
      if (value === undefined) return [instruction];
      const { spill, reload } = slots.get(value)!;
      if (reloads.has(instruction)) return [{ operation: reload, to, uses: [], origin }];
      const position = first + 2 * i + 1;
      if (!overlap(stretches.get(value)!, [{ from: position, to: position }])) return [instruction];
      return [instruction, { operation: spill, to: undefined, uses: [to!], origin }];
    });
  }
}

type Written = (instruction: MachineInstruction) => VirtualRegister | undefined;

/** From writes to the reloads that may see them: for each value, where its slot is in use. */
function memoryStretches(
  { blocks, ...fn }: MachineFunction,
  reloads: ReadonlySet<MachineInstruction>,
  reloaded: ReadonlySet<VirtualRegister>,
  written: Written,
): Map<VirtualRegister, Stretch[]> {
  const liveOut = memoryLiveness({ blocks, ...fn }, reloads, written);
  const stretches = new Map<VirtualRegister, Stretch[]>([...reloaded].map((value) => [value, []]));
  let end = blocks.reduce((sum, block) => sum + 2 * (block.instructions.length + 1), 0);
  for (const block of blocks.toReversed()) {
    const first = end - 2 * (block.instructions.length + 1);
    for (const value of liveOut.get(block)!) needed(stretches.get(value)!, first, end - 1);
    for (let i = block.instructions.length - 1; i >= 0; i--) {
      const instruction = block.instructions[i];
      const value = written(instruction);
      if (value === undefined) continue;
      if (reloads.has(instruction)) needed(stretches.get(value)!, first, first + 2 * i);
      else begun(stretches.get(value)!, first + 2 * i + 1);
    }
    end = first;
  }
  for (const own of stretches.values()) own.reverse();
  return stretches;
}

/** Stretches are held last first while they are built. */
function needed(own: Stretch[], from: number, to: number): void {
  const last = own[own.length - 1];
  if (last && last.from <= to + 1) last.from = Math.min(last.from, from);
  else own.push({ from, to });
}

function begun(own: Stretch[], at: number): void {
  const last = own[own.length - 1];
  if (last && last.from <= at && at <= last.to) last.from = at;
}

/** The values whose slots are read after each block. */
function memoryLiveness(
  fn: MachineFunction,
  reloads: ReadonlySet<MachineInstruction>,
  written: Written,
): Map<MachineBlock, Set<VirtualRegister>> {
  const { blocks, successors, predecessors } = new Graph(fn);
  const liveIn: Set<VirtualRegister>[] = blocks.map(() => new Set());
  const liveOut: Set<VirtualRegister>[] = blocks.map(() => new Set());
  const work = blocks.map((_, i) => i);
  const queued = new Uint8Array(blocks.length).fill(1);
  while (work.length > 0) {
    const at = work.pop()!;
    queued[at] = 0;
    for (const to of successors[at]) for (const value of liveIn[to]) liveOut[at].add(value);
    const live = new Set(liveOut[at]);
    for (const instruction of blocks[at].instructions.toReversed()) {
      const value = written(instruction);
      if (value === undefined) continue;
      if (reloads.has(instruction)) live.add(value);
      else live.delete(value);
    }
    if (live.size === liveIn[at].size) continue;
    liveIn[at] = live;
    for (const from of predecessors[at]) {
      if (queued[from]) continue;
      queued[from] = 1;
      work.push(from);
    }
  }
  return new Map(blocks.map((block, i) => [block, liveOut[i]]));
}

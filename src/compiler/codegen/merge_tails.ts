/**
 * Makes one of what several blocks do last, if they then go to the same place.
 *
 * A call keeps its arguments: where ways with different maps meet before it, the kernel looks the map up at run time, and
 * neither writes the look-up out in place nor jumps straight to another program.
 *
 * Assumes: machine registers. Gains: the instructions of all but one. Costs: a jump in place of another or of an exit.
 *
 * @module
 */

import type { MachineBlock, MachineFunction, MachineInstruction } from "./machine.ts";
import { Namer } from "./names.ts";
import { bitsOf, slotsOf } from "./physical.ts";

export function mergeTails(fn: MachineFunction): void {
  const names = new Namer();
  const maps = registersOfMaps(fn);
  for (let rounds = 0; rounds < 4 && mergeOnce(fn, names, maps); rounds++) {
    // What was merged may be the end of something longer, one block further up.
  }
}

function mergeOnce(fn: MachineFunction, names: Namer, maps: number): boolean {
  const groups = new Map<string, MachineBlock[]>();
  for (const block of fn.blocks) {
    const last = block.instructions[block.instructions.length - 1];
    if (!last || block.end.kind === "branch") continue;
    const to = block.end.kind === "exit" ? "exit" : names.block(block.end.to);
    const key = `${to} ${names.instruction(last)}`;
    const known = groups.get(key);
    if (known) known.push(block);
    else groups.set(key, [block]);
  }
  let changed = false;
  for (const group of groups.values()) if (group.length > 1) changed = merge(fn, group, names, maps) || changed;
  return changed;
}

/** Merges what the blocks of a group have in common at their ends; they share the last instruction at least. */
function merge(fn: MachineFunction, group: readonly MachineBlock[], names: Namer, maps: number): boolean {
  let count = 1;
  const at = (block: MachineBlock) => block.instructions[block.instructions.length - 1 - count];
  while (group.every((block) => at(block) && names.instruction(at(block)) === names.instruction(at(group[0])))) count++;
  const [first, ...others] = group;
  count = withWholeCalls(first.instructions.slice(-count), maps);
  if (count === 0) return false;
  const tail = first.instructions.slice(-count);
  // A block that is nothing but the tail is the one that all go to.
  let shared = group.find(({ instructions }) => instructions.length === count);
  const isWhole = shared !== undefined && shared !== fn.blocks[0];
  if (!isWhole) {
    const saved = tail.reduce((sum, one) => sum + slotsOf(one), 0) * others.length;
    if (saved <= 1) return false;
    shared = { instructions: tail, end: first.end, at: -1 };
    fn.blocks.splice(fn.blocks.indexOf(first) + 1, 0, shared);
  }
  for (const block of group) {
    if (block === shared) continue;
    block.instructions.length -= count;
    block.end = { kind: "jump", to: shared!, origin: tail[0].origin };
  }
  return true;
}

/** How many of a tail's last instructions have all that their calls are told. */
function withWholeCalls(tail: readonly MachineInstruction[], maps: number): number {
  let start = 0;
  tail.forEach(({ operation, uses }, i) => {
    if (operation.kind !== "call") return;
    const isWhole = uses.every((register) => {
      const given = tail.slice(start, i).findLast(({ to }) => to === register);
      return given && !(given.operation.kind === "move" && maps & bitsOf(given.uses));
    });
    if (!isWhole) start = i + 1;
  });
  return tail.length - start;
}

/** The registers that ever hold a map for arguments to be copied from. */
function registersOfMaps(fn: MachineFunction): number {
  let found = 0;
  for (const { instructions } of fn.blocks) {
    for (const { operation, to, uses } of instructions) {
      const isMap = operation.kind === "mapReference" || operation.kind === "move" && (found & bitsOf(uses)) !== 0;
      if (isMap) found |= 1 << to!;
    }
  }
  return found;
}

/**
 * The order in which blocks are written: a block is followed, if possible, by one that it goes to, and a failed check by
 * nothing: it leaves the straight line.
 *
 * @module
 */

import { type MachineBlock, type MachineFunction, targets } from "./machine.ts";

/** Orders the blocks of a function, in place; unreachable ones are dropped. */
export function layOut(fn: MachineFunction): void {
  const placed = new Set<MachineBlock>();
  const waiting = [fn.blocks[0]];
  while (waiting.length > 0) {
    let block: MachineBlock | undefined = waiting.pop()!;
    while (block && !placed.has(block)) {
      placed.add(block);
      const open = targets(block).filter((to) => !placed.has(to));
      block = preferred(open);
      waiting.push(...open.filter((to) => to !== block));
    }
  }
  fn.blocks = [...placed];
}

/** The branch not taken comes next, unless it only leaves. */
function preferred(open: readonly MachineBlock[]): MachineBlock | undefined {
  const [then, otherwise] = open;
  if (!otherwise) return then;
  return isLeaving(otherwise) && !isLeaving(then) ? then : otherwise;
}

function isLeaving({ end, instructions }: MachineBlock): boolean {
  return end.kind === "exit" && instructions.length <= 1;
}

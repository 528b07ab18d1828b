/**
 * Copies that happen all at once, as those of a block's arguments do, put into an order.
 *
 * @module
 */

import type { VirtualRegister } from "./machine.ts";

export interface Copy {
  readonly to: VirtualRegister;
  readonly from: VirtualRegister;
}

/** The copies one after the other; where they go round in circles, one value steps aside into a new register. */
export function inOrder(copies: readonly Copy[], newRegister: () => VirtualRegister): Copy[] {
  const pending = new Map<VirtualRegister, VirtualRegister>();
  /** How many pending copies still read a register. */
  const readers = new Map<VirtualRegister, number>();
  for (const { to, from } of copies) {
    if (to === from) continue;
    pending.set(to, from);
    readers.set(from, (readers.get(from) ?? 0) + 1);
  }
  const ordered: Copy[] = [];
  const free = [...pending.keys()].filter((to) => !readers.get(to));
  const write = (to: VirtualRegister, from: VirtualRegister) => {
    ordered.push({ to, from });
    pending.delete(to);
    const left = readers.get(from)! - 1;
    readers.set(from, left);
    if (left === 0 && pending.has(from)) free.push(from);
  };
  while (pending.size > 0) {
    const to = free.pop();
    if (to !== undefined) {
      write(to, pending.get(to)!);
      continue;
    }
    // Only circles are left: the readers of one register read its copy.
    const [[, from]] = pending;
    const aside = newRegister();
    ordered.push({ to: aside, from });
    for (const [target, source] of pending) if (source === from) pending.set(target, aside);
    readers.set(aside, readers.get(from)!);
    readers.set(from, 0);
    if (pending.has(from)) free.push(from);
  }
  return ordered;
}

/**
 * Where each register is read next: at the beginning of every block, how many instructions away. What is read only after
 * leaving a loop is far away.
 *
 * @module
 */

import type { Graph } from "./graph.ts";
import { endUses } from "./intervals.ts";
import { FIRST_VIRTUAL, type VirtualRegister } from "./machine.ts";

/** Register → instructions until its next use; registers that are not needed any more are missing. */
export type Distances = Map<VirtualRegister, number>;

/** Distance that the way out of a loop counts. */
export const OUTSIDE = 100_000;

/** The distances at the beginning of each block, by position in the graph. */
export function nextUses(graph: Graph): Distances[] {
  const { blocks, predecessors } = graph;
  const atStart: Distances[] = blocks.map(() => new Map());
  const work = blocks.map((_, i) => i);
  const queued = new Uint8Array(blocks.length).fill(1);
  while (work.length > 0) {
    const at = work.pop()!;
    queued[at] = 0;
    const before = atStart[at];
    const now = throughBlock(graph, at, distancesAtEnd(graph, at, atStart));
    if (!isCloser(now, before)) continue;
    atStart[at] = now;
    for (const from of predecessors[at]) {
      if (queued[from]) continue;
      queued[from] = 1;
      work.push(from);
    }
  }
  return atStart;
}

/** The distances behind a block's last instruction. */
export function distancesAtEnd({ successors, depth }: Graph, at: number, atStart: readonly Distances[]): Distances {
  const result: Distances = new Map();
  for (const to of successors[at]) {
    const extra = depth[to] < depth[at] ? OUTSIDE : 0;
    for (const [register, distance] of atStart[to]) {
      const known = result.get(register);
      if (known === undefined || distance + extra < known) result.set(register, distance + extra);
    }
  }
  return result;
}

function throughBlock({ blocks }: Graph, at: number, distances: Distances): Distances {
  const block = blocks[at];
  const length = block.instructions.length + 1;
  const result: Distances = new Map();
  for (const [register, distance] of distances) result.set(register, distance + length);
  for (const register of endUses(block)) if (register >= FIRST_VIRTUAL) result.set(register, length - 1);
  for (let i = block.instructions.length - 1; i >= 0; i--) {
    const { to, uses } = block.instructions[i];
    if (to !== undefined) result.delete(to);
    for (const register of uses) if (register >= FIRST_VIRTUAL) result.set(register, i);
  }
  return result;
}

function isCloser(now: Distances, before: Distances): boolean {
  if (now.size !== before.size) return true;
  for (const [register, distance] of now) {
    const known = before.get(register);
    if (known === undefined || distance < known) return true;
  }
  return false;
}

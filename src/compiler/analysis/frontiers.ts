/**
 * Where different definitions meet: dominance frontiers, and the blocks in which a value of several definitions needs a
 * parameter.
 *
 * @module
 */

import type { Dominators } from "./dominators.ts";

/** The blocks just beyond what each block dominates, by positions. */
export type Frontiers = readonly (readonly number[])[];

/** Finds all frontiers. */
export function frontiersOf({ blocks, predecessors, parent }: Dominators): Frontiers {
  const frontiers: number[][] = blocks.map(() => []);
  blocks.forEach((_, at) => {
    if (predecessors[at].length < 2) return;
    for (const from of predecessors[at]) {
      for (let up = from; up !== parent[at]; up = parent[up]) {
        const frontier = frontiers[up];
        // Another way to the block came by here, and went all the way up.
        if (frontier[frontier.length - 1] === at) break;
        frontier.push(at);
      }
    }
  });
  return frontiers;
}

/** The blocks in which definitions in some blocks meet each other, or what was before. */
export function meetingPoints(frontiers: Frontiers, definitions: Iterable<number>): Set<number> {
  const found = new Set<number>();
  const work = [...definitions];
  while (work.length > 0) {
    for (const at of frontiers[work.pop()!]) {
      if (found.has(at)) continue;
      found.add(at);
      work.push(at);
    }
  }
  return found;
}

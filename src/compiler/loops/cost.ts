/**
 * Which loops become callbacks of bpf_loop (rule 20): those that the verifier would have to follow for too long turn by turn.
 *
 * @module
 */

import type { NaturalLoop } from "../analysis/loops.ts";
import type { Block } from "../ir.ts";

/** What the verifier has to look at on one path through some code. */
interface Cost {
  readonly branches: number;
  readonly instructions: number;
}

/** More branches than this on one path are refused: the verifier remembers 8,192 that it still has to look at. */
const MOST_BRANCHES = 4_000;
/** Of the million instructions that the verifier looks at. */
const MOST_INSTRUCTIONS = 100_000;
/** Callbacks are looked at until another turn brings nothing new: twice, as a rule. */
const TURNS_OF_CALLBACK = 2;
/** Functions that may call each other in a row are 8 (MAX_CALL_FRAMES), of which one is the main one, one drives long loops. */
const MOST_NESTED = 6;

/** Chooses among loops and those inside them; `all`: every loop whose turns are known. */
export function chooseLoops(outermost: readonly NaturalLoop[], all: boolean): ReadonlySet<NaturalLoop> {
  const chosen = new Set<NaturalLoop>();
  if (all) chooseAll(outermost, 0);
  else relieve(outermost, MOST_BRANCHES);
  return chosen;

  function chooseAll(loops: readonly NaturalLoop[], depth: number): void {
    for (const loop of loops) {
      const isCallback = loop.head.loop !== undefined && depth < MOST_NESTED;
      if (isCallback) chosen.add(loop);
      chooseAll(loop.children, depth + (isCallback ? 1 : 0));
    }
  }

  /** Takes out the most expensive of some loops that follow each other until the rest is cheap enough. */
  function relieve(loops: readonly NaturalLoop[], most: number): void {
    const costs = new Map(loops.map((loop) => [loop, costOf(loop)]));
    for (;;) {
      const { branches, instructions } = sum([...costs.values()]);
      if (branches <= most && instructions <= MOST_INSTRUCTIONS) return;
      const [loop] = [...costs].reduce((a, b) =>
        b[1].branches + b[1].instructions / 25 > a[1].branches + a[1].instructions / 25 ? b : a
      );
      if (chosen.has(loop) || !loop.head.loop) return;
      chosen.add(loop);
      relieve(loop.children, most / TURNS_OF_CALLBACK);
      costs.set(loop, times(turnOf(loop), TURNS_OF_CALLBACK));
    }
  }

  function costOf(loop: NaturalLoop): Cost {
    const turns = Number(loop.head.loop?.turns ?? 1n);
    return times(turnOf(loop), turns);
  }

  function turnOf(loop: NaturalLoop): Cost {
    const inner = loop.children.map((child) =>
      chosen.has(child) ? times(turnOf(child), TURNS_OF_CALLBACK) : costOf(child)
    );
    const own = [...loop.blocks].filter((block) => !loop.children.some(({ blocks }) => blocks.has(block)));
    const { branches, instructions } = sum([...own.map(costOfBlock), ...inner]);
    // The loop's own test is decided in each turn.
    return { branches: Math.max(branches - 1, 0), instructions };
  }
}

function costOfBlock({ instructions, terminator }: Block): Cost {
  const count = instructions.filter(({ operation }) => operation.kind !== "constant").length;
  return { branches: terminator?.kind === "branch" ? 1 : 0, instructions: count + 1 };
}

function sum(costs: readonly Cost[]): Cost {
  return {
    branches: costs.reduce((total, { branches }) => total + branches, 0),
    instructions: costs.reduce((total, { instructions }) => total + instructions, 0),
  };
}

function times({ branches, instructions }: Cost, turns: number): Cost {
  return { branches: branches * turns, instructions: instructions * turns };
}

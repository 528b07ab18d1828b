/**
 * Which loops become callbacks of bpf_loop (rule 20): those that the verifier would have to follow for too long turn by turn.
 *
 * @module
 */

import { loopsOf, type NaturalLoop } from "../analysis/loops.ts";
import { type Block, type IrFunction, makesTailCall } from "../ir.ts";
import { isOverElements } from "./elements.ts";
import { releaseOfOthers } from "./releases.ts";

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

/** Whether its turns are known; a tail call out of a callback would come back to the loop. */
function canBeCallback(loop: NaturalLoop): boolean {
  return loop.head.loop !== undefined && ![...loop.blocks].some(makesTailCall) && !releaseOfOthers(loop);
}

/** Chooses among loops and those inside them; `all`: every loop whose turns are known. */
export function chooseLoops(outermost: readonly NaturalLoop[], all: boolean): ReadonlySet<NaturalLoop> {
  const chosen = new Set<NaturalLoop>();
  if (all) chooseAll(outermost, 0);
  else {
    chooseElements(outermost);
    relieve(outermost, MOST_BRANCHES);
  }
  return chosen;

  /** Loops over elements are nothing else than callbacks. */
  function chooseElements(loops: readonly NaturalLoop[]): void {
    for (const loop of loops) {
      chooseElements(loop.children);
      if (!isOverElements(loop)) continue;
      chosen.add(loop);
      relieve(loop.children, MOST_BRANCHES / TURNS_OF_CALLBACK);
    }
  }

  function chooseAll(loops: readonly NaturalLoop[], depth: number): void {
    for (const loop of loops) {
      const isCallback = isOverElements(loop) || canBeCallback(loop) && depth < MOST_NESTED;
      if (isCallback) chosen.add(loop);
      chooseAll(loop.children, depth + (isCallback ? 1 : 0));
    }
  }

  /** Takes out the most expensive of some loops that follow each other until the rest is cheap enough. */
  function relieve(loops: readonly NaturalLoop[], most: number): void {
    const costs = new Map(loops.map((loop) => [loop, costOf(loop, chosen)]));
    const byWeight = loops.filter((loop) => !isOverElements(loop)).map((loop) => ({ loop, cost: costs.get(loop)! }))
      .sort((a, b) => weight(b.cost) - weight(a.cost));
    // The heaviest of those that were taken out: when it is heavier than all others, no more can be done.
    let taken = 0;
    for (const { loop, cost } of byWeight) {
      const { branches, instructions } = sum([...costs.values()]);
      if (branches <= most && instructions <= MOST_INSTRUCTIONS) return;
      if (weight(cost) < taken || chosen.has(loop) || !canBeCallback(loop)) return;
      chosen.add(loop);
      relieve(loop.children, most / TURNS_OF_CALLBACK);
      const left = costOf(loop, chosen);
      costs.set(loop, left);
      taken = Math.max(taken, weight(left));
    }
  }
}

function weight({ branches, instructions }: Cost): number {
  return branches + instructions / 25;
}

type Chosen = ReadonlySet<NaturalLoop>;

/** Of a loop, all its turns. */
function costOf(loop: NaturalLoop, chosen: Chosen): Cost {
  const turns = chosen.has(loop) ? TURNS_OF_CALLBACK : Number(loop.head.loop?.turns ?? 1n);
  return times(turnOf(loop, chosen), turns);
}

function turnOf({ blocks, children }: NaturalLoop, chosen: Chosen): Cost {
  const { branches, instructions } = costOfBlocks([...blocks], children, chosen);
  // The loop's own test is decided in each turn.
  return { branches: Math.max(branches - 1, 0), instructions };
}

/** Of blocks, some of which are in loops. */
function costOfBlocks(blocks: readonly Block[], loops: readonly NaturalLoop[], chosen: Chosen): Cost {
  const own = blocks.filter((block) => !loops.some((loop) => loop.blocks.has(block)));
  return sum([...own.map(costOfBlock), ...loops.map((loop) => costOf(loop, chosen))]);
}

function costOfBlock({ instructions, terminator }: Block): Cost {
  const own = instructions.filter(({ operation }) => operation.kind !== "constant");
  const called = own.flatMap(({ operation }) =>
    operation.kind === "call" && typeof operation.callee !== "number" ? [costOfFunction(operation.callee)] : []
  );
  return sum([{ branches: terminator?.kind === "branch" ? 1 : 0, instructions: own.length + 1 }, ...called]);
}

/** The verifier follows each call of a function into it. */
function costOfFunction(fn: IrFunction): Cost {
  const loops = loopsOf(fn);
  return costOfBlocks(fn.blocks, loops, chooseLoops(loops, false));
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

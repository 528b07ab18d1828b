/**
 * The optimizer: these lists, in this order.
 *
 * @module
 */

import { Assumptions } from "../analysis/assumptions.ts";
import type { IrFunction } from "../ir.ts";
import { askTestsAgain } from "./ask_again.ts";
import { foldByteSwaps } from "./byte_swaps.ts";
import { addWithCarries } from "./carry_sums.ts";
import { addressFromChecked } from "./checked_pointers.ts";
import { mergeChecks } from "./checks.ts";
import { combineCopies } from "./combine_copies.ts";
import { combineLoads } from "./combine_loads.ts";
import { gatherConstants } from "./constants.ts";
import { simplifyControlFlow } from "./control_flow.ts";
import { removeDeadCode } from "./dead_code.ts";
import { removeDeadStores } from "./dead_stores.ts";
import { delayLoads } from "./delay_loads.ts";
import { addDistancesAhead } from "./distances_ahead.ts";
import { skipIdleCode } from "./idle_code.ts";
import { leaveToLaterTests } from "./later_tests.ts";
import { compareLengths } from "./length_tests.ts";
import { addressFromMapBases } from "./map_bases.ts";
import { mergeTests } from "./merge_tests.ts";
import { narrow } from "./narrow.ts";
import { foldParameters } from "./parameters.ts";
import { dropProofs } from "./proofs.ts";
import { rotateLoops } from "./rotate.ts";
import { splitRotations } from "./rotations.ts";
import { makeSearchTrees } from "./search_trees.ts";
import { simplify } from "./simplify.ts";
import { sink } from "./sink.ts";
import { sinkStores } from "./sink_stores.ts";
import { splitSlots } from "./split_slots.ts";
import { threadJumps } from "./thread_jumps.ts";
import { unrollLoops } from "./unroll.ts";
import { numberValues } from "./value_numbering.ts";

/** One pass: rewrites a function in place. */
export interface Pass {
  readonly name: string;
  /**
   * Gives `false` if it is sure that it has changed nothing, besides removing constants that nobody reads: these make no
   * difference to any pass. `assumptions` are passed on from one pass to the next.
   */
  run(fn: IrFunction, assumptions?: Assumptions): boolean;
}

const CLEANUP: readonly Pass[] = [
  { name: "fold parameters", run: foldParameters },
  { name: "simplify control flow", run: simplifyControlFlow },
  { name: "remove dead code", run: removeDeadCode },
];

/** What all passes count on. */
export const GATHERING: readonly Pass[] = [
  { name: "gather constants", run: gatherConstants },
];

/** Before loops are taken out of functions: what makes them easier to see. */
export const EARLY: readonly Pass[] = [
  ...GATHERING,
  ...CLEANUP,
  { name: "skip idle code", run: skipIdleCode },
  ...CLEANUP,
  { name: "simplify", run: simplify },
  ...CLEANUP,
  { name: "skip idle code", run: skipIdleCode },
  ...CLEANUP,
];

/** The rest, after {@linkcode EARLY}. */
export const LATE: readonly Pass[] = [
  { name: "unroll", run: unrollLoops },
  { name: "number values", run: numberValues },
  { name: "remove dead stores", run: removeDeadStores },
  { name: "simplify", run: simplify },
  ...CLEANUP,
  { name: "add with carries", run: addWithCarries },
  { name: "thread jumps", run: threadJumps },
  ...CLEANUP,
  { name: "simplify", run: simplify },
  ...CLEANUP,
  { name: "thread jumps", run: threadJumps },
  ...CLEANUP,
  { name: "simplify", run: simplify },
  ...CLEANUP,
  { name: "ask tests again", run: askTestsAgain },
  ...CLEANUP,
  { name: "skip idle code", run: skipIdleCode },
  ...CLEANUP,
  { name: "merge checks", run: mergeChecks },
  ...CLEANUP,
  { name: "fold byte swaps", run: foldByteSwaps },
  { name: "drop proofs", run: dropProofs },
  { name: "merge checks", run: mergeChecks },
  { name: "compare lengths", run: compareLengths },
  { name: "merge tests", run: mergeTests },
  ...CLEANUP,
  { name: "leave to later tests", run: leaveToLaterTests },
  ...CLEANUP,
  { name: "remove dead stores", run: removeDeadStores },
  { name: "sink stores", run: sinkStores },
  ...CLEANUP,
  { name: "rotate loops", run: rotateLoops },
  ...CLEANUP,
  { name: "make search trees", run: makeSearchTrees },
  { name: "narrow", run: narrow },
  // What nobody needs any more must not seem to be read by somebody.
  { name: "remove dead code", run: removeDeadCode },
  { name: "simplify", run: simplify },
  ...CLEANUP,
  { name: "combine loads", run: combineLoads },
  { name: "combine copies", run: combineCopies },
  { name: "split rotations", run: splitRotations },
  { name: "remove dead code", run: removeDeadCode },
  { name: "sink", run: sink },
  { name: "delay loads", run: delayLoads },
  { name: "address from checked pointers", run: addressFromChecked },
  { name: "add distances ahead", run: addDistancesAhead },
  { name: "address from map bases", run: addressFromMapBases },
];

/** After {@linkcode LATE}, if there is stack to spare. */
export const SPLITTING: readonly Pass[] = [
  { name: "split slots", run: splitSlots },
  { name: "remove dead code", run: removeDeadCode },
];

/** What is known of a function between two lists of passes. */
export class Progress {
  /** Passes that have found nothing to do, and since then nobody has changed anything. */
  readonly idle = new Set<Pass["run"]>();
  readonly assumptions = new Assumptions();
}

/** Runs passes that may find something to do; `observe` sees the function after each. */
export function optimize(
  fn: IrFunction,
  passes: readonly Pass[],
  observe?: (pass: Pass, fn: IrFunction) => void,
  { idle, assumptions }: Progress = new Progress(),
): void {
  // What holds still may no longer be all that can be found.
  assumptions.heads.clear();
  assumptions.forget();
  for (const pass of passes) {
    if (idle.has(pass.run)) continue;
    const changed = pass.run(fn, assumptions);
    observe?.(pass, fn);
    if (!changed) {
      idle.add(pass.run);
      continue;
    }
    idle.clear();
    assumptions.forget();
  }
}

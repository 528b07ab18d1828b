/**
 * The optimizer: these lists, in this order.
 *
 * @module
 */

import type { IrFunction } from "../ir.ts";
import { foldByteSwaps } from "./byte_swaps.ts";
import { addWithCarries } from "./carry_sums.ts";
import { addressFromChecked } from "./checked_pointers.ts";
import { mergeChecks } from "./checks.ts";
import { combineLoads } from "./combine_loads.ts";
import { gatherConstants } from "./constants.ts";
import { simplifyControlFlow } from "./control_flow.ts";
import { removeDeadCode } from "./dead_code.ts";
import { removeDeadStores } from "./dead_stores.ts";
import { skipIdleCode } from "./idle_code.ts";
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
  /** It only tidies up after others, and need not run if these have done nothing. */
  readonly tidies?: true;
  /** Gives `false` if it is sure that it has changed nothing. */
  run(fn: IrFunction): boolean | void;
}

const CLEANUP: readonly Pass[] = [
  { name: "fold parameters", tidies: true, run: foldParameters },
  { name: "simplify control flow", tidies: true, run: simplifyControlFlow },
  { name: "remove dead code", tidies: true, run: removeDeadCode },
];

/** Before loops are taken out of functions: what makes them easier to see. */
export const EARLY: readonly Pass[] = [
  { name: "gather constants", run: gatherConstants },
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
  { name: "thread jumps", run: threadJumps },
  ...CLEANUP,
  { name: "merge checks", run: mergeChecks },
  ...CLEANUP,
  { name: "fold byte swaps", run: foldByteSwaps },
  { name: "drop proofs", run: dropProofs },
  { name: "merge tests", run: mergeTests },
  ...CLEANUP,
  { name: "remove dead stores", run: removeDeadStores },
  { name: "sink stores", run: sinkStores },
  ...CLEANUP,
  { name: "rotate loops", run: rotateLoops },
  ...CLEANUP,
  { name: "make search trees", run: makeSearchTrees },
  { name: "narrow", run: narrow },
  { name: "simplify", run: simplify },
  ...CLEANUP,
  { name: "combine loads", run: combineLoads },
  { name: "split rotations", run: splitRotations },
  { name: "remove dead code", tidies: true, run: removeDeadCode },
  { name: "sink", run: sink },
  { name: "address from checked pointers", run: addressFromChecked },
];

/** After {@linkcode LATE}, if there is stack to spare. */
export const SPLITTING: readonly Pass[] = [
  { name: "split slots", run: splitSlots },
  { name: "remove dead code", tidies: true, run: removeDeadCode },
];

/** Runs passes; `observe` sees the function after each. */
export function optimize(
  fn: IrFunction,
  passes: readonly Pass[],
  observe?: (pass: Pass, fn: IrFunction) => void,
): void {
  let isTidy = false;
  /** Passes that have found nothing to do, and since then nobody has changed anything. */
  const idle = new Set<Pass["run"]>();
  passes.forEach((pass, i) => {
    if (pass.tidies ? isTidy : idle.has(pass.run)) return;
    const changed = pass.run(fn) !== false;
    observe?.(pass, fn);
    if (changed) idle.clear();
    else idle.add(pass.run);
    if (!pass.tidies) isTidy &&= !changed;
    else if (!passes[i + 1]?.tidies) isTidy = true;
  });
}

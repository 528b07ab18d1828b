/**
 * Drops tests that later ones make needless: where `type === VLAN` leaves as all types leave that are not asked for behind it,
 * those tests find out. So what leaves needs some tests more, and everything else one less.
 *
 * Assumes: constants in the entry; what is between tests is gone. Gains: a test. Costs: a few steps for each equality.
 *
 * @module
 */

import { outcome } from "../analysis/comparisons.ts";
import { exactFact } from "../analysis/facts.ts";
import {
  type Branch,
  constantOf,
  type Edge,
  type IrFunction,
  isSameEdge,
  reversePostorder,
  type Terminator,
} from "../ir.ts";

/** How many tests what is dropped may be left to, at most. */
const FARTHEST = 4;

export function leaveToLaterTests(fn: IrFunction): boolean {
  let changed = false;
  // Backwards, so that what is dropped behind a test is not in the way any more.
  for (const block of fn.blocks.toReversed()) {
    const { terminator: end } = block;
    const kept = end && keptEdge(end);
    if (!kept) continue;
    block.terminator = { kind: "jump", to: kept, origin: end.origin };
    changed = true;
  }
  if (changed) fn.blocks = reversePostorder(fn);
  return changed;
}

/** The edge of an equality that leads to where the word that is asked for leaves as it does over the other edge. */
function keptEdge(end: Terminator): Edge | undefined {
  if (end.kind !== "branch" || end.proof || end.comparison !== "eq" && end.comparison !== "ne") return undefined;
  const word = constantOf(end.right);
  if (word === undefined) return undefined;
  const [leaving, kept] = end.comparison === "eq" ? [end.then, end.else] : [end.else, end.then];
  let at: Edge | undefined = kept;
  for (let steps = 0; at && steps <= FARTHEST; steps++) {
    if (at.block === leaving.block) return isSameEdge(at, leaving) ? kept : undefined;
    at = onwards(at, end, word);
  }
}

/** The way out of a block that only asks for the same word again. */
function onwards({ block }: Edge, { width, left }: Branch, word: bigint): Edge | undefined {
  const { parameters, instructions, terminator: end } = block;
  if (parameters.length > 0 || instructions.length > 0 || block.loop) return undefined;
  if (end?.kind === "jump") return end.to;
  if (end?.kind !== "branch" || end.proof || end.left !== left || end.width !== width) return undefined;
  const other = constantOf(end.right);
  if (other === undefined) return undefined;
  const isTaken = outcome(end.comparison, width, exactFact(word), exactFact(other));
  return isTaken === undefined ? undefined : isTaken ? end.then : end.else;
}

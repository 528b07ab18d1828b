/**
 * What is known of a loop's counters in one turn, by computing it: parameters of its first block that are constants there.
 *
 * @module
 */

import { type Block, type Edge, isArithmetic, type Terminator, type Value } from "../ir.ts";
import { outcome } from "./comparisons.ts";
import { exactFact, type Fact, single } from "./facts.ts";
import { resultOf } from "./transfer.ts";

/** The values of counters in one turn. */
export type Counters = ReadonlyMap<Value, bigint>;

/** So deep are the expressions that are computed. */
const MOST_STEPS = 8;

/** The parameters that all edges bring the same constant for. */
export function agreed({ parameters }: Block, edges: readonly Edge[], counters: Counters): Counters {
  const found = new Map<Value, bigint>();
  parameters.forEach((parameter, i) => {
    const [first, ...others] = edges.map((edge) => known(edge.arguments[i], counters));
    if (first !== undefined && others.every((one) => one === first)) found.set(parameter, first);
  });
  return found;
}

/** What a value is in a turn, if only counters and constants make it. */
function known({ operation, inputs }: Value, counters: Counters, depth = 0): bigint | undefined {
  if (operation.kind === "constant") return operation.value;
  if (operation.kind === "parameter" || !isArithmetic(operation) || depth > MOST_STEPS) return undefined;
  const facts: Fact[] = [];
  for (const input of inputs) {
    const value = counters.get(input) ?? known(input, counters, depth + 1);
    if (value === undefined) return undefined;
    facts.push(exactFact(value));
  }
  return single(resultOf(operation, facts));
}

/** Where a block's end goes to in a turn, if that is known. */
export function surely(end: Terminator, counters: Counters): Block | undefined {
  if (end.kind === "jump") return end.to.block;
  if (end.kind !== "branch" || end.proof) return undefined;
  const [left, right] = [end.left, end.right].map((one) => counters.get(one) ?? known(one, counters));
  if (left === undefined || right === undefined) return undefined;
  const isTaken = outcome(end.comparison, end.width, exactFact(left), exactFact(right));
  return isTaken === undefined ? undefined : (isTaken ? end.then : end.else).block;
}

/**
 * Removes instructions and block parameters whose values nobody reads. That constants have gone is not told: no other pass
 * finds more to do then.
 *
 * Assumes: nothing. Gains: what lowering computed in case it would be needed. Costs: one walk, linear.
 *
 * @module
 */

import { sourcesOf } from "../analysis/incoming.ts";
import { type Block, eachEdge, type Edge, type IrFunction, isPure, type Value } from "../ir.ts";

export function removeDeadCode(fn: IrFunction): boolean {
  const live = markLive(fn);
  const isLive = ({ id }: Value) => live[id] === 1;
  let changed = false;
  const keepLive = (edge: Edge) => {
    const { parameters } = edge.block;
    if (parameters.length > 0 && !parameters.every(isLive)) {
      edge.arguments = edge.arguments.filter((_, i) => isLive(parameters[i]));
    }
  };
  for (const block of fn.blocks) {
    if (keepInstructions(block, live)) changed = true;
    eachEdge(block, keepLive);
  }
  for (const { parameters } of fn.blocks) {
    if (parameters.length === 0 || parameters.every(isLive)) continue;
    parameters.splice(0, Infinity, ...parameters.filter(isLive));
    changed = true;
  }
  return changed;
}

/** Keeps what is live; whether anything but constants has gone. */
function keepInstructions(block: Block, live: Uint8Array): boolean {
  const { instructions } = block;
  let isNews = false;
  let count = 0;
  for (let i = 0; i < instructions.length; i++) {
    const value = instructions[i];
    if (live[value.id]) count++;
    else if (value.operation.kind !== "constant") isNews = true;
  }
  if (count < instructions.length) block.instructions = instructions.filter(({ id }) => live[id]);
  return isNews;
}

/** One byte for each value id: 1 if somebody reads the value, or it does something. */
function markLive(fn: IrFunction): Uint8Array {
  const needed: Value[] = [];
  for (const { instructions, terminator: end } of fn.blocks) {
    for (let i = 0; i < instructions.length; i++) if (!isPure(instructions[i].operation)) needed.push(instructions[i]);
    if (end?.kind === "branch") needed.push(end.left, end.right);
    if (end?.kind === "return") needed.push(end.value);
  }
  return sourcesOf(fn, needed, () => true);
}

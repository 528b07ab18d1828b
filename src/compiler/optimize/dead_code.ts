/**
 * Removes instructions and block parameters whose values nobody reads.
 *
 * Assumes: nothing. Gains: what lowering computed in case it would be needed. Costs: one walk, linear.
 *
 * @module
 */

import { Incoming } from "../analysis/incoming.ts";
import { eachEdge, type Edge, type IrFunction, isPure, type Value } from "../ir.ts";

export function removeDeadCode(fn: IrFunction): boolean {
  const live = markLive(fn);
  const isLive = ({ id }: Value) => live[id] === 1;
  let changed = false;
  const keepLive = (edge: Edge) => {
    const { parameters } = edge.block;
    if (!parameters.every(isLive)) edge.arguments = edge.arguments.filter((_, i) => isLive(parameters[i]));
  };
  for (const block of fn.blocks) {
    if (!block.instructions.every(isLive)) {
      block.instructions = block.instructions.filter(isLive);
      changed = true;
    }
    eachEdge(block, keepLive);
  }
  for (const { parameters } of fn.blocks) {
    if (parameters.every(isLive)) continue;
    parameters.splice(0, Infinity, ...parameters.filter(isLive));
    changed = true;
  }
  return changed;
}

/** One byte for each value id: 1 if somebody reads the value, or it does something. */
function markLive(fn: IrFunction): Uint8Array {
  const live = new Uint8Array(fn.nextId);
  const work: Value[] = [];
  const mark = (value: Value) => {
    if (live[value.id]) return;
    live[value.id] = 1;
    work.push(value);
  };
  for (const { instructions, terminator: end } of fn.blocks) {
    for (let i = 0; i < instructions.length; i++) if (!isPure(instructions[i].operation)) mark(instructions[i]);
    if (end?.kind === "branch") {
      mark(end.left);
      mark(end.right);
    }
    if (end?.kind === "return") mark(end.value);
  }
  const incoming = new Incoming(fn);
  while (work.length > 0) {
    const value = work.pop()!;
    value.inputs.forEach(mark);
    if (value.operation.kind === "parameter") incoming.each(value, mark);
  }
  return live;
}

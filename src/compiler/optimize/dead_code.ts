/**
 * Removes instructions and block parameters whose values nobody reads.
 *
 * Assumes: nothing. Gains: what lowering computed in case it would be needed. Costs: one walk, linear.
 *
 * @module
 */

import { type IrFunction, isPure, reversePostorder, successors, type Value } from "../ir.ts";

export function removeDeadCode(fn: IrFunction): void {
  fn.blocks = reversePostorder(fn);
  const live = markLive(fn);
  const isLive = ({ id }: Value) => live[id] === 1;
  for (const block of fn.blocks) {
    if (!block.instructions.every(isLive)) block.instructions = block.instructions.filter(isLive);
    for (const edge of successors(block)) {
      const { parameters } = edge.block;
      if (parameters.every(isLive)) continue;
      edge.arguments = edge.arguments.filter((_, i) => isLive(parameters[i]));
    }
  }
  for (const { parameters } of fn.blocks) {
    if (!parameters.every(isLive)) parameters.splice(0, Infinity, ...parameters.filter(isLive));
  }
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
  const incoming = new Array<Value[] | undefined>(fn.nextId);
  for (const block of fn.blocks) {
    for (const instruction of block.instructions) if (!isPure(instruction.operation)) mark(instruction);
    const end = block.terminator!;
    if (end.kind === "branch") {
      mark(end.left);
      mark(end.right);
    }
    if (end.kind === "return") mark(end.value);
    for (const { block: to, arguments: values } of successors(block)) {
      to.parameters.forEach(({ id }, i) => (incoming[id] ??= []).push(values[i]));
    }
  }
  while (work.length > 0) {
    const value = work.pop()!;
    value.inputs.forEach(mark);
    incoming[value.id]?.forEach(mark);
  }
  return live;
}

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
  for (const block of fn.blocks) {
    block.instructions = block.instructions.filter((value) => live.has(value));
  }
  const kept = new Map(fn.blocks.map((block) => [block, block.parameters.map((parameter) => live.has(parameter))]));
  for (const block of fn.blocks) {
    for (const edge of successors(block)) {
      edge.arguments = edge.arguments.filter((_, i) => kept.get(edge.block)![i]);
    }
  }
  for (const block of fn.blocks) {
    const keep = kept.get(block)!;
    block.parameters.splice(0, Infinity, ...block.parameters.filter((_, i) => keep[i]));
  }
}

function markLive(fn: IrFunction): Set<Value> {
  const live = new Set<Value>();
  const work: Value[] = [];
  const mark = (value: Value) => {
    if (live.has(value)) return;
    live.add(value);
    work.push(value);
  };
  const incoming = new Map<Value, Value[]>();
  for (const block of fn.blocks) {
    for (const instruction of block.instructions) if (!isPure(instruction.operation)) mark(instruction);
    const end = block.terminator!;
    if (end.kind === "branch") [end.left, end.right].forEach(mark);
    if (end.kind === "return") mark(end.value);
    for (const { block: to, arguments: values } of successors(block)) {
      to.parameters.forEach((parameter, i) => {
        const known = incoming.get(parameter);
        if (known) known.push(values[i]);
        else incoming.set(parameter, [values[i]]);
      });
    }
  }
  while (work.length > 0) {
    const value = work.pop()!;
    value.inputs.forEach(mark);
    incoming.get(value)?.forEach(mark);
  }
  return live;
}

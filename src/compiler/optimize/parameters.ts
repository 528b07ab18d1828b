/**
 * Replaces block parameters that are the same value, or the same constant, on every path.
 *
 * Assumes: an argument that is one value on all paths dominates the block. Gains: joins that join nothing, as around
 * checks that leave with the same action. Costs: linear for each round, and a round only after something was found.
 *
 * @module
 */

import { type Block, type IrFunction, replaceUses, reversePostorder, successors, type Value } from "../ir.ts";

export function foldParameters(fn: IrFunction): void {
  while (foldOnce(fn)) {
    // Each round may make the arguments of another block equal.
  }
}

function foldOnce(fn: IrFunction): boolean {
  const blocks = reversePostorder(fn);
  const incoming = new Map<Block, Value[][]>(blocks.map((block) => [block, []]));
  for (const block of blocks) for (const edge of successors(block)) incoming.get(edge.block)!.push(edge.arguments);
  const replacement = new Map<Value, Value>();
  for (const block of blocks) {
    const paths = incoming.get(block)!;
    for (let i = block.parameters.length - 1; i >= 0; i--) {
      const parameter = block.parameters[i];
      const values = paths.map((path) => path[i]).filter((value) => value !== parameter);
      const [first] = values;
      if (!first || !values.every((value) => isSame(value, first))) continue;
      replacement.set(parameter, atHome(fn, block, first));
      block.parameters.splice(i, 1);
      for (const path of paths) path.splice(i, 1);
    }
  }
  replaceUses(fn, replacement);
  return replacement.size > 0;
}

/** A constant is made anew in the block, since the ones on the paths do not dominate it. */
function atHome(fn: IrFunction, block: Block, value: Value): Value {
  if (value.operation.kind !== "constant") return value;
  const copy: Value = { ...value, id: fn.nextId++, inputs: [] };
  block.instructions.unshift(copy);
  return copy;
}

function isSame(a: Value, b: Value): boolean {
  if (a === b) return true;
  const [x, y] = [a.operation, b.operation];
  return x.kind === "constant" && y.kind === "constant" && x.value === y.value;
}

/**
 * Replaces block parameters that are the same value on every path.
 *
 * Assumes: constants in the entry, so that an argument that is one value on all paths dominates the block. Gains: joins that
 * join nothing, as around checks that leave with the same action. Costs: linear for each round; what one finds may help what
 * comes before it only in loops, so that rounds are few.
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
  if (fn.blocks.every(({ parameters }) => parameters.length === 0)) return false;
  const blocks = reversePostorder(fn);
  const joins = blocks.filter(({ parameters }) => parameters.length > 0);
  const incoming = new Map<Block, Value[][]>(joins.map((block) => [block, []]));
  for (const block of blocks) for (const edge of successors(block)) incoming.get(edge.block)?.push(edge.arguments);
  const replacement = new Map<Value, Value>();
  const final = (value: Value): Value => {
    let to = value;
    for (let next = replacement.get(to); next !== undefined; next = replacement.get(to)) to = next;
    return to;
  };
  for (const block of joins) {
    const paths = incoming.get(block)!;
    for (let i = block.parameters.length - 1; i >= 0; i--) {
      const parameter = block.parameters[i];
      const values = paths.map((path) => final(path[i])).filter((value) => value !== parameter);
      const [first] = values;
      if (!first || !values.every((value) => value === first)) continue;
      replacement.set(parameter, first);
      block.parameters.splice(i, 1);
      for (const path of paths) path.splice(i, 1);
    }
  }
  replaceUses(fn, replacement);
  return replacement.size > 0;
}

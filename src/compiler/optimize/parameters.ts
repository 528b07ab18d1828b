/**
 * Replaces block parameters that are the same value on every path.
 *
 * Assumes: constants in the entry, so that an argument that is one value on all paths dominates the block. Gains: joins that
 * join nothing, as around checks that leave with the same action. Costs: linear for each round; what one finds may help what
 * comes before it only in loops, so that rounds are few.
 *
 * @module
 */

import { type Block, eachEdge, type Edge, type IrFunction, replaceUses, type Value } from "../ir.ts";

export function foldParameters(fn: IrFunction): boolean {
  if (!foldOnce(fn)) return false;
  while (foldOnce(fn)) {
    // Each round may make the arguments of another block equal.
  }
  return true;
}

function foldOnce(fn: IrFunction): boolean {
  if (fn.blocks.every(({ parameters }) => parameters.length === 0)) return false;
  const joins = fn.blocks.filter(({ parameters }) => parameters.length > 0);
  const incoming = new Map<Block, Value[][]>(joins.map((block) => [block, []]));
  const enter = ({ block, arguments: values }: Edge) => {
    if (block.parameters.length > 0) incoming.get(block)!.push(values);
  };
  for (const block of fn.blocks) eachEdge(block, enter);
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
      const first = theOne(paths, i, parameter);
      if (!first) continue;
      replacement.set(parameter, first);
      block.parameters.splice(i, 1);
      for (const path of paths) path.splice(i, 1);
    }
  }
  replaceUses(fn, replacement);
  return replacement.size > 0;

  /** What all ways bring that do not bring the parameter itself, if it is one value. */
  function theOne(paths: readonly Value[][], index: number, parameter: Value): Value | undefined {
    let first: Value | undefined;
    for (const path of paths) {
      const value = final(path[index]);
      if (value === parameter || value === first) continue;
      if (first) return undefined;
      first = value;
    }
    return first;
  }
}

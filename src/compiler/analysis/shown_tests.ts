/**
 * Tests that a path has passed, as relations of two values: what they answer if the same two are compared again, be they
 * addresses or other values of which nothing is known.
 *
 * @module
 */

import { type Block, type Branch, type Comparison, type Edge, successors, type Value, type Width } from "../ir.ts";
import { MIRRORED, NEGATED } from "./comparisons.ts";
import type { Dominators } from "./dominators.ts";

/** Two values and how they have turned out to compare. */
export interface ShownTest {
  readonly comparison: Comparison;
  readonly width: Width;
  readonly left: Value;
  readonly right: Value;
}

/** So many blocks above are looked at. */
const MOST_BLOCKS = 6;

/** What a path over an edge has been shown last: by the block that it leaves, and by those that surely came just before. */
export function testsShown(edge: Edge, from: Block, { blocks, position, predecessors }: Dominators): ShownTest[] {
  const found: ShownTest[] = [];
  let way = edge;
  for (let block = from, steps = 0; steps < MOST_BLOCKS; steps++) {
    const { terminator: end } = block;
    if (end?.kind === "branch") {
      const { width, left, right } = end;
      found.push({ comparison: way === end.then ? end.comparison : NEGATED[end.comparison], width, left, right });
    }
    const before: readonly number[] = predecessors[position[block.id]];
    if (before.length !== 1) break;
    const above: Block = blocks[before[0]];
    const ways = successors(above).filter((one) => one.block === block);
    if (ways.length !== 1) break;
    [way] = ways;
    block = above;
  }
  return found;
}

/** How a test ends by what was shown before, if that tells. */
export function answerOf(shown: readonly ShownTest[], { comparison, width, left, right }: Branch): boolean | undefined {
  for (const test of shown) {
    if (test.width !== width) continue;
    const isSame = test.left === left && test.right === right;
    if (!isSame && !(test.left === right && test.right === left)) continue;
    const implied = implies(isSame ? test.comparison : MIRRORED[test.comparison], comparison);
    if (implied !== undefined) return implied;
  }
}

/** The orders in which two values can be, for each comparison. */
const ORDERS: Readonly<Partial<Record<Comparison, string>>> = {
  eq: "=",
  ne: "<>",
  ult: "<",
  ule: "<=",
  ugt: ">",
  uge: ">=",
  slt: "<",
  sle: "<=",
  sgt: ">",
  sge: ">=",
};

function implies(shown: Comparison, asked: Comparison): boolean | undefined {
  const [known, wanted] = [ORDERS[shown], ORDERS[asked]];
  const isOneOrder = shown[0] === asked[0] || [shown, asked].some((one) => one === "eq" || one === "ne");
  if (known === undefined || wanted === undefined || !isOneOrder) return undefined;
  if ([...known].every((order) => wanted.includes(order))) return true;
  return [...known].some((order) => wanted.includes(order)) ? undefined : false;
}

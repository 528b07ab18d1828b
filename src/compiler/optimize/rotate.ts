/**
 * Enters loops behind their test where the first turn is sure to be made: the test then stands at the end of each turn, which
 * goes back or on by one jump.
 *
 * Assumes: constants in the entry; no later pass that needs the test above what it bounds, as `proofs.ts` does. Gains: the first
 * test, and a jump to it. Costs: nothing; what the test's block computes besides, which is little, is copied.
 *
 * @module
 */

import { agreed, surely } from "../analysis/counters.ts";
import { loopsOf, type NaturalLoop } from "../analysis/loops.ts";
import {
  type Block,
  type Edge,
  type IrFunction,
  isPure,
  makeBlock,
  makeValue,
  reversePostorder,
  successors,
  type Value,
} from "../ir.ts";
import { reconstruct } from "./reconstruct.ts";
import { edgesTo } from "./unroll.ts";

const MOST_COPIED = 3;

export function rotateLoops(fn: IrFunction): boolean {
  let changed = false;
  const visit = (loop: NaturalLoop): void => {
    loop.children.forEach(visit);
    if (rotate(fn, loop)) changed = true;
  };
  loopsOf(fn).forEach(visit);
  return changed;
}

/** Enters a loop behind its test, if that can be; whether it could. */
function rotate(fn: IrFunction, { head, blocks }: NaturalLoop): boolean {
  const { instructions } = head;
  const isShort = instructions.length <= MOST_COPIED && instructions.every(({ operation }) => isPure(operation));
  if (!isShort || head.terminator?.kind !== "branch") return false;
  const { entering, back } = edgesTo(fn, head, blocks);
  const next = firstBehind(head, entering);
  if (!next || next === head || !blocks.has(next) || back.length === 0) return false;
  if (fn.blocks.flatMap(successors).filter((edge) => edge.block === next).length > 1) return false;
  enter(fn, entering, head, next);
  next.loop = head.loop;
  head.loop = undefined;
  return true;
}

/** Where all edges surely go on to behind a loop's first block. */
function firstBehind(head: Block, entering: readonly Edge[]): Block | undefined {
  const [first, ...others] = entering.map((edge) => surely(head.terminator!, agreed(head, [edge], new Map())));
  return others.every((one) => one === first) ? first : undefined;
}

/** Gives edges blocks of their own, which do what the first one would have done, and go on behind it. */
function enter(fn: IrFunction, entering: readonly Edge[], head: Block, next: Block): void {
  const values = [...head.parameters, ...head.instructions];
  const copies = new Map(values.map((value) => [value, new Map<Block, Value>()]));
  const [behind] = successors(head).filter(({ block }) => block === next);
  for (const edge of entering) {
    const copy = makeBlock(fn);
    head.parameters.forEach((parameter, i) => copies.get(parameter)!.set(copy, edge.arguments[i]));
    const now = (value: Value) => copies.get(value)?.get(copy) ?? value;
    for (const value of head.instructions) {
      const twin = makeValue(fn, value.operation, value.inputs.map(now), value.origin, value.range);
      copy.instructions.push(twin);
      copies.get(value)!.set(copy, twin);
    }
    const to = { block: next, arguments: behind.arguments.map(now) };
    copy.terminator = { kind: "jump", to, origin: head.terminator!.origin };
    Object.assign(edge, { block: copy, arguments: [] });
  }
  fn.blocks = reversePostorder(fn);
  reconstruct(fn, copies, new Map(values.map((value) => [value, head])));
}

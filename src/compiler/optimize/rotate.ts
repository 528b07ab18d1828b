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
import { Ways } from "../analysis/ways.ts";
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
import { Copies, reconstruct } from "./reconstruct.ts";

const MOST_COPIED = 3;

export function rotateLoops(fn: IrFunction): boolean {
  const loops = loopsOf(fn, fn.blocks);
  if (loops.length === 0) return false;
  const ways = new Ways(fn);
  const copies = new Copies();
  const visit = (loop: NaturalLoop): void => {
    loop.children.forEach(visit);
    rotate(fn, loop, ways, copies);
  };
  loops.forEach(visit);
  if (copies.isEmpty) return false;
  fn.blocks = reversePostorder(fn);
  reconstruct(fn, copies);
  return true;
}

/** Enters a loop behind its test, if that can be. */
function rotate(fn: IrFunction, loop: NaturalLoop, ways: Ways, copies: Copies): void {
  const { head, blocks } = loop;
  const { instructions } = head;
  const isShort = instructions.length <= MOST_COPIED && instructions.every(({ operation }) => isPure(operation));
  if (!isShort || head.terminator?.kind !== "branch") return;
  const { entering, back } = ways.toLoop(loop);
  const next = firstBehind(head, entering);
  if (!next || next === head || !blocks.has(next) || back.length === 0 || ways.into(next).length > 1) return;
  // From the first block's other way, the loop would come in behind its new beginning.
  if (successors(head).some(({ block }) => block !== next && blocks.has(block))) return;
  for (const edge of entering) ways.note(enter(fn, edge, head, next, copies));
  next.loop = head.loop;
  head.loop = undefined;
}

/** Where all edges surely go on to behind a loop's first block. */
function firstBehind(head: Block, entering: readonly Edge[]): Block | undefined {
  const [first, ...others] = entering.map((edge) => surely(head.terminator!, agreed(head, [edge], new Map())));
  return others.every((one) => one === first) ? first : undefined;
}

/** Gives an edge a block of its own, which does what the first one would have done, and goes on behind it. */
function enter(fn: IrFunction, edge: Edge, head: Block, next: Block, copies: Copies): Block {
  const copy = makeBlock(fn);
  const own = new Map<Value, Value>();
  const note = (value: Value, twin: Value) => {
    own.set(value, twin);
    copies.add(value, head, copy, twin);
  };
  const now = (value: Value) => own.get(value) ?? value;
  head.parameters.forEach((parameter, i) => note(parameter, edge.arguments[i]));
  for (const value of head.instructions) {
    const twin = makeValue(fn, value.operation, value.inputs.map(now), value.origin, value.range);
    copy.instructions.push(twin);
    note(value, twin);
  }
  const behind = successors(head).find(({ block }) => block === next)!;
  const to = { block: next, arguments: behind.arguments.map(now) };
  copy.terminator = { kind: "jump", to, origin: head.terminator!.origin };
  Object.assign(edge, { block: copy, arguments: [] });
  return copy;
}

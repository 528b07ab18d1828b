/**
 * Loops over the elements of a map: functions that the kernel calls with each (bpf_for_each_map_elem).
 *
 * @module
 */

import type { NaturalLoop } from "../analysis/loops.ts";
import {
  beginsElements,
  type Block,
  type Edge,
  type IrFunction,
  isPure,
  makeBlock,
  makeValue,
  type Operation,
  successors,
  type Value,
} from "../ir.ts";
import { exactly, type Range } from "../range.ts";
import type { Host } from "./host.ts";
import { appending, BlockWriter } from "./writer.ts";

/** What the function of such a loop is called with: long (*)(map, key, value, struct). */
const ARGUMENTS = { key: 1, value: 2 } as const;
/** Where the struct is among them. */
export const STRUCT = 3;

/** What is particular to a loop over elements. */
export interface Elements {
  readonly map: Value;
  /** The arguments that stand for the element; they are in the loop's first block still. */
  readonly given: readonly Value[];
  /** Where the program goes on when there are no more elements. */
  readonly done: Block;
  /** The loop without the test. */
  readonly loop: NaturalLoop;
}

/** What ends the kernel's going over elements: `DONE` of `callback.ts`, which needs this file. */
const STOP = 1n;

/** Whether a loop goes over the elements of a map. */
export function isOverElements({ head }: NaturalLoop): boolean {
  return beginsElements(head);
}

/**
 * Takes out of a loop what makes it one over elements: the test whether there is another one, which the kernel does. The
 * loop then has no end of its own.
 */
export function takeElements({ fn }: Host, loop: NaturalLoop): Elements | undefined {
  if (!isOverElements(loop)) return undefined;
  const { head } = loop;
  const given = head.instructions.filter(({ operation }) => operation.kind === "element");
  const [{ inputs: [map] }] = given;
  const { terminator: end } = head;
  if (end?.kind !== "branch" || !given.includes(end.left)) throw new Error("a loop over elements has another test");
  const [again, over] = end.comparison === "ne" ? [end.then, end.else] : [end.else, end.then];
  const done = makeBlock(fn);
  const arguments_ = over.arguments.map(copier(fn, head, done));
  done.terminator = { kind: "jump", to: { block: over.block, arguments: arguments_ }, origin: end.origin };
  head.terminator = { kind: "jump", to: again, origin: end.origin };
  for (const value of given) {
    if (value.operation.kind !== "element") continue;
    value.operation = { kind: "argument", index: ARGUMENTS[value.operation.part] };
    value.inputs = [];
  }
  return { map, given, done, loop: head.loop?.needsCounter ? countElements(fn, loop, again) : loop };
}

/**
 * Ends the loop when there have been as many elements as its sums are taken to have. While other processors store into a
 * hash map as fast as it is gone over, the kernel may come to any number.
 */
function countElements(fn: IrFunction, loop: NaturalLoop, again: Edge): NaturalLoop {
  const { head, blocks } = loop;
  const { turns, origin } = head.loop!;
  const add = (operation: Operation, inputs: Value[], range: Range): Value => {
    const value = makeValue(fn, operation, inputs, origin, range);
    head.instructions.push(value);
    return value;
  };
  const counter = makeValue(fn, { kind: "parameter" }, [], origin, { min: 0n, max: turns });
  head.parameters.push(counter);
  const one = add({ kind: "constant", value: 1n }, [], exactly(1n));
  const most = add({ kind: "constant", value: turns }, [], exactly(turns));
  const next = add({ kind: "binary", operator: "add", width: 64 }, [counter, one], { min: 1n, max: turns + 1n });
  for (const from of fn.blocks) {
    for (const edge of successors(from)) {
      if (edge.block !== head) continue;
      edge.arguments.push(blocks.has(from) ? next : appending(fn, from, origin).constant(0n));
    }
  }
  const stop = new BlockWriter(fn, origin);
  stop.return(STOP);
  const otherwise: Edge = { block: stop.block, arguments: [] };
  const test = { comparison: "ult", width: 64, left: counter, right: most } as const;
  head.terminator = { kind: "branch", ...test, then: again, else: otherwise, origin };
  return { ...loop, blocks: new Set([...blocks, stop.block]) };
}

/** Gives what a block computes for its way out to another one, which takes that way then. */
function copier(fn: IrFunction, from: Block, to: Block): (value: Value) => Value {
  const copies = new Map<Value, Value>();
  return function copy(value: Value): Value {
    const known = copies.get(value);
    if (known || !from.instructions.includes(value)) return known ?? value;
    const { operation, inputs, origin, range } = value;
    if (!isPure(operation) || operation.kind === "element") throw new Error(`v${value.id} is of one turn only`);
    const made = makeValue(fn, operation, inputs.map(copy), origin, range);
    to.instructions.push(made);
    copies.set(value, made);
    return made;
  };
}

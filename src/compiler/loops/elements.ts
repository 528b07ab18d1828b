/**
 * Loops over the elements of a map: functions that the kernel calls with each (bpf_for_each_map_elem).
 *
 * @module
 */

import type { NaturalLoop } from "../analysis/loops.ts";
import { beginsElements, type Block, type IrFunction, isPure, makeBlock, makeValue, type Value } from "../ir.ts";
import type { Host } from "./host.ts";

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
}

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
  return { map, given, done };
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

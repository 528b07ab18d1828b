/**
 * Which values an address, or an argument of a helper, is computed from: those that the verifier must follow by itself.
 *
 * What passes know from the language (how far a sum grows, what a remainder can be) the verifier may not. A check of such a
 * value may look superfluous and yet be what makes the verifier accept the access.
 *
 * @module
 */

import { type IrFunction, isArithmetic, successors, type Value } from "../ir.ts";

/** One byte for each value id: 1 if an address depends on it. */
export type Feeding = Uint8Array;

/** Finds what feeds addresses. */
export function feedingAddresses(fn: IrFunction): Feeding {
  const feeding = new Uint8Array(fn.nextId);
  const work: Value[] = [];
  const mark = (value: Value) => {
    if (feeding[value.id]) return;
    feeding[value.id] = 1;
    work.push(value);
  };
  const incoming = new Array<Value[] | undefined>(fn.nextId);
  for (const block of fn.blocks) {
    for (const { operation, inputs } of block.instructions) {
      if (operation.kind === "call") inputs.forEach(mark);
      if (operation.kind === "load" || operation.kind === "store" || operation.kind === "atomic") mark(inputs[0]);
    }
    for (const edge of successors(block)) {
      edge.block.parameters.forEach((parameter, i) => {
        (incoming[parameter.id] ??= []).push(edge.arguments[i]);
      });
    }
  }
  while (work.length > 0) {
    const value = work.pop()!;
    if (isArithmetic(value.operation)) value.inputs.forEach(mark);
    incoming[value.id]?.forEach(mark);
  }
  return feeding;
}

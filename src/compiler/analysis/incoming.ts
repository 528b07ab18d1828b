/**
 * What the edges bring for each block's parameters: the way backwards from a parameter to its arguments.
 *
 * @module
 */

import { eachEdge, type Edge, type IrFunction, type Value } from "../ir.ts";

/** The arguments of a function's parameters, as they were when it was made. */
export class Incoming {
  /** By value id: where its arguments begin; those of the next id begin where they end. */
  readonly #first: Int32Array;
  readonly #values: Value[];

  constructor(fn: IrFunction) {
    const first = this.#first = new Int32Array(fn.nextId + 1);
    eachArgument(fn, (_, { id }) => first[id + 1]++);
    for (let id = 0; id < fn.nextId; id++) first[id + 1] += first[id];
    const values = this.#values = new Array<Value>(first[fn.nextId]);
    const next = first.slice();
    eachArgument(fn, (value, { id }) => values[next[id]++] = value);
  }

  /** Visits what the edges bring for a parameter, in the order of the blocks that they leave. */
  each({ id }: Value, visit: (value: Value) => void): void {
    for (let i = this.#first[id]; i < this.#first[id + 1]; i++) visit(this.#values[i]);
  }
}

function eachArgument({ blocks }: IrFunction, visit: (value: Value, parameter: Value) => void): void {
  const ofEdge = ({ block: { parameters }, arguments: values }: Edge) => {
    for (let i = 0; i < parameters.length; i++) visit(values[i], parameters[i]);
  };
  for (const block of blocks) eachEdge(block, ofEdge);
}

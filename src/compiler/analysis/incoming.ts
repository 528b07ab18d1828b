/**
 * What the edges bring for each block's parameters: the way backwards from a parameter to its arguments.
 *
 * @module
 */

import { eachEdge, type Edge, type IrFunction, type Value } from "../ir.ts";

/** The arguments of a function's parameters, as they are when they are first asked for. */
export class Incoming {
  readonly #fn: IrFunction;
  #found: Found | undefined;

  constructor(fn: IrFunction) {
    this.#fn = fn;
  }

  /** Visits what the edges bring for a parameter, in the order of the blocks that they leave. */
  each({ id }: Value, visit: (value: Value) => void): void {
    const { first, values } = this.#found ??= find(this.#fn);
    for (let i = first[id]; i < first[id + 1]; i++) visit(values[i]);
  }
}

interface Found {
  /** By value id: where its arguments begin; those of the next id begin where they end. */
  readonly first: Int32Array;
  readonly values: readonly Value[];
}

function find(fn: IrFunction): Found {
  const first = new Int32Array(fn.nextId + 1);
  eachArgument(fn, (_, { id }) => first[id + 1]++);
  for (let id = 0; id < fn.nextId; id++) first[id + 1] += first[id];
  const values = new Array<Value>(first[fn.nextId]);
  const next = first.slice();
  eachArgument(fn, (value, { id }) => values[next[id]++] = value);
  return { first, values };
}

function eachArgument({ blocks }: IrFunction, visit: (value: Value, parameter: Value) => void): void {
  const ofEdge = ({ block, arguments: values }: Edge) => {
    for (let i = 0; i < values.length; i++) visit(values[i], block.parameters[i]);
  };
  for (const block of blocks) eachEdge(block, ofEdge);
}

/**
 * The way backwards: from a block's parameter to what the edges bring for it, and from values to all that they are computed
 * from.
 *
 * @module
 */

import { eachEdge, type Edge, type IrFunction, isArithmetic, type Value } from "../ir.ts";

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

/**
 * What values are computed from, themselves included: one byte for each value id.
 *
 * @param leadsOn Whose inputs count; by default those of what is computed from words alone.
 */
export function sourcesOf(
  fn: IrFunction,
  values: readonly Value[],
  leadsOn: (value: Value) => boolean = isWord,
): Uint8Array {
  const found = new Uint8Array(fn.nextId);
  const work: Value[] = [];
  const mark = (value: Value) => {
    if (found[value.id]) return;
    found[value.id] = 1;
    work.push(value);
  };
  values.forEach(mark);
  const incoming = new Incoming(fn);
  while (work.length > 0) {
    const value = work.pop()!;
    if (value.operation.kind === "parameter") incoming.each(value, mark);
    else if (leadsOn(value)) value.inputs.forEach(mark);
  }
  return found;
}

function isWord({ operation }: Value): boolean {
  return isArithmetic(operation);
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

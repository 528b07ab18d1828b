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
    const { first, end, values } = this.#found ??= find(this.#fn);
    for (let i = first[id]; i < end[id]; i++) visit(values[i]);
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
    else if (leadsOn(value)) {
      const { inputs } = value;
      for (let i = 0; i < inputs.length; i++) mark(inputs[i]);
    }
  }
  return found;
}

function isWord({ operation }: Value): boolean {
  return isArithmetic(operation);
}

interface Found {
  /** By the parameters' ids: where their arguments begin, and behind the last. */
  readonly first: Int32Array;
  readonly end: Int32Array;
  readonly values: readonly Value[];
}

function find({ blocks, nextId }: IrFunction): Found {
  const counts = new Int32Array(nextId);
  const edges: Edge[] = [];
  const note = (edge: Edge) => {
    const { block: { parameters }, arguments: { length } } = edge;
    if (length === 0) return;
    edges.push(edge);
    for (let i = 0; i < length; i++) counts[parameters[i].id]++;
  };
  for (const block of blocks) eachEdge(block, note);
  const first = new Int32Array(nextId);
  let count = 0;
  for (const { parameters } of blocks) {
    for (let i = 0; i < parameters.length; i++) {
      const { id } = parameters[i];
      first[id] = count;
      count += counts[id];
    }
  }
  const end = first.slice();
  const values = new Array<Value>(count);
  for (const { block: { parameters }, arguments: brought } of edges) {
    for (let i = 0; i < brought.length; i++) values[end[parameters[i].id]++] = brought[i];
  }
  return { first, end, values };
}

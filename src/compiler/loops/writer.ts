/**
 * Makes blocks of a function, instruction by instruction.
 *
 * @module
 */

import type { Block, Comparison, IrFunction, Operation, Origin, Value } from "../ir.ts";
import { exactly, type Range } from "../range.ts";

/** What instructions are appended to. */
export interface Writer {
  emit(operation: Operation, inputs?: Value[], range?: Range): Value;
  constant(value: bigint): Value;
}

/** Appends to the instructions of a block that exists. */
export function appending(fn: IrFunction, { instructions }: Block, origin: Origin | undefined): Writer {
  const emit = (operation: Operation, inputs: Value[] = [], range?: Range): Value => {
    const value: Value = { id: fn.nextId++, operation, inputs, origin, range };
    instructions.push(value);
    return value;
  };
  return { emit, constant: (value) => emit({ kind: "constant", value }, [], exactly(value)) };
}

/** A new block at the end of a function's list, and what is appended to it. */
export class BlockWriter implements Writer {
  readonly fn: IrFunction;
  readonly block: Block;
  readonly origin: Origin | undefined;
  readonly #writer: Writer;

  constructor(fn: IrFunction, origin: Origin | undefined) {
    this.fn = fn;
    this.origin = origin;
    this.block = { id: fn.nextId++, parameters: [], instructions: [], terminator: undefined };
    this.#writer = appending(fn, this.block, origin);
    fn.blocks.push(this.block);
  }

  emit(operation: Operation, inputs?: Value[], range?: Range): Value {
    return this.#writer.emit(operation, inputs, range);
  }

  constant(value: bigint): Value {
    return this.#writer.constant(value);
  }

  /** Gives the block parameters like those of another. */
  parametersLike({ parameters }: Block): readonly Value[] {
    for (const { operation, range } of parameters) {
      this.block.parameters.push({ id: this.fn.nextId++, operation, inputs: [], origin: this.origin, range });
    }
    return this.block.parameters;
  }

  jump(block: Block, values: Value[] = []): void {
    this.block.terminator = { kind: "jump", to: { block, arguments: values }, origin: this.origin };
  }

  return(value: bigint): void {
    this.block.terminator = { kind: "return", value: this.constant(value), origin: this.origin };
  }

  /** Goes on in `then` if the comparison holds. */
  branch(comparison: Comparison, left: Value, right: Value, then: Block, otherwise: Block): void {
    this.block.terminator = {
      kind: "branch",
      comparison,
      width: 64,
      left,
      right,
      then: { block: then, arguments: [] },
      else: { block: otherwise, arguments: [] },
      origin: this.origin,
    };
  }
}

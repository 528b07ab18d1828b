/**
 * Makes one block of a function, instruction by instruction.
 *
 * @module
 */

import type { Block, Comparison, IrFunction, Operation, Origin, Size, Value } from "../ir.ts";
import { exactly, type Range } from "../range.ts";

/** A block at the end of a function's list, and what is appended to it. */
export class Writer {
  readonly fn: IrFunction;
  readonly block: Block;
  readonly origin: Origin | undefined;

  constructor(fn: IrFunction, origin: Origin | undefined) {
    this.fn = fn;
    this.origin = origin;
    this.block = { id: fn.nextId++, parameters: [], instructions: [], terminator: undefined };
    fn.blocks.push(this.block);
  }

  emit(operation: Operation, inputs: Value[] = [], range?: Range): Value {
    const value: Value = { id: this.fn.nextId++, operation, inputs, origin: this.origin, range };
    this.block.instructions.push(value);
    return value;
  }

  constant(value: bigint): Value {
    return this.emit({ kind: "constant", value }, [], exactly(value));
  }

  store(address: Value, size: Size, offset: number, value: Value): void {
    this.emit({ kind: "store", size, offset, region: "stack" }, [address, value]);
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

/**
 * What rules of algebra are, and what all of them ask of an instruction.
 *
 * @module
 */

import type { Fact } from "../analysis/facts.ts";
import type { BinaryOperator, Operation, Value, Width } from "../ir.ts";
import type { Constants } from "./constants.ts";

/** What rules may ask. */
export interface Algebra {
  readonly constants: Constants;
  /** What is known of a value here. */
  of(value: Value): Fact;
  /** Whether the verifier must follow the value by itself. */
  feeds(value: Value): boolean;
  /** Whether the value has one reader only. */
  isReadOnce(value: Value): boolean;
  /** A new value that is computed just before another one. */
  before(value: Value, operation: Operation, inputs: Value[]): Value;
}

/** Changes an instruction, or names a value that is the same; `undefined` if it does not apply. */
export type Rule = (value: Value, algebra: Algebra) => Value | undefined;

export type Binary = Operation & { readonly kind: "binary" };

export function binaryOf(value: Value): Binary | undefined {
  return value.operation.kind === "binary" ? value.operation : undefined;
}

/** The constant that a value is, as a signed integer of the width. */
export function constantOf({ operation }: Value, width: Width = 64): bigint | undefined {
  return operation.kind === "constant" ? BigInt.asIntN(width, operation.value) : undefined;
}

export function become(value: Value, operator: BinaryOperator, width: Width, inputs: Value[]): Value {
  value.operation = { kind: "binary", operator, width };
  value.inputs = inputs;
  return value;
}

/** Whether cutting the word to a width changes nothing. */
export function fits(fact: Fact, width: Width): boolean {
  return width === 64 || fact.zeros >> 32n === 0xffffffffn;
}

/** An immediate of 32 bits. */
export function isShort(value: bigint): boolean {
  return value === BigInt.asIntN(32, value);
}

/**
 * What instructions take besides registers: immediates, distances from an address, and the width that lets a constant fit.
 *
 * @module
 */

import type { Value, Width } from "../ir.ts";
import { contains, I32, type Range, U32 } from "../range.ts";

/** A value that is a number known now. */
export type ConstantValue = Value & { readonly operation: { readonly kind: "constant"; readonly value: bigint } };

export function isConstant(value: Value): value is ConstantValue {
  return value.operation.kind === "constant";
}

/** The constant as an immediate of the width; 64-bit operations sign-extend it. */
export function asImmediate(constant: bigint, width: Width): number | undefined {
  if (width === 32) return Number(BigInt.asIntN(32, constant));
  return constant >= I32.min && constant <= I32.max ? Number(constant) : undefined;
}

/** The width and immediate to compute with: 32 bits where they give the same 64-bit result and let the constant fit. */
export function narrowed(
  width: Width,
  operator: string,
  left: Value,
  right: Value,
): { readonly width: Width; readonly immediate?: number } {
  if (!isConstant(right)) return { width };
  const constant = isShift(operator) ? right.operation.value & BigInt(width - 1) : right.operation.value;
  // The machine divides by a zero in a register, but takes none that it is told of; no path may ever come here.
  if (isDivision(operator) && BigInt.asUintN(width, constant) === 0n) return { width };
  const wide = asImmediate(constant, width);
  if (wide !== undefined) return { width, immediate: wide };
  const isSame = operator === "and" || (operator === "or" || operator === "xor") && within(left, U32);
  return isSame && contains(U32, { min: constant, max: constant })
    ? { width: 32, immediate: asImmediate(constant, 32) }
    : { width };
}

/** Counts are taken modulo the width; as immediates they must be below it. */
function isShift(operator: string): boolean {
  return operator === "shl" || operator === "lshr" || operator === "ashr";
}

function isDivision(operator: string): boolean {
  return operator.endsWith("div") || operator.endsWith("mod");
}

/** Whether a value is known to be in a range. */
export function within(value: Value, range: Range): boolean {
  return value.range !== undefined && contains(range, value.range);
}

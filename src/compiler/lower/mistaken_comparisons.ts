/**
 * Comparisons that are mistakes, and are refused.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { BinaryOperator, Span } from "../../syntax/ast.ts";
import { I32 } from "../range.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import type { Operand, Word } from "./operand.ts";

/** Rule 17: JavaScript makes a new view at each read, so that comparing two says nothing. */
export function refuseViews(context: Context, left: Operand, right: Operand, span: Span): void {
  const view = [left, right].find((operand) => operand.kind === "view");
  if (!view) return;
  context.fail(
    ErrorCode.TypeMismatch,
    span,
    `Cannot compare ${describe(view)}: each read makes a new object, which equals no other`,
    "Compare their fields or elements",
  );
}

/**
 * Refuses what TypeScript would have refused, for people who do not ask it: `ip.source === "10.0.0.1"`, `this.total === 4`.
 * What may be of several types is compared, each option by itself.
 */
export function refuseStrangers(
  context: Context,
  operator: BinaryOperator,
  left: Operand,
  right: Operand,
  span: Span,
): void {
  if (operator !== "===" && operator !== "!==") return;
  const types = [left, right].map(typeName);
  const isMistake = [left, right].some(isRunTime) && types.every((type) => COMPARED.has(type)) && types[0] !== types[1];
  if (!isMistake) return;
  context.fail(
    ErrorCode.TypeMismatch,
    span,
    `Cannot compare ${describe(left)} with ${describe(right)} by ${operator}: they are never equal`,
    types.includes("string")
      ? 'Compare with what stands for it: ipv4("10.0.0.1"), mac("02:00:00:00:00:01"), a number'
      : "Convert one of them, with Number() or BigInt(), or write 4n for a bigint",
  );
}

/** What `typeof` says of values of which two kinds are compared by mistake only. */
const COMPARED: ReadonlySet<string | undefined> = new Set(["number", "bigint", "boolean", "string"]);

function isRunTime(operand: Operand): boolean {
  return operand.kind === "word" || operand.kind === "quotient";
}

/** Refuses `60 == "60"`, which holds in JavaScript, as `60 == [60]` does. */
export function refuseCoercion(
  context: Context,
  operator: BinaryOperator,
  left: Operand,
  right: Operand,
  span: Span,
): void {
  if (operator !== "==" && operator !== "!=") return;
  const isCoerced = (operand: Operand) =>
    operand.kind === "static" && isNeverWord(operand) && operand.value !== undefined && operand.value !== null;
  if (![left, right].some(isCoerced)) return;
  context.fail(
    ErrorCode.TypeMismatch,
    span,
    `Cannot compare ${describe(left)} with ${describe(right)} by ${operator}, which converts them at run time`,
    `Compare values of one type, by ${operator}=`,
  );
}

/** Whether a value is known to be none that the program computes with. */
export function isNeverWord(operand: Operand): boolean {
  return operand.kind === "static" && !["number", "bigint", "boolean"].includes(typeof operand.value);
}

/** What JavaScript's `typeof` says of a value that can be one at run time. */
export function typeName(operand: Operand): string | undefined {
  if (operand.kind === "word") return operand.type === "fixed" ? "number" : operand.type;
  if (operand.kind === "quotient") return "number";
  return operand.kind === "static" ? typeof operand.value : undefined;
}

/** Rule 8: `(x & 0xff000000) === y` is a mistake where y may pass 2^31, because the left side may be negative. */
export function refuseBitwise(context: Context, a: Word, b: Word, span: Span): void {
  const isMistake = (one: Word, other: Word) =>
    one.bitwise && one.range.min < 0n && other.type === "number" && other.range.max > I32.max;
  if (isMistake(a, b) || isMistake(b, a)) {
    context.fail(
      ErrorCode.NotExact,
      span,
      "Cannot compare the result of a bitwise operator, which is signed, with a value that may exceed 2^31",
      "Make it unsigned: `(x & mask) >>> 0`",
    );
  }
}

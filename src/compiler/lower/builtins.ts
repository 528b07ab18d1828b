/**
 * The runtime's own functions that have a meaning at run time: `Math`, conversions, and their like.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import { I64, U64 } from "../range.ts";
import type { AnyFunction } from "../unit.ts";
import { whole } from "./arithmetic.ts";
import { lowerBoolean, lowerTruth } from "./conditions.ts";
import type { Context } from "./context.ts";
import { LIST_METHODS } from "./lists.ts";
import { type Operand, UNDEFINED } from "./operand.ts";

/** `owner` is what `this` is in the call. */
export type Builtin = (context: Context, operands: readonly Operand[], span: Span, owner: Operand) => Operand;

/** Function object → how it is lowered when an argument is known at run time only. */
export const BUILTINS: ReadonlyMap<AnyFunction, Builtin> = new Map<AnyFunction, Builtin>([
  [Number, toNumber],
  [BigInt, toBigInt],
  [
    Boolean,
    (context, [x = UNDEFINED], span) => lowerBoolean(context, (yes, no) => lowerTruth(context, x, span, yes, no)),
  ],
  [BigInt.asUintN, (context, operands, span) => wrap(context, operands, span, false)],
  [BigInt.asIntN, (context, operands, span) => wrap(context, operands, span, true)],
  ...LIST_METHODS,
]);

function toNumber(context: Context, [operand = UNDEFINED]: readonly Operand[], span: Span): Operand {
  if (operand.kind === "quotient") return operand;
  const word = whole(context, context.toWord(operand, span), span);
  if (word.range.min < -(2n ** 53n) || word.range.max > 2n ** 53n) {
    context.fail(
      ErrorCode.NotExact,
      span,
      "Cannot show that this bigint is exact as a number: it may exceed 2^53",
      "Mask it first: Number(x & 0xffffffffn)",
    );
  }
  return { ...word, type: "number" };
}

function toBigInt(context: Context, [operand = UNDEFINED]: readonly Operand[], span: Span): Operand {
  return { ...context.toWord(operand, span), type: "bigint" };
}

/** `BigInt.asUintN(bits, x)` and `asIntN`: keeps the low bits. */
function wrap(context: Context, operands: readonly Operand[], span: Span, signed: boolean): Operand {
  const [width, operand = UNDEFINED] = operands;
  if (width?.kind !== "static" || ![8, 16, 32, 64].includes(width.value as number)) {
    context.fail(ErrorCode.UnsupportedSyntax, span, "Cannot wrap a bigint to this many bits", "Use 8, 16, 32 or 64");
  }
  const word = context.toWord(operand, span);
  if (word.type !== "bigint") {
    context.fail(ErrorCode.TypeMismatch, span, `Cannot wrap a ${word.type}`, "Convert it with BigInt() first");
  }
  const bits = width.value as 8 | 16 | 32 | 64;
  if (bits === 64) return context.word("bigint", word.value, signed ? I64 : U64);
  const range = signed
    ? { min: -(1n << BigInt(bits - 1)), max: (1n << BigInt(bits - 1)) - 1n }
    : { min: 0n, max: (1n << BigInt(bits)) - 1n };
  return context.word("bigint", context.builder.emit({ kind: "extend", bits, signed }, [word.value]), range);
}

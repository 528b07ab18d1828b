/**
 * The runtime's own functions that have a meaning at run time: `Math`, conversions, and their like.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import type { Value } from "../ir.ts";
import { contains, type Range, SAFE } from "../range.ts";
import type { AnyFunction } from "../unit.ts";
import { whole } from "./arithmetic.ts";
import { lowerBoolean, lowerTruth } from "./conditions.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { isFixed } from "./fixed.ts";
import { arrayFrom, LIST_METHODS } from "./lists.ts";
import { MATH } from "./math.ts";
import { OBJECT_FUNCTIONS } from "./objects.ts";
import { known, type Operand, UNDEFINED } from "./operand.ts";

/** `owner` is what `this` is in the call. */
export type Builtin = (context: Context, operands: readonly Operand[], span: Span, owner: Operand) => Operand;

/** Function object → how it is lowered when an argument is known at run time only. */
export const BUILTINS: ReadonlyMap<AnyFunction, Builtin> = new Map<AnyFunction, Builtin>([
  ...MATH,
  [Number, toNumber],
  [BigInt, toBigInt],
  [
    Boolean,
    (context, [x = UNDEFINED], span) => lowerBoolean(context, (yes, no) => lowerTruth(context, x, span, yes, no)),
  ],
  [BigInt.asUintN, (context, operands, span) => wrap(context, operands, span, false)],
  [BigInt.asIntN, (context, operands, span) => wrap(context, operands, span, true)],
  ...LIST_METHODS,
  [Array.from, arrayFrom],
  ...OBJECT_FUNCTIONS,
]);

function toNumber(context: Context, [operand = UNDEFINED]: readonly Operand[], span: Span): Operand {
  if (operand.kind === "quotient") return operand;
  const word = context.toWord(operand, span);
  if (word.type === "fixed") return word;
  const { range } = whole(context, word, span);
  if (!contains(SAFE, range)) {
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
  if (operand.kind === "quotient" || isFixed(operand)) {
    context.fail(
      ErrorCode.TypeMismatch,
      span,
      "Cannot make a bigint of a number with decimals: BigInt() throws where it is no integer",
      "Round it first: BigInt(Math.trunc(x))",
    );
  }
  return { ...context.toWord(operand, span), type: "bigint" };
}

/** The most bits that `BigInt.asUintN` and `asIntN` are lowered with: more than any word has, fewer than take long. */
const MOST_BITS = 1024;

/** `BigInt.asUintN(bits, x)` and `asIntN`: keeps the low bits. */
function wrap(context: Context, operands: readonly Operand[], span: Span, signed: boolean): Operand {
  const [width = UNDEFINED, operand = UNDEFINED] = operands;
  const bits = width.kind === "static" ? Number(width.value) : NaN;
  if (!Number.isInteger(bits) || bits < 0 || bits > MOST_BITS) {
    context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      `Cannot wrap a bigint to ${describe(width)} of bits`,
      "Write the number of bits as a constant: BigInt.asUintN(32, x)",
    );
  }
  const word = context.toWord(operand, span);
  if (word.type !== "bigint") {
    context.fail(ErrorCode.TypeMismatch, span, `Cannot wrap a ${word.type}`, "Convert it with BigInt() first");
  }
  if (bits === 0) return known(0n);
  const range = ofBits(bits, signed);
  if (contains(range, word.range)) return word;
  if (bits >= 64) return context.reread(word, range);
  return context.word("bigint", lowBits(context, word.value, bits, signed, range), range);
}

function lowBits({ builder }: Context, value: Value, bits: number, signed: boolean, range: Range): Value {
  if (bits === 8 || bits === 16 || bits === 32) return builder.emit({ kind: "extend", bits, signed }, [value], range);
  if (!signed && bits < 32) {
    const mask = builder.constant(range.max);
    return builder.emit({ kind: "binary", operator: "and", width: 64 }, [value, mask], range);
  }
  const distance = builder.constant(BigInt(64 - bits));
  const high = builder.emit({ kind: "binary", operator: "shl", width: 64 }, [value, distance]);
  return builder.emit({ kind: "binary", operator: signed ? "ashr" : "lshr", width: 64 }, [high, distance], range);
}

function ofBits(bits: number, signed: boolean): Range {
  const half = 1n << BigInt(bits - 1);
  return signed ? { min: -half, max: half - 1n } : { min: 0n, max: 2n * half - 1n };
}

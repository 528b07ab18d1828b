/**
 * `**`: a product of as many factors as a constant exponent says; of a power of two, a shift.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import * as ranges from "../range.ts";
import { exactly } from "../range.ts";
import { lowerArithmetic, numeric, refuseMixed, type Spans } from "./arithmetic.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { known, type Operand } from "./operand.ts";

/** The largest exponents of two that the types hold exactly. */
const MOST_BITS = { number: 53n, bigint: 63n };
/** A base that may be more than 1 needs no larger exponent. */
const LARGEST_EXPONENT = 64;

export function lowerPower(context: Context, left: Operand, right: Operand, spans: Spans): Operand {
  if (left.kind === "static" && isPowerOfTwo(left.value)) return shiftOne(context, left.value, right, spans);
  const base = numeric(context, left, "**", spans.left);
  const exponent = right.kind === "static" ? right.value : undefined;
  if (!isNatural(exponent) || exponent > LARGEST_EXPONENT) {
    context.fail(
      ErrorCode.UnsupportedSyntax,
      spans.right,
      `Cannot raise to the power of ${describe(right)}`,
      `The exponent must be a constant from 0 to ${LARGEST_EXPONENT}; of a power of two it may be any integer: 2 ** n`,
    );
  }
  refuseMixed(context, "**", base, numeric(context, right, "**", spans.right), spans.whole);
  if (exponent === 0 || exponent === 0n) return known(base.type === "bigint" ? 1n : 1);
  return product(context, base, BigInt(exponent), spans);
}

/** By squaring: x⁵ = (x²)² · x. */
function product(context: Context, base: Operand, exponent: bigint, spans: Spans): Operand {
  if (exponent === 1n) return base;
  const root = product(context, base, exponent / 2n, spans);
  const square = lowerArithmetic(context, "*", root, root, spans);
  return exponent % 2n === 0n ? square : lowerArithmetic(context, "*", square, base, spans);
}

/** `(2 ** k) ** n` = `1 << (k * n)` */
function shiftOne(context: Context, base: number | bigint, right: Operand, spans: Spans): Operand {
  const type = typeof base as "number" | "bigint";
  const count = numeric(context, right, "**", spans.right);
  refuseMixed(context, "**", context.constant(BigInt(base), type), count, spans.whole);
  const bits = BigInt(base.toString(2).length - 1);
  const range = ranges.multiply(count.range, exactly(bits));
  if (count.type !== type || range.min < 0n || range.max > MOST_BITS[type]) {
    context.fail(
      ErrorCode.NotExact,
      spans.whole,
      "Cannot show that this power is exact",
      `Bound the exponent: it must be an integer from 0 to ${MOST_BITS[type] / bits}`,
    );
  }
  const { builder } = context;
  const distance = bits === 1n
    ? count.value
    : builder.emit({ kind: "binary", operator: "mul", width: 64 }, [count.value, builder.constant(bits)], range);
  const value = builder.emit({ kind: "binary", operator: "shl", width: 64 }, [builder.constant(1n), distance]);
  return context.word(type, value, ranges.shiftLeft(exactly(1n), range));
}

function isPowerOfTwo(value: unknown): value is number | bigint {
  if (!isNatural(value)) return false;
  const base = BigInt(value);
  return base >= 2n && (base & (base - 1n)) === 0n;
}

function isNatural(value: unknown): value is number | bigint {
  return typeof value === "bigint" ? value >= 0n : Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * `Math` and the questions of `Number` on run-time values. Rounding is where a {@linkcode Quotient} and a fixed-point word become
 * integers. JavaScript's −0 is 0 here: no operator of the language tells them apart.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import type { AnyFunction } from "../unit.ts";
import { integral, isBigInt, numeric, type Spans, toInt32, toUint32 } from "./arithmetic.ts";
import type { Builtin } from "./builtins.ts";
import { withEach } from "./choices.ts";
import { lowerBoolean, lowerComparison } from "./conditions.ts";
import type { Context } from "./context.ts";
import { remainder, rounded, type Rounding } from "./division.ts";
import { fixedToInteger, fixedWord, SCALE } from "./fixed.ts";
import { absolute, multiply, signum } from "./integer.ts";
import { leadingZeros } from "./leading_zeros.ts";
import { known, type Operand, type Quotient, UNDEFINED, type Word } from "./operand.ts";
import { lowerPower } from "./power.ts";

export const MATH: readonly (readonly [AnyFunction, Builtin])[] = [
  [Math.floor, (context, [x], span) => round(context, "floor", x, span)],
  [Math.ceil, (context, [x], span) => round(context, "ceil", x, span)],
  [Math.round, (context, [x], span) => round(context, "round", x, span)],
  [Math.trunc, (context, [x], span) => round(context, "trunc", x, span)],
  [Math.abs, lowerAbsolute],
  [Math.sign, lowerSign],
  [Math.min, (context, operands, span) => choose(context, "<", operands, span)],
  [Math.max, (context, operands, span) => choose(context, ">", operands, span)],
  [Math.imul, lowerProduct32],
  [Math.clz32, lowerLeadingZeros],
  [Math.pow, (context, [x = UNDEFINED, y = UNDEFINED], span) => lowerPower(context, x, y, allOf(span))],
  ...predicates([
    [Number.isInteger, lowerIsInteger],
    [Number.isSafeInteger, lowerIsInteger],
    [Number.isFinite, (_, [x = UNDEFINED]) => known(isNumber(x))],
    [Number.isNaN, () => known(false)],
    [isFinite, (context, [x], span) => (argument(context, x, span), known(true))],
    [isNaN, (context, [x], span) => (argument(context, x, span), known(false))],
  ]),
];

/** Questions that any value has an answer to: each option of a choice its own. */
function predicates(list: readonly (readonly [AnyFunction, Builtin])[]): readonly (readonly [AnyFunction, Builtin])[] {
  return list.map(([fn, lower]) => [fn, (context, [operand = UNDEFINED], span, owner) => {
    return withEach(context, operand, (option) => {
      if (option.kind === "static") return known(Reflect.apply(fn, undefined, [option.value]));
      return lower(context, [option], span, owner);
    });
  }]);
}

function allOf(span: Span): Spans {
  return { left: span, right: span, whole: span };
}

/** The operand as JavaScript's `Math` takes it: anything but bigints, which throw. */
function argument(context: Context, operand: Operand = UNDEFINED, span: Span): Word | Quotient {
  if (operand.kind === "quotient") return operand;
  if (isBigInt(operand)) {
    context.fail(
      ErrorCode.TypeMismatch,
      span,
      "Cannot use Math on a bigint, as in JavaScript",
      "Convert it with Number(), or write the comparison out: x < 0n ? -x : x",
    );
  }
  return numeric(context, operand, "Math", span);
}

function round(context: Context, rounding: Rounding, operand: Operand | undefined, span: Span): Word {
  const x = argument(context, operand, span);
  if (x.kind === "quotient") return rounded(context, rounding, x, span);
  return x.type === "fixed" ? fixedToInteger(context, rounding, x, span) : x;
}

function lowerAbsolute(context: Context, [operand]: readonly Operand[], span: Span): Operand {
  const x = argument(context, operand, span);
  if (x.kind === "quotient") {
    return { ...x, dividend: magnitude(context, x.dividend), divisor: magnitude(context, x.divisor) };
  }
  return x.type === "fixed" ? fixedWord(context, absolute(context, x), span) : magnitude(context, x);
}

function magnitude(context: Context, word: Word): Word {
  const { value, range } = absolute(context, word);
  return { ...context.word(word.type, value, range), nonZero: word.nonZero };
}

function lowerSign(context: Context, [operand]: readonly Operand[], span: Span): Operand {
  const x = argument(context, operand, span);
  const sign = x.kind === "quotient"
    ? multiply(context, signum(context, x.dividend), signum(context, x.divisor))
    : signum(context, x);
  return { ...context.word("number", sign.value, sign.range), nonZero: x.kind === "word" && x.nonZero };
}

/** `Math.min` and `Math.max`: the first of two stays where it is less, or greater. */
function choose(context: Context, operator: "<" | ">", operands: readonly Operand[], span: Span): Operand {
  const [first, ...others] = operands.map(comparand);
  if (operands.some((operand) => operand.kind === "static" && Number.isNaN(operand.value))) return known(NaN);
  return others.reduce((best, other) => {
    const { builder } = context;
    const [keep, take, join] = [builder.label(), builder.label(), builder.label()];
    lowerComparison(context, operator, best, other, span, keep, take);
    for (const [label, operand] of [[keep, best], [take, other]] as const) {
      builder.place(label);
      builder.goto(join, operand.kind === "word" ? builder.refined(operand) : operand);
    }
    return builder.place(join) ?? best;
  }, first);

  function comparand(operand: Operand): Operand {
    if (operand.kind === "static" && typeof operand.value === "number") return operand;
    const x = argument(context, operand, span);
    return x.kind === "word" ? x : context.noWord(x, span);
  }
}

/** `Math.imul`: the low 32 bits of a product, signed. */
function lowerProduct32(context: Context, [left = UNDEFINED, right = UNDEFINED]: readonly Operand[], span: Span): Word {
  const [a, b] = [left, right].map((operand) => {
    argument(context, operand, span);
    return integral(context, operand, "Math.imul", span);
  });
  const { value, range } = multiply(context, a, b);
  return { ...toInt32(context, { kind: "word", type: "number", value, range }), bitwise: false };
}

function lowerLeadingZeros(context: Context, [operand = UNDEFINED]: readonly Operand[], span: Span): Word {
  argument(context, operand, span);
  return leadingZeros(context, toUint32(context, integral(context, operand, "Math.clz32", span)));
}

/** `Number.isInteger`: of integers `true`, of fractions whether nothing is left over. */
function lowerIsInteger(context: Context, [operand = UNDEFINED]: readonly Operand[], span: Span): Operand {
  if (!isNumber(operand)) return known(false);
  const x = argument(context, operand, span);
  if (x.kind === "word" && x.type !== "fixed") return known(true);
  const { dividend, divisor } = x.kind === "quotient" ? x : {
    dividend: { ...x, type: "number" } as const,
    divisor: context.constant(SCALE, "number"),
  };
  const rest = remainder(context, dividend, divisor, span);
  return lowerBoolean(context, (yes, no) => lowerComparison(context, "===", rest, known(0), span, yes, no));
}

function isNumber(operand: Operand): boolean {
  if (operand.kind === "static") return typeof operand.value === "number";
  return operand.kind === "quotient" ||
    operand.kind === "word" && (operand.type === "number" || operand.type === "fixed");
}

/**
 * Operators on values known at generation time: JavaScript's own.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { BinaryOperator, Span, UnaryOperator } from "../../syntax/ast.ts";
import type { Context } from "./context.ts";

// deno-lint-ignore no-explicit-any -- JavaScript's operators take anything
type Any = any;

// deno-fmt-ignore
const BINARY: Readonly<Record<BinaryOperator, (a: Any, b: Any) => unknown>> = {
  "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b, "%": (a, b) => a % b,
  "**": (a, b) => a ** b, "&": (a, b) => a & b, "|": (a, b) => a | b, "^": (a, b) => a ^ b,
  "<<": (a, b) => a << b, ">>": (a, b) => a >> b, ">>>": (a, b) => a >>> b,
  // deno-lint-ignore eqeqeq -- this is that operator
  "==": (a, b) => a == b, "!=": (a, b) => a != b, // deno-lint-ignore-line eqeqeq -- this is that operator
  "===": (a, b) => a === b, "!==": (a, b) => a !== b,
  "<": (a, b) => a < b, "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b,
  "in": (a, b) => a in b, "instanceof": (a, b) => a instanceof b,
};

const UNARY: Readonly<Partial<Record<UnaryOperator, (a: Any) => unknown>>> = {
  "-": (a) => -a,
  "+": (a) => +a,
  "~": (a) => ~a,
  "typeof": (a) => typeof a,
};

export function evaluateBinary(
  context: Context,
  operator: BinaryOperator,
  left: unknown,
  right: unknown,
  span: Span,
): unknown {
  return evaluate(context, operator, span, () => BINARY[operator](left, right));
}

export function evaluateUnary(context: Context, operator: UnaryOperator, value: unknown, span: Span): unknown {
  const rule = UNARY[operator];
  if (!rule) {
    return context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      `Cannot use ${operator} in a program`,
      "Leave it out: objects of this generation are constants",
    );
  }
  return evaluate(context, operator, span, () => rule(value));
}

function evaluate(context: Context, operator: string, span: Span, compute: () => unknown): unknown {
  try {
    return compute();
  } catch (error) {
    return context.fail(
      ErrorCode.TypeMismatch,
      span,
      `Cannot evaluate ${operator} at generation time: ${(error as Error).message}`,
    );
  }
}

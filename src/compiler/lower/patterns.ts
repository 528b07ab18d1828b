/**
 * Binding patterns: names, and destructuring of what is known at generation time.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Pattern, PatternElement } from "../../syntax/ast.ts";
import { describe } from "./builder.ts";
import type { Context } from "./context.ts";
import { lowerExpression } from "./expressions.ts";
import { readMember } from "./members.ts";
import { elementsOf } from "./lists.ts";
import { listOf, type Operand, UNDEFINED } from "./operand.ts";

/** Takes an operand apart and hands each name its part. */
export function lowerPattern(
  context: Context,
  pattern: Pattern,
  operand: Operand,
  bind: (name: string, operand: Operand) => void,
): void {
  switch (pattern.kind) {
    case "Identifier":
      return bind(pattern.name, operand);
    case "ObjectPattern":
      if (pattern.rest) {
        context.fail(ErrorCode.UnsupportedSyntax, pattern.rest, "Cannot gather the rest of an object in a program");
      }
      for (const { key, value, start, end } of pattern.properties) {
        const name = lowerExpression(context, key);
        if (name.kind !== "static") {
          context.fail(ErrorCode.UnsupportedSyntax, key, "Cannot destructure by a run-time key");
        }
        element(value, readMember(context, { object: operand, name: String(name.value) }, { start, end }));
      }
      return;
    case "ArrayPattern": {
      const values = elementsOf(operand);
      if (!values) {
        return context.fail(ErrorCode.TypeMismatch, pattern, `Cannot destructure ${describe(operand)} as an array`);
      }
      pattern.elements.forEach((part, i) => part && element(part, values[i] ?? UNDEFINED));
      if (pattern.rest) lowerPattern(context, pattern.rest, listOf(values.slice(pattern.elements.length)), bind);
      return;
    }
    case "MemberExpression":
      return context.fail(
        ErrorCode.UnsupportedSyntax,
        pattern,
        "Cannot destructure into a member",
        "Assign it in a statement of its own",
      );
  }

  function element({ target, initial }: PatternElement, part: Operand): void {
    const isMissing = part.kind === "static" && part.value === undefined;
    lowerPattern(context, target, isMissing && initial ? lowerExpression(context, initial) : part, bind);
  }
}

/**
 * The library's own methods as a program calls them: each has a body for runs as plain JavaScript, and a lowering here.
 *
 * @module
 */

import type { Span } from "../../syntax/ast.ts";
import type { Context } from "./context.ts";
import { type Operand, UNDEFINED } from "./operand.ts";

type Intrinsic = (context: Context, operands: readonly Operand[], span: Span) => Operand;

/** By the names that `Unit.intrinsics` uses. */
export const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  /** `this.exit(action)`: leaves the program from anywhere. */
  exit(context, [action = UNDEFINED], span) {
    context.builder.goto(context.returns, context.toAction(action, span));
    return UNDEFINED;
  },
};

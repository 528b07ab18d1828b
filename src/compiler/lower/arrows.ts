/**
 * `this` in arrow functions that exist before the program is generated: it is that of the place where they were made, and
 * nobody can see from outside which one that is. Where a function is found says nothing: `a.f = b.f` gives `a` a function
 * whose `this` is `b`.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { FunctionExpression, Span } from "../../syntax/ast.ts";
import type { Context } from "./context.ts";

/** Refuses the call of an arrow function whose `this` matters. */
export function demandNoThis(context: Context, tree: FunctionExpression, span: Span): void {
  if (!namesThis(tree.body) && !namesThis(tree.parameters)) return;
  context.fail(
    ErrorCode.UnsupportedSyntax,
    span,
    "Cannot tell what `this` is in this arrow function: it is that of the place where the function was made",
    "Make it a method, f() { … }, or give it the object: f = (self) => …",
  );
}

/** Whether a tree says `this` or `super` and means the function's own: functions inside have theirs, but arrows. */
function namesThis(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(namesThis);
  if (typeof node !== "object" || node === null) return false;
  const { kind, form } = node as { readonly kind?: string; readonly form?: string };
  if (kind === "ThisExpression" || kind === "SuperExpression") return true;
  if (kind === "FunctionExpression" && form !== "arrow") return false;
  return Object.values(node).some(namesThis);
}

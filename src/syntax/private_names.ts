/**
 * Private accessors as Bun writes them: with decorators, `this.#count` becomes a call of a helper of its own, and `#count` a
 * variable named after it.
 *
 * ```text
 * __privateGet_t4v9rzz2(this, _count$11, _count_acc$12.get)
 * __privateSet_3ajc9ey2(this, _count$11, 5, _count_acc$12.set)
 * ```
 *
 * @module
 */

import type { CallExpression, Expression, MemberExpression, SpreadElement } from "./ast.ts";

const HELPER = /^__private(Get|Set)(?:_\w+)?$/;
/** The variable's own name, before what keeps apart those of one name. */
const VARIABLE = /^_(.+?)(?:\$\d+)?$/;

/** What the user wrote for a call, if it is one of these. */
export function restorePrivate(call: CallExpression): Expression {
  const { callee, arguments: list, start, end } = call;
  const verb = callee.kind === "Identifier" ? HELPER.exec(callee.name)?.[1] : undefined;
  const [object, variable, ...rest] = list;
  if (verb === undefined || rest.length !== (verb === "Get" ? 1 : 2) || list.some(isSpread)) return call;
  const name = variable.kind === "Identifier" ? VARIABLE.exec(variable.name)?.[1] : undefined;
  if (name === undefined) return call;
  const property = { kind: "PrivateName", name, start: variable.start, end: variable.end } as const;
  const target: MemberExpression = {
    kind: "MemberExpression",
    object: object as Expression,
    property,
    computed: false,
    optional: false,
    start,
    end,
  };
  if (verb === "Get") return target;
  const value = rest[0] as Expression;
  return { kind: "AssignmentExpression", operator: "=", target, value, operatorStart: start, start, end };
}

function isSpread({ kind }: Expression | SpreadElement): boolean {
  return kind === "SpreadElement";
}

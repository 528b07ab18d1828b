/**
 * Functions of all forms: arrows, `function`, methods and accessors of object literals.
 *
 * @module
 */

import type { BlockStatement, Expression, FunctionExpression, Parameter, Statement } from "./ast.ts";
import { type Cursor, isName, isOperator } from "./cursor.ts";
import { parseAssignment } from "./expressions.ts";
import { parsePropertyKey, type PropertyKeyNode } from "./keys.ts";
import { parseName, parseParameters } from "./patterns.ts";
import { refuseAsync } from "./primary.ts";
import { parseStatement } from "./statements.ts";

/** Whether an arrow function begins here; async ones are refused. */
export function startsArrow(cursor: Cursor): boolean {
  if (cursor.at("(")) return isOperator(cursor.afterPair, "=>");
  if (cursor.token.kind !== "identifier") return false;
  const following = cursor.ahead(1);
  if (isOperator(following, "=>")) return isName(cursor.token);
  if (!cursor.atWord("async") || following.newline) return false;
  const after = isOperator(following, "(") ? cursor.afterPairOf(following) : cursor.ahead(2);
  if (isOperator(after, "=>")) refuseAsync(cursor);
  return false;
}

/** `a => …`, `(a, b) => { … }` */
export function parseArrow(cursor: Cursor, allowIn: boolean): FunctionExpression {
  const { start } = cursor.token;
  const parameters = cursor.at("(") ? parseParameters(cursor) : [parseLoneParameter(cursor)];
  cursor.expect("=>");
  const body: BlockStatement | Expression = cursor.at("{") ? parseBody(cursor) : parseAssignment(cursor, allowIn);
  return { kind: "FunctionExpression", form: "arrow", name: undefined, parameters, body, start, end: cursor.end };
}

function parseLoneParameter(cursor: Cursor): Parameter {
  const target = parseName(cursor);
  const { start, end } = target;
  return { kind: "Parameter", target, initial: undefined, rest: false, start, end };
}

/** `function name(…) { … }` */
export function parseFunctionExpression(cursor: Cursor): FunctionExpression {
  const { start } = cursor.expectWord("function");
  if (cursor.at("*")) refuseGenerator(cursor);
  const name = cursor.at("(") ? undefined : parseName(cursor).name;
  return finishFunction(cursor, "function", name, start);
}

/** Generator functions and methods. */
export function refuseGenerator(cursor: Cursor): never {
  return cursor.refuse("A program cannot be a generator", cursor.token, "Remove the `*` and `yield`");
}

/** A method of an object literal with its key. */
export function parseMethod(
  cursor: Cursor,
  form: FunctionExpression["form"],
): [PropertyKeyNode, FunctionExpression] {
  const { start } = cursor.token;
  if (form !== "method") cursor.take();
  const key = parsePropertyKey(cursor);
  const name = !key.computed && key.key.kind === "StringLiteral" ? key.key.value : undefined;
  return [key, finishFunction(cursor, form, name, start)];
}

/** Parameters and body of anything but an arrow. */
export function finishFunction(
  cursor: Cursor,
  form: FunctionExpression["form"],
  name: string | undefined,
  start: number,
): FunctionExpression {
  const parameters = parseParameters(cursor);
  const body = parseBody(cursor);
  return { kind: "FunctionExpression", form, name, parameters, body, start, end: cursor.end };
}

/** A function's block. Directives like "use strict" change nothing in a class or module, and are left out. */
function parseBody(cursor: Cursor): BlockStatement {
  const { start } = cursor.expect("{");
  const body: Statement[] = [];
  let prologue = true;
  while (!cursor.at("}")) {
    const statement = parseStatement(cursor);
    prologue &&= statement.kind === "ExpressionStatement" && statement.expression.kind === "StringLiteral" &&
      statement.expression.start === statement.start;
    if (!prologue) body.push(statement);
  }
  cursor.expect("}");
  return { kind: "BlockStatement", body, start, end: cursor.end };
}

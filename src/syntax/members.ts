/**
 * What follows a primary expression: members, calls, optional chains; and `new`.
 *
 * @module
 */

import type {
  ChainExpression,
  Expression,
  MemberExpression,
  NewExpression,
  PrivateName,
  SpreadElement,
} from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import { parseAssignment, parseExpression } from "./expressions.ts";
import { malformed } from "./failure.ts";
import { parsePrimary } from "./primary.ts";
import { restorePrivate } from "./private_names.ts";

/** `a.b[c]?.d(e)`; the extent of an optional chain is wrapped. */
export function parseMembers(cursor: Cursor): Expression {
  const { start } = cursor.token;
  let expression = cursor.atWord("new") ? cursor.nested(parseNew) : parsePrimary(cursor);
  let chained = false;
  for (;;) {
    refuseTaggedTemplate(cursor);
    const optional = cursor.eat("?.");
    chained ||= optional;
    if (cursor.at("(")) expression = parseCall(cursor, expression, optional, start);
    else if (cursor.at("[") || cursor.at(".") || optional) {
      expression = parseMember(cursor, expression, optional, start);
    } else break;
  }
  if (!chained) return expression;
  return { kind: "ChainExpression", expression: expression as ChainExpression["expression"], start, end: cursor.end };
}

function refuseTaggedTemplate(cursor: Cursor): void {
  if (cursor.token.kind !== "template" || !cursor.text.startsWith("`", cursor.token.start)) return;
  cursor.refuse(
    "A program cannot use tagged templates",
    cursor.token,
    "Call the tag before load() and keep its result in a field",
  );
}

function parseCall(cursor: Cursor, callee: Expression, optional: boolean, start: number): Expression {
  const list = parseArguments(cursor);
  return restorePrivate({ kind: "CallExpression", callee, arguments: list, optional, start, end: cursor.end });
}

/** The `?.` of an optional member is taken already. */
function parseMember(cursor: Cursor, object: Expression, optional: boolean, start: number): MemberExpression {
  if (cursor.eat("[")) {
    const property = cursor.nested((cursor) => parseExpression(cursor));
    cursor.expect("]");
    return { kind: "MemberExpression", object, property, computed: true, optional, start, end: cursor.end };
  }
  if (!optional) cursor.expect(".");
  const property = parseMemberName(cursor);
  return { kind: "MemberExpression", object, property, computed: false, optional, start, end: cursor.end };
}

function parseMemberName(cursor: Cursor): Expression | PrivateName {
  const { kind, text, start, end } = cursor.token;
  if (kind === "identifier") {
    cursor.take();
    return { kind: "StringLiteral", value: text, start, end };
  }
  if (kind === "private") {
    cursor.take();
    return { kind: "PrivateName", name: text, start, end };
  }
  return cursor.expected("a member's name");
}

/** `(a, ...b)` */
function parseArguments(cursor: Cursor): readonly (Expression | SpreadElement)[] {
  const list: (Expression | SpreadElement)[] = [];
  cursor.expect("(");
  while (!cursor.at(")")) {
    list.push(parseElement(cursor));
    if (!cursor.at(")")) cursor.expect(",");
  }
  cursor.expect(")");
  return list;
}

/** An argument or an array's element: an expression or `...expression`. */
export function parseElement(cursor: Cursor): Expression | SpreadElement {
  const { start } = cursor.token;
  if (!cursor.eat("...")) return parseAssignment(cursor);
  const argument = parseAssignment(cursor);
  return { kind: "SpreadElement", argument, start, end: cursor.end };
}

function parseNew(cursor: Cursor): NewExpression {
  const { start } = cursor.expectWord("new");
  if (cursor.at(".")) {
    cursor.refuse(
      "A program cannot use new.target",
      { start, end: cursor.ahead(1).end },
      "Name the class, or keep it in a field",
    );
  }
  const calleeStart = cursor.token.start;
  let callee = cursor.atWord("new") ? cursor.nested(parseNew) : parsePrimary(cursor);
  while (cursor.at(".") || cursor.at("[")) callee = parseMember(cursor, callee, false, calleeStart);
  if (cursor.at("?.")) throw malformed("An optional chain cannot be called with new", cursor.token);
  refuseTaggedTemplate(cursor);
  const list = cursor.at("(") ? parseArguments(cursor) : [];
  return { kind: "NewExpression", callee, arguments: list, start, end: cursor.end };
}

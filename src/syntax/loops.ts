/**
 * The three forms of `for`.
 *
 * @module
 */

import type { Expression, Pattern, Statement, VariableDeclaration } from "./ast.ts";
import { type Cursor, isWord } from "./cursor.ts";
import { parseAssignment, parseExpression } from "./expressions.ts";
import { malformed } from "./failure.ts";
import { asTarget, parsePattern } from "./patterns.ts";
import { parseDeclaration, parseStatement, startsLet } from "./statements.ts";

/** `for (…; …; …)`, `for (… of …)`, `for (… in …)` */
export function parseFor(cursor: Cursor): Statement {
  const { start } = cursor.take();
  if (cursor.atWord("await")) {
    cursor.refuse("A program cannot await", cursor.token, "Loop over an array that was made before load()");
  }
  cursor.expect("(");
  const head = parseHead(cursor);
  if (cursor.eatWord("of")) return parseForOf(cursor, head, start);
  if (cursor.eatWord("in")) return parseForIn(cursor, head, start);
  return parseForSemicolons(cursor, head, start);
}

type Head = VariableDeclaration | Expression | Pattern | undefined;

/** What stands before the first `;`, `of` or `in`. */
function parseHead(cursor: Cursor): Head {
  if (cursor.at(";")) return undefined;
  if (cursor.atWord("const") || cursor.atWord("var") || startsLet(cursor)) return parseDeclaration(cursor, false);
  const after = cursor.at("[") || cursor.at("{") ? cursor.afterPair : undefined;
  if (after && (isWord(after, "of") || isWord(after, "in"))) {
    return cursor.nested((cursor) => parsePattern(cursor, "assignment"));
  }
  return parseExpression(cursor, false);
}

function parseForSemicolons(cursor: Cursor, head: Head, start: number): Statement {
  if (head?.kind === "ObjectPattern" || head?.kind === "ArrayPattern") return cursor.expected('"of"');
  cursor.expect(";");
  const test = cursor.at(";") ? undefined : parseExpression(cursor);
  cursor.expect(";");
  const update = cursor.at(")") ? undefined : parseExpression(cursor);
  const body = parseBody(cursor);
  return { kind: "ForStatement", initial: head, test, update, body, start, end: cursor.end };
}

function parseForOf(cursor: Cursor, head: Head, start: number): Statement {
  const { declaration, target } = loopTarget(cursor, head);
  const iterable = parseAssignment(cursor);
  const body = parseBody(cursor);
  return { kind: "ForOfStatement", declaration, target, iterable, body, start, end: cursor.end };
}

function parseForIn(cursor: Cursor, head: Head, start: number): Statement {
  const { declaration, target } = loopTarget(cursor, head);
  const object = parseExpression(cursor);
  const body = parseBody(cursor);
  return { kind: "ForInStatement", declaration, target, object, body, start, end: cursor.end };
}

interface LoopTarget {
  readonly declaration: VariableDeclaration["declaration"] | undefined;
  readonly target: Pattern;
}

function loopTarget(cursor: Cursor, head: Head): LoopTarget {
  if (head === undefined) return cursor.expected("an expression");
  if (head.kind === "ObjectPattern" || head.kind === "ArrayPattern") return { declaration: undefined, target: head };
  if (head.kind !== "VariableDeclaration") return { declaration: undefined, target: asTarget(head) };
  const [declarator, ...others] = head.declarators;
  if (others.length > 0 || declarator!.initial) {
    throw malformed("The loop must declare one variable, without value", head);
  }
  return { declaration: head.declaration, target: declarator!.target };
}

function parseBody(cursor: Cursor): Statement {
  cursor.expect(")");
  return parseStatement(cursor);
}

/**
 * Names that are bound or assigned to: parameters, declarations, destructuring.
 *
 * @module
 */

import type {
  ArrayPattern,
  Expression,
  Identifier,
  ObjectPattern,
  Parameter,
  Pattern,
  PatternElement,
  PatternProperty,
} from "./ast.ts";
import { type Cursor, isName, isOperator } from "./cursor.ts";
import { parseAssignment, parseLeftHandSide } from "./expressions.ts";
import { malformed } from "./failure.ts";
import { parsePropertyKey } from "./keys.ts";

/** Declarations bind names only; assignments may also reach members. */
export type Leaf = "binding" | "assignment";

/** A variable's name. */
export function parseName(cursor: Cursor): Identifier {
  const token = cursor.token;
  if (!isName(token)) cursor.expected("a name");
  cursor.take();
  return { kind: "Identifier", name: token.text, start: token.start, end: token.end };
}

/** A name, `{ … }` or `[ … ]`, or for assignments a member. */
export function parsePattern(cursor: Cursor, leaf: Leaf): Pattern {
  if (leaf === "binding" || startsPattern(cursor)) {
    if (cursor.at("{")) return cursor.nested((cursor) => parseObjectPattern(cursor, leaf));
    if (cursor.at("[")) return cursor.nested((cursor) => parseArrayPattern(cursor, leaf));
    return parseName(cursor);
  }
  return asTarget(parseLeftHandSide(cursor));
}

/** Whether the `{` or `[` here opens a pattern and not an object whose member is assigned. */
function startsPattern(cursor: Cursor): boolean {
  const after = cursor.afterPair;
  const goesOn = [".", "?.", "[", "("].some((text) => isOperator(after, text));
  return (cursor.at("{") || cursor.at("[")) && !goesOn;
}

/** An expression as what is assigned to. */
export function asTarget(expression: Expression): Identifier | Extract<Pattern, { kind: "MemberExpression" }> {
  if (expression.kind === "Identifier" || expression.kind === "MemberExpression") return expression;
  throw malformed("Only names, members and patterns can be assigned to", expression);
}

/** A target with its default. */
function parsePatternElement(cursor: Cursor, leaf: Leaf): PatternElement {
  const start = cursor.token.start;
  const target = parsePattern(cursor, leaf);
  const initial = cursor.eat("=") ? parseAssignment(cursor) : undefined;
  return { kind: "PatternElement", target, initial, start, end: cursor.end };
}

function parseObjectPattern(cursor: Cursor, leaf: Leaf): ObjectPattern {
  const { start } = cursor.expect("{");
  const properties: PatternProperty[] = [];
  let rest: Pattern | undefined;
  while (!cursor.at("}")) {
    if (cursor.eat("...")) {
      rest = parsePattern(cursor, leaf);
      break;
    }
    properties.push(parsePatternProperty(cursor, leaf));
    if (!cursor.at("}")) cursor.expect(",");
  }
  cursor.expect("}");
  return { kind: "ObjectPattern", properties, rest, start, end: cursor.end };
}

function parsePatternProperty(cursor: Cursor, leaf: Leaf): PatternProperty {
  const token = cursor.token;
  const { key, computed } = parsePropertyKey(cursor);
  const value = cursor.eat(":") ? parsePatternElement(cursor, leaf) : shorthand();
  return { kind: "PatternProperty", key, computed, value, start: token.start, end: cursor.end };

  function shorthand(): PatternElement {
    if (!isName(token)) cursor.expected('":"');
    const target: Identifier = { kind: "Identifier", name: token.text, start: token.start, end: token.end };
    const initial = cursor.eat("=") ? parseAssignment(cursor) : undefined;
    return { kind: "PatternElement", target, initial, start: token.start, end: cursor.end };
  }
}

function parseArrayPattern(cursor: Cursor, leaf: Leaf): ArrayPattern {
  const { start } = cursor.expect("[");
  const elements: (PatternElement | undefined)[] = [];
  let rest: Pattern | undefined;
  while (!cursor.at("]")) {
    if (cursor.eat(",")) {
      elements.push(undefined);
      continue;
    }
    if (cursor.eat("...")) {
      rest = parsePattern(cursor, leaf);
      break;
    }
    elements.push(parsePatternElement(cursor, leaf));
    if (!cursor.at("]")) cursor.expect(",");
  }
  cursor.expect("]");
  return { kind: "ArrayPattern", elements, rest, start, end: cursor.end };
}

/** `(a, { b }, c = 1, ...d)` */
export function parseParameters(cursor: Cursor): readonly Parameter[] {
  const parameters: Parameter[] = [];
  cursor.expect("(");
  while (!cursor.at(")")) {
    const start = cursor.token.start;
    const rest = cursor.eat("...");
    const { target, initial } = parsePatternElement(cursor, "binding");
    parameters.push({ kind: "Parameter", target, initial, rest, start, end: cursor.end });
    if (!cursor.at(")")) cursor.expect(",");
  }
  cursor.expect(")");
  return parameters;
}

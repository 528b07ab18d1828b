/**
 * Expressions that begin with their own token: names, literals, `this`, parentheses, arrays, objects, functions. Also the
 * place where most of what the language leaves out is recognised.
 *
 * @module
 */

import type {
  ArrayExpression,
  Expression,
  FunctionExpression,
  ObjectExpression,
  Property,
  SpreadElement,
  TemplateLiteral,
} from "./ast.ts";
import { type Cursor, isName, isOperator, RESERVED } from "./cursor.ts";
import { parseAssignment, parseExpression } from "./expressions.ts";
import { parseFunctionExpression, parseMethod } from "./functions.ts";
import { parsePropertyKey, type PropertyKeyNode } from "./keys.ts";
import { parseElement } from "./members.ts";
import type { Token } from "./tokens.ts";

/** One operand. */
export function parsePrimary(cursor: Cursor): Expression {
  const token = cursor.token;
  const { kind, text, value, start, end } = token;
  switch (kind) {
    case "identifier":
      return parseWord(cursor, token);
    case "number":
      cursor.take();
      return { kind: "NumberLiteral", value: value as number, start, end };
    case "bigint":
      cursor.take();
      return { kind: "BigIntLiteral", value: value as bigint, start, end };
    case "string":
      cursor.take();
      return { kind: "StringLiteral", value: text, start, end };
    case "template":
      return parseTemplate(cursor);
    case "punctuator":
      return parseBracket(cursor, token);
    case "regex":
      return refuseRegularExpression(cursor);
    case "private":
      return cursor.refuse("A program cannot ask for private names with `in`", token, "Compare a field instead");
    default:
      return cursor.expected("an expression");
  }
}

function refuseRegularExpression(cursor: Cursor): never {
  return cursor.refuse(
    "A program cannot use regular expressions",
    cursor.token,
    "Test texts before load() and keep the result in a field; compare the packet's bytes as numbers",
  );
}

function parseBracket(cursor: Cursor, token: Token): Expression {
  switch (token.text) {
    case "(": {
      cursor.take();
      const expression = parseExpression(cursor);
      cursor.expect(")");
      return expression;
    }
    case "[":
      return parseArray(cursor);
    case "{":
      return parseObject(cursor);
    case "/":
    case "/=":
      return refuseRegularExpression(cursor);
    case "@":
      return refuseClass(cursor);
    default:
      return cursor.expected("an expression");
  }
}

function parseWord(cursor: Cursor, token: Token): Expression {
  const { text, start, end, escaped } = token;
  const following = cursor.ahead(1);
  if (text === "async" && !escaped && following.text === "function" && !following.newline) refuseAsync(cursor);
  if (!RESERVED.has(text) || escaped) {
    cursor.take();
    return { kind: "Identifier", name: text, start, end };
  }
  switch (text) {
    case "this":
      cursor.take();
      return { kind: "ThisExpression", start, end };
    case "super":
      return parseSuper(cursor);
    case "true":
    case "false":
      cursor.take();
      return { kind: "BooleanLiteral", value: text === "true", start, end };
    case "null":
      cursor.take();
      return { kind: "NullLiteral", start, end };
    case "function":
      return parseFunctionExpression(cursor);
    case "class":
      return refuseClass(cursor);
    case "import":
      return refuseImport(cursor);
    default:
      return cursor.expected("an expression");
  }
}

function parseSuper(cursor: Cursor): Expression {
  const { start, end } = cursor.take();
  if (cursor.at("(")) {
    cursor.refuse(
      "A program cannot call a constructor",
      { start, end },
      "Call super.method() for a base class's method",
    );
  }
  if (!cursor.at(".") && !cursor.at("[")) cursor.expected('"."');
  return { kind: "SuperExpression", start, end };
}

/** Async functions, arrows and methods. */
export function refuseAsync(cursor: Cursor): never {
  return cursor.refuse("A program cannot be async", cursor.token, "Prepare values before load(), in fields");
}

/** Class declarations and expressions, with or without decorators. */
export function refuseClass(cursor: Cursor): never {
  return cursor.refuse(
    "A program cannot define classes",
    cursor.token,
    "Define the class outside and capture it: @kernel(() => ({ TheClass }))",
  );
}

function refuseImport(cursor: Cursor): never {
  const meta = isOperator(cursor.ahead(1), ".");
  return cursor.refuse(
    `A program cannot use ${meta ? "import.meta" : "import()"}`,
    { start: cursor.token.start, end: cursor.ahead(meta ? 2 : 0).end },
    "Import at the top of the file and capture what it gives: @kernel(() => ({ name }))",
  );
}

function parseArray(cursor: Cursor): ArrayExpression {
  const { start } = cursor.expect("[");
  const elements: (Expression | SpreadElement | undefined)[] = [];
  while (!cursor.at("]")) {
    if (cursor.eat(",")) {
      elements.push(undefined);
      continue;
    }
    elements.push(parseElement(cursor));
    if (!cursor.at("]")) cursor.expect(",");
  }
  cursor.expect("]");
  return { kind: "ArrayExpression", elements, start, end: cursor.end };
}

function parseObject(cursor: Cursor): ObjectExpression {
  const { start } = cursor.expect("{");
  const properties: (Property | SpreadElement)[] = [];
  while (!cursor.at("}")) {
    properties.push(cursor.at("...") ? parseElement(cursor) as SpreadElement : parseProperty(cursor));
    if (!cursor.at("}")) cursor.expect(",");
  }
  cursor.expect("}");
  return { kind: "ObjectExpression", properties, start, end: cursor.end };
}

function parseProperty(cursor: Cursor): Property {
  const token = cursor.token;
  const form = methodForm(cursor);
  if (form !== undefined) return propertyOf(cursor, parseMethod(cursor, form), token);
  const { key, computed } = parsePropertyKey(cursor);
  if (cursor.eat(":")) {
    const value = parseAssignment(cursor);
    return { kind: "Property", key, computed, value, start: token.start, end: cursor.end };
  }
  if (!isName(token)) cursor.expected('":"');
  const value: Expression = { kind: "Identifier", name: token.text, start: token.start, end: token.end };
  return { kind: "Property", key, computed, value, start: token.start, end: token.end };
}

/** Whether a method, getter or setter stands here, and which; async and generator methods are refused. */
function methodForm(cursor: Cursor): FunctionExpression["form"] | undefined {
  const following = cursor.ahead(1);
  if (cursor.at("*")) {
    cursor.refuse("A program cannot use generators", cursor.token, "Return an array, or loop over a plain field");
  }
  const ends = [",", ":", "(", "}", "="].some((text) => isOperator(following, text));
  if (!ends && cursor.atWord("async")) refuseAsync(cursor);
  if (!ends && cursor.atWord("get")) return "getter";
  if (!ends && cursor.atWord("set")) return "setter";
  const after = cursor.at("[") ? cursor.afterPair : following;
  return isOperator(after, "(") ? "method" : undefined;
}

function propertyOf(cursor: Cursor, method: [PropertyKeyNode, FunctionExpression], { start }: Token): Property {
  const [{ key, computed }, value] = method;
  return { kind: "Property", key, computed, value, start, end: cursor.end };
}

function parseTemplate(cursor: Cursor): TemplateLiteral {
  const { start, text } = cursor.take();
  const quasis = [text];
  const expressions: Expression[] = [];
  while (cursor.text.charCodeAt(cursor.end - 1) !== 0x60) {
    expressions.push(cursor.nested((cursor) => parseExpression(cursor)));
    if (cursor.token.kind !== "template") cursor.expected('"}"');
    quasis.push(cursor.take().text);
  }
  return { kind: "TemplateLiteral", quasis, expressions, start, end: cursor.end };
}

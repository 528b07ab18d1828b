/**
 * A function's own text, as `Function.prototype.toString` gives it, to its syntax tree.
 *
 * The texts of both runtimes are read: `program(packet) { … }`, Bun's computed keys before decorated methods
 * (`[(_dec = [kernel(…)], "program")](packet) { … }`), accessors, functions, arrows.
 *
 * @module
 */

import type { FunctionExpression } from "./ast.ts";
import { Cursor, isOperator } from "./cursor.ts";
import { unsupported } from "./failure.ts";
import { finishFunction, parseArrow, parseFunctionExpression, refuseGenerator, startsArrow } from "./functions.ts";
import { refuseAsync, refuseClass } from "./primary.ts";

/** What the engines print for functions whose text they do not have. */
const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;

/**
 * Parses a function's text.
 *
 * @throws {import("./failure.ts").SyntaxFailure} Where the text is outside the language.
 */
export function parseFunction(text: string): FunctionExpression {
  if (text.length < 1000 && NATIVE.test(text)) refuseNative(text);
  const cursor = new Cursor(text);
  const parsed = parseAnyForm(cursor);
  if (cursor.token.kind !== "end") cursor.expected("the end of the function");
  return parsed;
}

function refuseNative(text: string): never {
  throw unsupported(
    "A bound or built-in function has no text to compile",
    { start: 0, end: text.length },
    "Give the function itself instead of what bind() returns; call this.method() for a method",
  );
}

function parseAnyForm(cursor: Cursor): FunctionExpression {
  if (startsArrow(cursor)) return parseArrow(cursor, true);
  if (cursor.atWord("class")) return refuseClass(cursor);
  if (cursor.atWord("function")) return parseFunctionExpression(cursor);
  return parseMethodText(cursor);
}

function parseMethodText(cursor: Cursor): FunctionExpression {
  const { start } = cursor.token;
  let form: FunctionExpression["form"] = "method";
  if (cursor.atWord("static") && namesFollow(cursor)) cursor.take();
  if (cursor.atWord("async") && namesFollow(cursor)) refuseAsync(cursor);
  if (cursor.at("*")) refuseGenerator(cursor);
  if ((cursor.atWord("get") || cursor.atWord("set")) && namesFollow(cursor)) {
    form = cursor.take().text === "get" ? "getter" : "setter";
  }
  const name = takeMethodName(cursor);
  return finishFunction(cursor, form, name, start);
}

/** Whether the word here is a modifier: the method's name comes after it. */
function namesFollow(cursor: Cursor): boolean {
  return !isOperator(cursor.ahead(1), "(");
}

function takeMethodName(cursor: Cursor): string | undefined {
  const token = cursor.token;
  switch (token.kind) {
    case "identifier":
    case "string":
      return cursor.take().text;
    case "number":
    case "bigint":
      return String(cursor.take().value);
    case "private":
      return cursor.refuse(
        "A program cannot use private methods",
        token,
        "Name it without #: other objects cannot resolve it for the compiler otherwise",
      );
    default:
      return cursor.at("[") ? takeComputedName(cursor) : cursor.expected("a function");
  }
}

/**
 * A computed key is not parsed: it holds a decorated method's decorators, which may use all of JavaScript. Its value is
 * its last part, a string in all texts that the runtimes make.
 */
function takeComputedName(cursor: Cursor): string | undefined {
  const key = cursor.skipToPair();
  cursor.expect("]");
  const last = key.findLastIndex((token) => !isOperator(token, ")"));
  const before = key[last - 1];
  const isWhole = before === undefined || isOperator(before, "(") || isOperator(before, ",");
  return isWhole && key[last]?.kind === "string" ? key[last].text : undefined;
}

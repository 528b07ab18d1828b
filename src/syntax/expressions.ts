/**
 * Expressions from sequences down to unary operators, by precedence climbing; `members.ts` and `primary.ts` go on below.
 *
 * @module
 */

import type {
  AssignmentOperator,
  BinaryOperator,
  Expression,
  Identifier,
  LogicalOperator,
  MemberExpression,
  UnaryOperator,
} from "./ast.ts";
import { type Cursor, isOperator, isWord } from "./cursor.ts";
import { malformed } from "./failure.ts";
import { parseArrow, startsArrow } from "./functions.ts";
import { parseMembers } from "./members.ts";
import { asTarget, parsePattern } from "./patterns.ts";
import type { Token } from "./tokens.ts";

/** How tightly the binary operators bind. `**` alone binds to the right. */
const PRECEDENCE: ReadonlyMap<string, number> = new Map(
  [
    ["??"],
    ["||"],
    ["&&"],
    ["|"],
    ["^"],
    ["&"],
    ["==", "!=", "===", "!=="],
    ["<", ">", "<=", ">=", "in", "instanceof"],
    ["<<", ">>", ">>>"],
    ["+", "-"],
    ["*", "/", "%"],
    ["**"],
  ].flatMap((operators, index) => operators.map((operator) => [operator, index + 1] as const)),
);
const LOGICAL: ReadonlySet<string> = new Set(["??", "||", "&&"]);
const ASSIGNMENT: ReadonlySet<string> = new Set(
  "= += -= *= /= %= **= &= |= ^= <<= >>= >>>= &&= ||= ??=".split(" "),
);
const UNARY: ReadonlySet<string> = new Set(["-", "+", "!", "~"]);
const UNARY_WORDS: ReadonlySet<string> = new Set(["typeof", "void", "delete"]);

/**
 * An expression with commas.
 *
 * @param allowIn False in the head of `for`, where `in` ends the expression.
 */
export function parseExpression(cursor: Cursor, allowIn = true): Expression {
  const start = cursor.token.start;
  const first = parseAssignment(cursor, allowIn);
  if (!cursor.at(",")) return first;
  const expressions = [first];
  while (cursor.eat(",")) expressions.push(parseAssignment(cursor, allowIn));
  return { kind: "SequenceExpression", expressions, start, end: cursor.end };
}

/** An expression without commas. */
export function parseAssignment(cursor: Cursor, allowIn = true): Expression {
  return cursor.nested((cursor) => parseAssignmentHere(cursor, allowIn));
}

function parseAssignmentHere(cursor: Cursor, allowIn: boolean): Expression {
  if (startsArrow(cursor)) return parseArrow(cursor, allowIn);
  refuseSuspension(cursor);
  const { start } = cursor.token;
  const destructures = (cursor.at("{") || cursor.at("[")) && isOperator(cursor.afterPair, "=");
  const left = destructures ? parsePattern(cursor, "assignment") : parseConditional(cursor, allowIn);
  const { kind, text, start: operatorStart } = cursor.token;
  if (kind !== "punctuator" || !ASSIGNMENT.has(text)) return left as Expression;
  const target = destructures ? left : asTarget(left as Expression);
  cursor.take();
  const value = parseAssignment(cursor, allowIn);
  const operator = text as AssignmentOperator;
  return { kind: "AssignmentExpression", operator, target, value, operatorStart, start, end: cursor.end };
}

function refuseSuspension(cursor: Cursor): void {
  if (cursor.token.kind !== "identifier") return;
  if (cursor.atWord("yield")) {
    cursor.refuse("A program cannot be a generator", cursor.token, "Remove the `*` and `yield`");
  }
  if (cursor.atWord("await")) {
    cursor.refuse("A program cannot await", cursor.token, "Prepare the value before load(), in a field");
  }
}

function parseConditional(cursor: Cursor, allowIn: boolean): Expression {
  const { start } = cursor.token;
  const test = parseBinary(cursor, 0, allowIn);
  if (!cursor.eat("?")) return test;
  const consequent = parseAssignment(cursor);
  cursor.expect(":");
  const alternate = parseAssignment(cursor, allowIn);
  return { kind: "ConditionalExpression", test, consequent, alternate, start, end: cursor.end };
}

function precedenceOf(token: Token, allowIn: boolean): number {
  if (token.kind === "identifier") {
    return (isWord(token, "in") && allowIn) || isWord(token, "instanceof") ? PRECEDENCE.get(token.text)! : 0;
  }
  return token.kind === "punctuator" ? PRECEDENCE.get(token.text) ?? 0 : 0;
}

/** Operators that bind tighter than `above`. */
function parseBinary(cursor: Cursor, above: number, allowIn: boolean): Expression {
  const { start } = cursor.token;
  let left = parseUnary(cursor);
  for (;;) {
    const operator = cursor.token;
    const precedence = precedenceOf(operator, allowIn);
    if (precedence <= above) return left;
    cursor.take();
    const right = operator.text === "**"
      ? cursor.nested((cursor) => parseBinary(cursor, precedence - 1, allowIn))
      : parseBinary(cursor, precedence, allowIn);
    left = combine(operator, left, right, start, cursor.end);
  }
}

function combine(token: Token, left: Expression, right: Expression, start: number, end: number): Expression {
  const { text, start: operatorStart } = token;
  if (LOGICAL.has(text)) {
    return {
      kind: "LogicalExpression",
      operator: text as LogicalOperator,
      left,
      right,
      operatorStart,
      start,
      end,
    };
  }
  return { kind: "BinaryExpression", operator: text as BinaryOperator, left, right, operatorStart, start, end };
}

function parseUnary(cursor: Cursor): Expression {
  const { kind, text, start, escaped } = cursor.token;
  const prefix = kind === "punctuator" ? UNARY.has(text) : kind === "identifier" && UNARY_WORDS.has(text) && !escaped;
  if (prefix) {
    cursor.take();
    const argument = cursor.nested(parseUnary);
    if (cursor.at("**")) throw malformed("A unary operator before ** needs parentheses", cursor.token);
    return { kind: "UnaryExpression", operator: text as UnaryOperator, argument, start, end: cursor.end };
  }
  if (kind === "punctuator" && isCounting(text)) {
    cursor.take();
    const argument = asUpdated(cursor.nested(parseUnary));
    return { kind: "UpdateExpression", operator: text as "++", prefix: true, argument, start, end: cursor.end };
  }
  refuseSuspension(cursor);
  return parsePostfix(cursor);
}

function parsePostfix(cursor: Cursor): Expression {
  const { start } = cursor.token;
  const argument = parseLeftHandSide(cursor);
  const { kind, text, newline } = cursor.token;
  if (newline || kind !== "punctuator" || !isCounting(text)) return argument;
  asUpdated(argument);
  cursor.take();
  return { kind: "UpdateExpression", operator: text as "++", prefix: false, argument, start, end: cursor.end };
}

function isCounting(operator: string): boolean {
  return operator === "++" || operator === "--";
}

function asUpdated(argument: Expression): Identifier | MemberExpression {
  if (argument.kind === "Identifier" || argument.kind === "MemberExpression") return argument;
  throw malformed("Only names and members can be counted up or down", argument);
}

/** A primary expression with its members and calls: what may stand left of an operator. */
export function parseLeftHandSide(cursor: Cursor): Expression {
  return parseMembers(cursor);
}

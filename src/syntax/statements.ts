/**
 * Statements.
 *
 * @module
 */

import type {
  BlockStatement,
  Expression,
  IfStatement,
  Statement,
  SwitchCase,
  VariableDeclaration,
  VariableDeclarator,
} from "./ast.ts";
import { type Cursor, isName, isOperator } from "./cursor.ts";
import { parseAssignment, parseExpression } from "./expressions.ts";
import { malformed } from "./failure.ts";
import { parseFunctionExpression } from "./functions.ts";
import { parseFor } from "./loops.ts";
import { parseName, parsePattern } from "./patterns.ts";
import { refuseAsync, refuseClass } from "./primary.ts";

/** One statement. */
export function parseStatement(cursor: Cursor): Statement {
  return cursor.nested(parseStatementHere);
}

function parseStatementHere(cursor: Cursor): Statement {
  const token = cursor.token;
  if (token.kind === "punctuator") {
    if (token.text === "{") return parseBlock(cursor);
    if (token.text === ";") {
      cursor.take();
      return { kind: "EmptyStatement", start: token.start, end: token.end };
    }
    if (token.text === "@") return refuseClass(cursor);
  }
  if (token.kind !== "identifier") return parseExpressionStatement(cursor);
  const parse = token.escaped ? undefined : BY_KEYWORD.get(token.text);
  if (parse) return parse(cursor);
  return parseContextual(cursor) ?? parseExpressionStatement(cursor);
}

const BY_KEYWORD: ReadonlyMap<string, (cursor: Cursor) => Statement> = new Map([
  ["const", parseDeclarationStatement],
  ["var", parseDeclarationStatement],
  ["if", parseIf],
  ["for", parseFor],
  ["while", parseWhile],
  ["do", parseDoWhile],
  ["switch", parseSwitch],
  ["break", parseJump],
  ["continue", parseJump],
  ["return", parseReturn],
  ["throw", parseThrow],
  ["function", parseFunctionDeclaration],
  ["class", refuseClass],
  ["try", refuseTry],
  ["with", refuseWith],
  ["debugger", refuseDebugger],
]);

/** Words that are keywords only by what follows them, and labels. */
function parseContextual(cursor: Cursor): Statement | undefined {
  const token = cursor.token;
  const following = cursor.ahead(1);
  if (isOperator(following, ":") && isName(token)) return parseLabeled(cursor);
  if (startsLet(cursor)) return parseDeclarationStatement(cursor);
  if (following.newline || following.kind !== "identifier") return undefined;
  if (cursor.atWord("async") && following.text === "function") refuseAsync(cursor);
  const awaits = cursor.atWord("await") && following.text === "using";
  if (awaits || (cursor.atWord("using") && isName(following))) {
    cursor.refuse(
      "A program cannot declare with using",
      token,
      "Declare with const; nothing is disposed of in the kernel",
    );
  }
  return undefined;
}

/** Whether `let` here begins a declaration and is no name. */
export function startsLet(cursor: Cursor): boolean {
  if (!cursor.atWord("let")) return false;
  const following = cursor.ahead(1);
  return isName(following) || isOperator(following, "[") || isOperator(following, "{");
}

function parseExpressionStatement(cursor: Cursor): Statement {
  const { start } = cursor.token;
  const expression = parseExpression(cursor);
  cursor.endStatement();
  return { kind: "ExpressionStatement", expression, start, end: cursor.end };
}

/** `{ … }` */
function parseBlock(cursor: Cursor): BlockStatement {
  const { start } = cursor.expect("{");
  const body: Statement[] = [];
  while (!cursor.at("}")) body.push(parseStatement(cursor));
  cursor.expect("}");
  return { kind: "BlockStatement", body, start, end: cursor.end };
}

function parseDeclarationStatement(cursor: Cursor): VariableDeclaration {
  const declaration = parseDeclaration(cursor, true);
  cursor.endStatement();
  return { ...declaration, end: cursor.end };
}

/** `const a = 1, b = 2`, without what ends it. */
export function parseDeclaration(cursor: Cursor, allowIn: boolean): VariableDeclaration {
  const { start, text } = cursor.take();
  const declarators: VariableDeclarator[] = [];
  do {
    const start = cursor.token.start;
    const target = parsePattern(cursor, "binding");
    const initial = cursor.eat("=") ? parseAssignment(cursor, allowIn) : undefined;
    declarators.push({ kind: "VariableDeclarator", target, initial, start, end: cursor.end });
  } while (cursor.eat(","));
  const declaration = text as VariableDeclaration["declaration"];
  return { kind: "VariableDeclaration", declaration, declarators, start, end: cursor.end };
}

/** `if` with all its `else if`s in a loop: long chains are usual in generated code. */
function parseIf(cursor: Cursor): Statement {
  const heads: { start: number; test: Expression; consequent: Statement }[] = [];
  let alternate: Statement | undefined;
  do {
    const { start } = cursor.expectWord("if");
    const test = parseCondition(cursor);
    heads.push({ start, test, consequent: parseStatement(cursor) });
    if (!cursor.eatWord("else")) break;
    if (!cursor.atWord("if")) alternate = parseStatement(cursor);
  } while (alternate === undefined);
  const { end } = cursor;
  for (const head of heads.reverse()) {
    alternate = { kind: "IfStatement", ...head, alternate, end } satisfies IfStatement;
  }
  return alternate!;
}

function parseCondition(cursor: Cursor): Expression {
  cursor.expect("(");
  const test = parseExpression(cursor);
  cursor.expect(")");
  return test;
}

function parseWhile(cursor: Cursor): Statement {
  const { start } = cursor.take();
  const test = parseCondition(cursor);
  const body = parseStatement(cursor);
  return { kind: "WhileStatement", test, body, start, end: cursor.end };
}

function parseDoWhile(cursor: Cursor): Statement {
  const { start } = cursor.take();
  const body = parseStatement(cursor);
  cursor.expectWord("while");
  const test = parseCondition(cursor);
  cursor.eat(";");
  return { kind: "DoWhileStatement", test, body, start, end: cursor.end };
}

function parseSwitch(cursor: Cursor): Statement {
  const { start } = cursor.take();
  const discriminant = parseCondition(cursor);
  const cases: SwitchCase[] = [];
  cursor.expect("{");
  while (!cursor.at("}")) cases.push(parseCase(cursor));
  cursor.expect("}");
  return { kind: "SwitchStatement", discriminant, cases, start, end: cursor.end };
}

function parseCase(cursor: Cursor): SwitchCase {
  const { start } = cursor.token;
  let test: Expression | undefined;
  if (!cursor.eatWord("default")) {
    cursor.expectWord("case");
    test = parseExpression(cursor);
  }
  cursor.expect(":");
  const body: Statement[] = [];
  while (!cursor.at("}") && !cursor.atWord("case") && !cursor.atWord("default")) body.push(parseStatement(cursor));
  return { kind: "SwitchCase", test, body, start, end: cursor.end };
}

/** `break` and `continue`. */
function parseJump(cursor: Cursor): Statement {
  const { start, text } = cursor.take();
  const label = cursor.mayEndStatement() ? undefined : parseName(cursor).name;
  cursor.endStatement();
  return { kind: text === "break" ? "BreakStatement" : "ContinueStatement", label, start, end: cursor.end };
}

function parseReturn(cursor: Cursor): Statement {
  const { start } = cursor.take();
  const argument = cursor.mayEndStatement() ? undefined : parseExpression(cursor);
  cursor.endStatement();
  return { kind: "ReturnStatement", argument, start, end: cursor.end };
}

function parseThrow(cursor: Cursor): Statement {
  const keyword = cursor.take();
  if (cursor.mayEndStatement()) throw malformed("throw needs a value on its line", keyword);
  const argument = parseExpression(cursor);
  cursor.endStatement();
  return { kind: "ThrowStatement", argument, start: keyword.start, end: cursor.end };
}

function parseLabeled(cursor: Cursor): Statement {
  const { start } = cursor.token;
  const label = parseName(cursor).name;
  cursor.expect(":");
  const body = parseStatement(cursor);
  return { kind: "LabeledStatement", label, body, start, end: cursor.end };
}

function parseFunctionDeclaration(cursor: Cursor): Statement {
  const { start } = cursor.token;
  const declared = parseFunctionExpression(cursor);
  if (declared.name === undefined) throw malformed("A function declaration needs a name", declared);
  return { kind: "FunctionDeclaration", name: declared.name, function: declared, start, end: cursor.end };
}

function refuseTry(cursor: Cursor): never {
  return cursor.refuse(
    "A program cannot use try",
    cursor.token,
    "Test for the failure with if; an uncaught throw leaves as XDP_ABORTED",
  );
}

function refuseWith(cursor: Cursor): never {
  return cursor.refuse("A program cannot use with", cursor.token, "Name the object at each use");
}

function refuseDebugger(cursor: Cursor): never {
  return cursor.refuse(
    "A program in the kernel has no debugger",
    cursor.token,
    'Remove the statement, or debug a run as plain JavaScript: test(packet, { on: "js" })',
  );
}

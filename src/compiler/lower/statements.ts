/**
 * Statements: what a path does, one after the other, until it leaves.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type {
  BreakStatement,
  CallExpression,
  ContinueStatement,
  Expression,
  IfStatement,
  LabeledStatement,
  NewExpression,
  Statement,
  SwitchStatement,
  VariableDeclaration,
} from "../../syntax/ast.ts";
import { lowerArgument } from "./calls.ts";
import { lowerComparison, lowerCondition } from "./conditions.ts";
import type { Context, Exit } from "./context.ts";
import { lowerExpression } from "./expressions.ts";
import { lowerFor, lowerForOf, lowerWhile } from "./loops.ts";
import { closure, declare, findBinding, reserve, withScope } from "./names.ts";
import { UNDEFINED } from "./operand.ts";
import { lowerPattern, namesOf } from "./patterns.ts";

type Lowering<Kind extends Statement["kind"]> = (context: Context, node: Extract<Statement, { kind: Kind }>) => void;

const LOWERINGS: { readonly [Kind in Statement["kind"]]: Lowering<Kind> } = {
  ExpressionStatement: (context, node) => void lowerExpression(context, node.expression, true),
  VariableDeclaration: lowerDeclaration,
  BlockStatement: (context, node) => withScope(context, () => lowerStatements(context, node.body)),
  EmptyStatement: () => {},
  IfStatement: lowerIf,
  ForStatement: (context, node) => lowerFor(context, node),
  ForOfStatement: (context, node) => lowerForOf(context, node),
  ForInStatement: (context, node) =>
    context.fail(ErrorCode.UnsupportedSyntax, node, "Cannot use for…in in a program", "Use for…of over Object.keys(…)"),
  WhileStatement: (context, node) => lowerWhile(context, node),
  DoWhileStatement: (context, node) => lowerWhile(context, node),
  SwitchStatement: (context, node) => lowerSwitch(context, node),
  BreakStatement: (context, node) => leave(context, node, "break"),
  ContinueStatement: (context, node) => leave(context, node, "continue"),
  LabeledStatement: lowerLabeled,
  ThrowStatement: (context, node) => {
    const { argument } = node;
    if (makesError(context, argument)) argument.arguments.forEach((part) => lowerArgument(context, part));
    else lowerExpression(context, argument);
    context.builder.goto(context.abort);
  },
  FunctionDeclaration: () => {},
  ReturnStatement: (context, node) => {
    const operand = node.argument ? lowerExpression(context, node.argument) : UNDEFINED;
    context.at(node);
    const { builder, frame } = context;
    if (builder.reachable) builder.goto(frame.returns, frame.finish(operand, node.argument ?? node));
  },
};

/** Whether an expression makes an object to throw. Bun writes `Error("why")` for `new Error("why")`, which is the same. */
function makesError(context: Context, node: Expression): node is NewExpression | CallExpression {
  if (node.kind === "NewExpression") return true;
  if (node.kind !== "CallExpression" || node.callee.kind !== "Identifier") return false;
  const { name } = node.callee;
  const isGlobal = !findBinding(context.frame.scope, name) && !context.frame.captures?.has(name);
  return isGlobal && /^(|Aggregate|Eval|Range|Reference|Syntax|Type|URI)Error$/.test(name);
}

/** Lowers statements in order; what cannot be reached is not lowered. Functions are there from the start. */
export function lowerStatements(context: Context, statements: readonly Statement[]): void {
  for (const statement of statements) {
    if (statement.kind === "VariableDeclaration") {
      statement.declarators.flatMap(({ target }) => namesOf(target)).forEach((name) => reserve(context, name));
    }
  }
  for (const statement of statements) {
    if (statement.kind !== "FunctionDeclaration") continue;
    declare(context, statement.name, true, closure(context, statement.function));
  }
  for (const statement of statements) {
    if (!context.builder.reachable) return;
    lowerStatement(context, statement);
  }
}

export function lowerStatement(context: Context, node: Statement): void {
  context.at(node);
  const lowering = LOWERINGS[node.kind] as Lowering<Statement["kind"]>;
  lowering(context, node as never);
}

export function lowerDeclaration(context: Context, node: VariableDeclaration): void {
  if (node.declaration === "var") {
    context.fail(ErrorCode.UnsupportedSyntax, node, "Cannot use var in a program", "Use let or const");
  }
  for (const { target, initial } of node.declarators) {
    const operand = initial ? lowerExpression(context, initial) : UNDEFINED;
    lowerPattern(context, target, operand, (name, part) => declare(context, name, node.declaration === "const", part));
  }
}

function lowerIf(context: Context, node: IfStatement): void {
  const { builder } = context;
  const [yes, no, join] = [builder.label(), builder.label(), builder.label()];
  lowerCondition(context, node.test, yes, no);
  for (const [label, statement] of [[yes, node.consequent], [no, node.alternate]] as const) {
    builder.place(label);
    if (builder.reachable && statement) lowerStatement(context, statement);
    builder.goto(join);
  }
  builder.place(join);
}

function lowerLabeled(context: Context, { label, body }: LabeledStatement): void {
  if (body.kind === "ForStatement") return lowerFor(context, body, label);
  if (body.kind === "ForOfStatement") return lowerForOf(context, body, label);
  if (body.kind === "WhileStatement" || body.kind === "DoWhileStatement") return lowerWhile(context, body, label);
  if (body.kind === "SwitchStatement") return lowerSwitch(context, body, label);
  const { builder } = context;
  const end = builder.label();
  withExit(context, { label, break: end, continue: undefined, isBlock: true }, () => lowerStatement(context, body));
  builder.goto(end);
  builder.place(end);
}

/** `break` and `continue`: to the innermost statement that takes them, or the one of that label. */
function leave(context: Context, node: BreakStatement | ContinueStatement, what: "break" | "continue"): void {
  const { exits } = context.frame;
  for (let i = exits.length - 1; i >= 0; i--) {
    const exit = exits[i];
    if (node.label === undefined ? exit.isBlock : exit.label !== node.label) continue;
    const to = exit[what];
    if (to) return context.builder.goto(to);
  }
  context.fail(ErrorCode.SyntaxError, node, `Cannot ${what}${node.label ? ` ${node.label}` : ""} here`);
}

/** Lowers what stands inside a statement that `break` or `continue` can leave. */
export function withExit(context: Context, exit: Exit, body: () => void): void {
  const { exits } = context.frame;
  exits.push(exit);
  try {
    body();
  } finally {
    exits.pop();
  }
}

/** `switch`: the tests in order, then the bodies, each falling through to the next. */
function lowerSwitch(context: Context, node: SwitchStatement, label?: string): void {
  const { builder } = context;
  const discriminant = lowerExpression(context, node.discriminant);
  const end = builder.label();
  const bodies = node.cases.map(() => builder.label());
  withScope(context, () => {
    node.cases.forEach(({ test, start, end: stop }, i) => {
      if (!test || !builder.reachable) return;
      const next = builder.label();
      const operand = lowerExpression(context, test);
      context.at({ start, end: stop });
      lowerComparison(context, "===", discriminant, operand, test, bodies[i], next);
      builder.place(next);
    });
    const otherwise = node.cases.findIndex(({ test }) => !test);
    builder.goto(otherwise < 0 ? end : bodies[otherwise]);
    withExit(context, { label, break: end, continue: undefined }, () =>
      node.cases.forEach(({ body }, i) => {
        builder.goto(bodies[i]);
        builder.place(bodies[i]);
        lowerStatements(context, body);
      }));
    builder.goto(end);
  });
  builder.place(end);
}

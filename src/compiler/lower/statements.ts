/**
 * Statements: what a path does, one after the other, until it leaves.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { IfStatement, Statement, VariableDeclaration } from "../../syntax/ast.ts";
import type { Label } from "./builder.ts";
import { lowerCondition } from "./conditions.ts";
import type { Context } from "./context.ts";
import { lowerExpression } from "./expressions.ts";
import { declare, withScope } from "./names.ts";
import { UNDEFINED } from "./operand.ts";
import { lowerPattern } from "./patterns.ts";

type Lowering<Kind extends Statement["kind"]> = (context: Context, node: Extract<Statement, { kind: Kind }>) => void;

const LOWERINGS: { readonly [Kind in Statement["kind"]]?: Lowering<Kind> } = {
  ExpressionStatement: (context, node) => void lowerExpression(context, node.expression, true),
  VariableDeclaration: lowerDeclaration,
  BlockStatement: (context, node) => withScope(context, () => lowerStatements(context, node.body)),
  EmptyStatement: () => {},
  IfStatement: lowerIf,
  ReturnStatement: (context, node) => {
    const operand = node.argument ? lowerExpression(context, node.argument) : UNDEFINED;
    context.at(node);
    const { builder, frame } = context;
    if (builder.reachable) builder.goto(frame.returns, frame.finish(operand, node.argument ?? node));
  },
};

/** Lowers statements in order; what cannot be reached is not lowered. */
export function lowerStatements(context: Context, statements: readonly Statement[]): void {
  for (const statement of statements) {
    if (!context.builder.reachable) return;
    lowerStatement(context, statement);
  }
}

export function lowerStatement(context: Context, node: Statement): void {
  context.at(node);
  const lowering = LOWERINGS[node.kind] as Lowering<Statement["kind"]> | undefined;
  if (lowering) return lowering(context, node as never);
  context.fail(ErrorCode.UnsupportedSyntax, node, `Cannot use ${STATEMENT_NAMES[node.kind] ?? node.kind} in a program`);
}

const STATEMENT_NAMES: Readonly<Record<string, string>> = {
  ForStatement: "a for loop",
  ForOfStatement: "a for…of loop",
  ForInStatement: "a for…in loop",
  WhileStatement: "a while loop",
  DoWhileStatement: "a do…while loop",
  SwitchStatement: "switch",
  BreakStatement: "break",
  ContinueStatement: "continue",
  LabeledStatement: "a label",
  ThrowStatement: "throw",
  FunctionDeclaration: "a function declaration",
};

function lowerDeclaration(context: Context, node: VariableDeclaration): void {
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
  const [yes, no, join]: Label[] = [{ incoming: [] }, { incoming: [] }, { incoming: [] }];
  lowerCondition(context, node.test, yes, no);
  for (const [label, statement] of [[yes, node.consequent], [no, node.alternate]] as const) {
    builder.place(label);
    if (builder.reachable && statement) lowerStatement(context, statement);
    builder.goto(join);
  }
  builder.place(join);
}

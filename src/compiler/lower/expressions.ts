/**
 * Expressions: a table from the tree's kinds to what each stands for.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type {
  BinaryOperator,
  Expression,
  LogicalExpression,
  NewExpression,
  Span,
  UnaryExpression,
} from "../../syntax/ast.ts";
import { lowerArithmetic, lowerComplement, lowerNegation, numeric } from "./arithmetic.ts";
import { lowerAssignment, lowerUpdate } from "./assignments.ts";
import { lowerArgument, lowerCall } from "./calls.ts";
import { leaveNothing, withEach } from "./choices.ts";
import { isComparison, lowerBoolean, lowerComparison, lowerCondition, lowerTruth } from "./conditions.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { isNothing } from "./join_choices.ts";
import { made, MAKERS, refuseUndecided } from "./made.ts";
import { refuseMap } from "./maps.ts";
import { lowerChain, lowerMemberValue } from "./members.ts";
import { closure, lowerIdentifier } from "./names.ts";
import { lowerObject } from "./objects.ts";
import { known, listOf, type Operand, UNDEFINED } from "./operand.ts";
import { evaluateBinary, evaluateUnary } from "./statics.ts";

type Lowering<Kind extends Expression["kind"]> = (
  context: Context,
  node: Extract<Expression, { kind: Kind }>,
  discard: boolean,
) => Operand;

const LOWERINGS: { readonly [Kind in Expression["kind"]]: Lowering<Kind> } = {
  Identifier: lowerIdentifier,
  NumberLiteral: (_, node) => known(node.value),
  BigIntLiteral: (_, node) => known(node.value),
  StringLiteral: (_, node) => known(node.value),
  BooleanLiteral: (_, node) => known(node.value),
  NullLiteral: () => known(null),
  ThisExpression: (context) => context.frame.thisOperand,
  SuperExpression: (context, node) =>
    unsupported(context, node, "super on its own", "Call a method of it: super.program(packet)"),
  TemplateLiteral: (context, node) => {
    const parts = node.expressions.map((part) => {
      const operand = lowerExpression(context, part);
      if (operand.kind === "static") return operand.value;
      const what = `Cannot put ${describe(operand)} into a text: texts exist at generation time only`;
      const remedy = 'To print it, give console.log() one value after the other: console.log("count", x)';
      return context.fail(ErrorCode.UnsupportedSyntax, part, what, remedy);
    });
    return known(node.quasis.reduce((text, quasi, i) => text + String(parts[i - 1]) + quasi));
  },
  ArrayExpression: (context, node) =>
    made(context, listOf(node.elements.flatMap((element) => element ? lowerArgument(context, element) : UNDEFINED))),
  ObjectExpression: (context, node) => made(context, lowerObject(context, node)),
  UnaryExpression: lowerUnary,
  UpdateExpression: lowerUpdate,
  BinaryExpression: (context, node) => {
    const left = lowerExpression(context, node.left);
    const right = lowerExpression(context, node.right);
    context.at(node);
    return lowerBinary(context, node.operator, left, right, { left: node.left, right: node.right, whole: node });
  },
  LogicalExpression: lowerLogical,
  AssignmentExpression: lowerAssignment,
  ConditionalExpression: (context, node, discard) => {
    const { builder } = context;
    const [yes, no, join] = [builder.label(), builder.label(), builder.label()];
    lowerCondition(context, node.test, yes, no);
    for (const [label, expression] of [[yes, node.consequent], [no, node.alternate]] as const) {
      builder.place(label);
      if (builder.reachable) builder.goto(join, lowerExpression(context, expression, discard));
    }
    return builder.place(join) ?? UNDEFINED;
  },
  CallExpression: lowerCall,
  NewExpression: lowerNew,
  MemberExpression: lowerMemberValue,
  ChainExpression: (context, node) => lowerChain(context, node.expression),
  SequenceExpression: (context, node, discard) => {
    const last = node.expressions.length - 1;
    let result: Operand = UNDEFINED;
    node.expressions.forEach((part, i) => result = lowerExpression(context, part, discard || i < last));
    return result;
  },
  FunctionExpression: (context, tree) => closure(context, tree),
};

/** What an expression stands for; `discard` says that nobody reads it. */
export function lowerExpression(context: Context, node: Expression, discard = false): Operand {
  context.at(node);
  const lowering = LOWERINGS[node.kind] as Lowering<Expression["kind"]>;
  const operand = lowering(context, node as never, discard);
  if (operand.kind === "static") refuseUndecided(context, operand.value, node);
  return operand;
}

/** `left operator right`, both evaluated. */
export function lowerBinary(
  context: Context,
  operator: BinaryOperator,
  left: Operand,
  right: Operand,
  spans: { readonly left: Span; readonly right: Span; readonly whole: Span },
): Operand {
  if (left.kind === "static" && right.kind === "static") {
    return known(evaluateBinary(context, operator, left.value, right.value, spans.whole));
  }
  if (isComparison(operator)) {
    return lowerBoolean(context, (yes, no) => lowerComparison(context, operator, left, right, spans.whole, yes, no));
  }
  return lowerArithmetic(context, operator, left, right, spans);
}

function lowerUnary(context: Context, node: UnaryExpression): Operand {
  if (node.operator === "!") {
    return lowerBoolean(context, (yes, no) => lowerCondition(context, node.argument, no, yes));
  }
  const operand = lowerExpression(context, node.argument, node.operator === "void");
  if (node.operator === "void") return UNDEFINED;
  context.at(node);
  if (operand.kind === "static") return known(evaluateUnary(context, node.operator, operand.value, node));
  if (node.operator === "typeof") return withEach(context, operand, (option) => known(typeOf(option)));
  switch (node.operator) {
    case "-":
      return lowerNegation(context, operand, node.argument);
    case "~":
      return lowerComplement(context, operand, node.argument);
    case "+": {
      if (operand.kind === "quotient") return operand;
      const word = numeric(context, operand, "+", node.argument);
      if (word.type !== "bigint") return word;
      return context.fail(ErrorCode.TypeMismatch, node, "Cannot use + on a bigint, as in JavaScript", "Use Number()");
    }
    default:
      return unsupported(context, node, node.operator, "Leave it out: objects of this generation are constants");
  }
}

/** `new Map()` and its like: what is made at generation. */
function lowerNew(context: Context, node: NewExpression): Operand {
  const callee = lowerExpression(context, node.callee);
  const make = callee.kind === "static" ? MAKERS.get(callee.value) : undefined;
  if (!make) {
    const name = callee.kind === "static" && typeof callee.value === "function" ? ` ${callee.value.name}` : "";
    return unsupported(context, node, `new${name}`, "Make the object before load(), and keep it in a field");
  }
  const operands = node.arguments.flatMap((argument) => lowerArgument(context, argument));
  operands.forEach((operand) => refuseMap(context, operand, node));
  const values = operands.map((operand) => staticOperand(context, operand, node, "what an object is made of"));
  return made(context, known(make(...values)));
}

/** JavaScript's name for the type of what is known at run time only. */
function typeOf(operand: Operand): string {
  switch (operand.kind) {
    case "static":
      return typeof operand.value;
    case "word":
      return operand.type === "fixed" ? "number" : operand.type;
    case "quotient":
      return "number";
    default:
      return operand.kind === "callable" || operand.kind === "closure" ? "function" : "object";
  }
}

/** `a && b` and `a || b` as values: JavaScript's, which gives one of the operands. */
function lowerLogical(context: Context, node: LogicalExpression, discard: boolean): Operand {
  const { builder } = context;
  const [rest, keep, join] = [builder.label(), builder.label(), builder.label()];
  const left = lowerExpression(context, node.left);
  context.at(node);
  if (node.operator === "??") {
    if (left.kind !== "choice") return isNothing(left) ? lowerExpression(context, node.right, discard) : left;
    const value = leaveNothing(context, left, () => builder.goto(join, lowerExpression(context, node.right, discard)));
    builder.goto(join, value);
    return builder.place(join) ?? UNDEFINED;
  }
  if (node.operator === "&&") lowerTruth(context, left, node.left, rest, keep);
  else lowerTruth(context, left, node.left, keep, rest);
  builder.place(keep);
  builder.goto(join, builder.current(left));
  builder.place(rest);
  if (builder.reachable) builder.goto(join, lowerExpression(context, node.right, discard));
  return builder.place(join) ?? UNDEFINED;
}

/** An expression that must be known at generation time. */
export function staticValue(context: Context, node: Expression, what: string): unknown {
  return staticOperand(context, lowerExpression(context, node), node, what);
}

function staticOperand(context: Context, operand: Operand, node: Span, what: string): unknown {
  if (operand.kind === "static") return operand.value;
  if (operand.kind === "callable" && operand.fn) return operand.fn;
  return context.fail(
    ErrorCode.UnsupportedSyntax,
    node,
    `Cannot use ${describe(operand)} here: ${what} must be known at generation time`,
    "Use a literal, a plain field of this, or a capture",
  );
}

function unsupported(context: Context, span: Span, what: string, remedy: string): never {
  return context.fail(ErrorCode.UnsupportedSyntax, span, `Cannot use ${what} in a program`, remedy);
}

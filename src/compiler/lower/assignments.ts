/**
 * Assignments and updates: locals get a new value, shared variables one atomic instruction or a load and a store (rule 13).
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type {
  AssignmentExpression,
  BinaryOperator,
  Expression,
  Identifier,
  MemberExpression,
  Pattern,
  Span,
  UpdateExpression,
} from "../../syntax/ast.ts";
import type { AtomicOperator, Value } from "../ir.ts";
import type { Variable } from "../unit.ts";
import { lowerArithmetic, lowerNegation } from "./arithmetic.ts";
import { describe } from "./builder.ts";
import { lowerTruth } from "./conditions.ts";
import type { Context } from "./context.ts";
import { lowerBinary, lowerExpression } from "./expressions.ts";
import { lowerMemberParts, variableOf } from "./members.ts";
import { atomic, converted, isAtomic, readVariable, scalar, writeVariable } from "./memory.ts";
import { assignLocal, lowerIdentifier } from "./names.ts";
import { known, type Operand, UNDEFINED } from "./operand.ts";
import { lowerPattern } from "./patterns.ts";

/** What an assignment writes to, its object evaluated once. */
interface Target {
  readonly variable?: { readonly variable: Variable; readonly owner: object; readonly name: string };
  read(): Operand;
  write(operand: Operand, span: Span): void;
}

const ATOMIC: Readonly<Record<string, AtomicOperator>> = { "+": "add", "-": "add", "&": "and", "|": "or", "^": "xor" };

export function lowerAssignment(context: Context, node: AssignmentExpression, discard: boolean): Operand {
  if (node.operator === "=") return lowerPlainAssignment(context, node);
  const target = lowerTarget(context, node.target);
  if (node.operator === "&&=" || node.operator === "||=" || node.operator === "??=") {
    return lowerLogicalAssignment(context, node, target);
  }
  const operator = node.operator.slice(0, -1) as BinaryOperator;
  const { variable } = target;
  const spans = { left: node.target, right: node.value, whole: node };
  if (variable && isAtomic(variable.variable) && operator in ATOMIC) {
    const operand = evaluateFirst(context, variable.variable, node.value);
    context.at(node);
    if (operand) return lowerAtomic(context, operator, variable.variable, operand, spans, discard).after;
  }
  const before = target.read();
  const operand = lowerExpression(context, node.value);
  context.at(node);
  const after = lowerBinary(context, operator, before, operand, spans);
  target.write(after, node);
  return after;
}

export function lowerUpdate(context: Context, node: UpdateExpression, discard: boolean): Operand {
  const target = lowerTarget(context, node.argument);
  const operator = node.operator === "++" ? "+" : "-";
  const spans = { left: node.argument, right: node, whole: node };
  context.at(node);
  const { variable } = target;
  if (variable && isAtomic(variable.variable)) {
    const type = scalar(context, variable.variable.type, node);
    const one = known(type.value === "bigint" ? 1n : 1);
    const { before, after } = lowerAtomic(context, operator, variable.variable, one, spans, discard);
    return node.prefix ? after : before;
  }
  const before = target.read();
  const isBigInt = before.kind === "word"
    ? before.type === "bigint"
    : before.kind === "static" && typeof before.value === "bigint";
  const after = lowerBinary(context, operator, before, known(isBigInt ? 1n : 1), spans);
  target.write(after, node);
  return node.prefix ? after : before;
}

function lowerPlainAssignment(context: Context, node: AssignmentExpression): Operand {
  const { target } = node;
  if (target.kind === "ObjectPattern" || target.kind === "ArrayPattern") {
    const operand = lowerExpression(context, node.value);
    lowerPattern(
      context,
      target,
      operand,
      (name, part) => assignLocal(context, { ...node, kind: "Identifier", name }, part),
    );
    return operand;
  }
  const place = lowerTarget(context, target);
  const operand = lowerExpression(context, node.value);
  context.at(node);
  place.write(operand, node.value);
  return operand;
}

/** `x ||= v`: writes only where the value decides so. */
function lowerLogicalAssignment(context: Context, node: AssignmentExpression, target: Target): Operand {
  const { builder } = context;
  const before = target.read();
  const join = builder.label();
  const keep = builder.label();
  const assign = builder.label();
  if (node.operator === "??=") {
    const isNullish = before.kind === "static" && (before.value === undefined || before.value === null);
    builder.goto(isNullish ? assign : keep);
  } else if (node.operator === "||=") lowerTruth(context, before, node.target, keep, assign);
  else lowerTruth(context, before, node.target, assign, keep);
  builder.place(keep);
  builder.goto(join, before);
  builder.place(assign);
  if (builder.reachable) {
    const operand = lowerExpression(context, node.value);
    target.write(operand, node.value);
    builder.goto(join, operand);
  }
  return builder.place(join) ?? UNDEFINED;
}

function lowerAtomic(
  context: Context,
  operator: BinaryOperator,
  variable: Variable,
  operand: Operand,
  spans: { readonly left: Span; readonly right: Span; readonly whole: Span },
  discard: boolean,
): { readonly before: Operand; readonly after: Operand } {
  const type = scalar(context, variable.type, spans.whole);
  const word = converted(context, { ...type, get: type.get, set: type.set }, operand, spans.right);
  const change = operator === "-" ? lowerNegation(context, word, spans.right) : word;
  const before = atomic(context, variable, ATOMIC[operator], change, !discard, spans.whole);
  if (!before) return { before: UNDEFINED, after: UNDEFINED };
  return { before, after: lowerArithmetic(context, operator, before, word, spans) };
}

function lowerTarget(context: Context, node: Expression | Pattern): Target {
  if (node.kind === "Identifier") return localTarget(context, node);
  if (node.kind === "MemberExpression") return memberTarget(context, node);
  return context.fail(ErrorCode.UnsupportedSyntax, node, "Cannot assign to this expression");
}

function localTarget(context: Context, node: Identifier): Target {
  return {
    read: () => lowerIdentifier(context, node),
    write: (operand) => assignLocal(context, node, operand),
  };
}

function memberTarget(context: Context, node: MemberExpression): Target {
  const { object, name } = lowerMemberParts(context, node);
  const owner = object.kind === "static" ? object.value : undefined;
  const variable = variableOf(context, owner, name);
  if (!variable) {
    return context.fail(
      ErrorCode.UnsupportedSyntax,
      node,
      `Cannot assign .${name} of ${describe(object)}: it is a constant of this generation`,
      `Declare it as a variable: @globalVar(u32) accessor ${name.replace("#", "")} = 0, or use a local`,
    );
  }
  return {
    variable: { variable, owner: owner as object, name },
    read: () => readVariable(context, variable, owner as object, name, node),
    write: (operand, span) => writeVariable(context, variable, owner as object, name, operand, span),
  };
}

/** The right side of `x op= y`, unless evaluating it may write x: then JavaScript reads x first (`undefined`). */
function evaluateFirst(context: Context, variable: Variable, node: Expression): Operand | undefined {
  const { builder } = context;
  const undo = builder.checkpoint();
  const first = builder.fn.nextId;
  const operand = lowerExpression(context, node);
  const isWritten = builder.fn.blocks.some(({ instructions }) =>
    instructions.some((value) => value.id >= first && mayWrite(value, variable))
  );
  if (!isWritten) return operand;
  undo();
  return undefined;
}

function mayWrite({ operation, inputs }: Value, variable: Variable): boolean {
  if (operation.kind === "call") return true;
  if (operation.kind !== "store" && operation.kind !== "atomic" || operation.region !== "map") return false;
  const at = inputs[0].operation;
  if (at.kind !== "mapValue" || variable.kind !== "global") return true;
  return at.map === variable.map && at.offset < variable.offset + variable.type.size &&
    variable.offset < at.offset + operation.size;
}

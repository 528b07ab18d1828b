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
  Pattern,
  Span,
  UpdateExpression,
} from "../../syntax/ast.ts";
import type { AnyScalar } from "../../types/scalar.ts";
import type { AtomicOperator } from "../ir.ts";
import type { AnyFunction } from "../unit.ts";
import { lowerArithmetic, negated } from "./arithmetic.ts";
import { assignedNames } from "./assigned.ts";
import { callUser } from "./calls.ts";
import { leaveNothing, withEach } from "./choices.ts";
import { lowerTruth } from "./conditions.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { lowerBinary, lowerExpression } from "./expressions.ts";
import { isNothing } from "./join_choices.ts";
import { assign } from "./made.ts";
import { findDescriptor, isNative, lowerMemberParts, type Member, readMember, variableOf } from "./members.ts";
import { converted, scalar } from "./memory.ts";
import { assignLocal, lowerIdentifier } from "./names.ts";
import { known, type Operand, UNDEFINED } from "./operand.ts";
import { lowerPattern } from "./patterns.ts";
import type { Place, ScalarPlace } from "./place.ts";
import { nearestMember } from "./spelling.ts";
import { readVariable, variablePlace, writeVariable } from "./variables.ts";
import { atomic, derivedMember, indexedPlace, isAtomic, memberPlace, readPlace, writePlace } from "./views.ts";
import { mayWrite } from "./writes.ts";

/** What an assignment writes to, its object and key evaluated once. */
interface Target {
  /** Where it is, if one atomic instruction can change it. */
  readonly atomic?: ScalarPlace;
  /** Whether it has a type that results are cut to; plain locals take anything. */
  readonly isTyped?: boolean;
  read(): Operand;
  write(operand: Operand, span: Span): void;
}

const ATOMIC: Readonly<Record<string, AtomicOperator>> = { "+": "add", "-": "add", "&": "and", "|": "or", "^": "xor" };

export function lowerAssignment(context: Context, node: AssignmentExpression, discard: boolean): Operand {
  if (node.target.kind === "ObjectPattern" || node.target.kind === "ArrayPattern") {
    return lowerPatternAssignment(context, node, node.target);
  }
  return withTarget(context, node.target, (target) => {
    if (node.operator === "=") return lowerPlainAssignment(context, node, target);
    return lowerCompoundAssignment(context, node, target, discard);
  });
}

function lowerCompoundAssignment(
  context: Context,
  node: AssignmentExpression,
  target: Target,
  discard: boolean,
): Operand {
  if (node.operator === "&&=" || node.operator === "||=" || node.operator === "??=") {
    return lowerLogicalAssignment(context, node, target);
  }
  const operator = node.operator.slice(0, -1) as BinaryOperator;
  const spans = { left: node.target, right: node.value, whole: node };
  let operand: Operand | undefined;
  if (target.atomic && operator in ATOMIC) {
    operand = evaluateFirst(context, target.atomic, node.value);
    context.at(node);
    if (operand && isAtomicChange(scalar(context, target.atomic.type, node), operator, operand)) {
      return lowerAtomic(context, operator, target.atomic, operand, spans, discard).after;
    }
  }
  const before = target.read();
  operand ??= lowerExpression(context, node.value);
  context.at(node);
  const after = lowerBinary(context, operator, before, operand, spans);
  target.write(result(context, target, after, node), node);
  return after;
}

export function lowerUpdate(context: Context, node: UpdateExpression, discard: boolean): Operand {
  return withTarget(context, node.argument, (target) => updateTarget(context, node, target, discard));
}

function updateTarget(context: Context, node: UpdateExpression, target: Target, discard: boolean): Operand {
  const operator = node.operator === "++" ? "+" : "-";
  const spans = { left: node.argument, right: node, whole: node };
  context.at(node);
  if (target.atomic) {
    const one = known(target.atomic.type.value === "bigint" ? 1n : 1);
    const { before, after } = lowerAtomic(context, operator, target.atomic, one, spans, discard);
    return node.prefix ? after : before;
  }
  const before = target.read();
  const isBigInt = before.kind === "word"
    ? before.type === "bigint"
    : before.kind === "static" && typeof before.value === "bigint";
  const after = lowerBinary(context, operator, before, known(isBigInt ? 1n : 1), spans);
  target.write(result(context, target, after, node), node);
  return node.prefix ? after : before;
}

/** A result that happens to be known is no constant that somebody wrote (rule 12): it wraps as any other. */
function result(context: Context, { isTyped }: Target, after: Operand, span: Span): Operand {
  const isInteger = after.kind === "static" && (Number.isSafeInteger(after.value) || typeof after.value === "bigint");
  return isTyped && isInteger ? context.toWord(after, span) : after;
}

function lowerPlainAssignment(context: Context, node: AssignmentExpression, target: Target): Operand {
  const operand = lowerExpression(context, node.value);
  context.at(node);
  target.write(operand, node.value);
  return operand;
}

/** `[a, this.b] = …` */
function lowerPatternAssignment(context: Context, node: AssignmentExpression, target: Pattern): Operand {
  const operand = lowerExpression(context, node.value);
  lowerPattern(
    context,
    target,
    operand,
    (name, part) => assignLocal(context, { ...node, kind: "Identifier", name }, part),
    (member) => {
      const parts = lowerMemberParts(context, member);
      return (part) => {
        withEach(context, parts.object, (object) => {
          memberTarget(context, { ...parts, object }, member).write(part, member);
          return UNDEFINED;
        });
      };
    },
  );
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
    if (before.kind !== "choice") builder.goto(isNothing(before) ? assign : keep);
    else {
      leaveNothing(context, before, () => builder.goto(assign));
      builder.goto(keep);
    }
  } else if (node.operator === "||=") lowerTruth(context, before, node.target, keep, assign);
  else lowerTruth(context, before, node.target, assign, keep);
  builder.place(keep);
  builder.goto(join, builder.current(before));
  builder.place(assign);
  if (builder.reachable) {
    const operand = lowerExpression(context, node.value);
    target.write(operand, node.value);
    builder.goto(join, operand);
  }
  return builder.place(join) ?? UNDEFINED;
}

/** Whether memory may be changed by the operand alone: decimals must meet the old value before they are cut off. */
function isAtomicChange(type: AnyScalar, operator: BinaryOperator, operand: Operand): boolean {
  const isSum = operator === "+" || operator === "-";
  if (type.value === "fixed") return isSum;
  return !isSum || operand.kind !== "quotient" && !(operand.kind === "word" && operand.type === "fixed");
}

function lowerAtomic(
  context: Context,
  operator: BinaryOperator,
  place: ScalarPlace,
  operand: Operand,
  spans: { readonly left: Span; readonly right: Span; readonly whole: Span },
  discard: boolean,
): { readonly before: Operand; readonly after: Operand } {
  const word = converted(context, scalar(context, place.type, spans.whole), operand, spans.right);
  const change = operator === "-" ? negated(context, word) : word;
  const before = atomic(context, place, ATOMIC[operator], change, !discard);
  if (discard) return { before: UNDEFINED, after: UNDEFINED };
  return { before, after: lowerArithmetic(context, operator, before, word, spans) };
}

/** Does something with a target; with that of each object that it may be of. */
function withTarget(context: Context, node: Expression | Pattern, body: (target: Target) => Operand): Operand {
  if (node.kind === "Identifier") return body(localTarget(context, node));
  if (node.kind === "MemberExpression") {
    const parts = lowerMemberParts(context, node);
    return withEach(context, parts.object, (object) => body(memberTarget(context, { ...parts, object }, node)));
  }
  return context.fail(ErrorCode.UnsupportedSyntax, node, "Cannot assign to this expression");
}

function localTarget(context: Context, node: Identifier): Target {
  return {
    read: () => lowerIdentifier(context, node),
    write: (operand) => assignLocal(context, node, operand),
  };
}

/** A member of one object as a target. */
export function memberTarget(context: Context, { object, name, index }: Member, node: Span): Target {
  if (object.kind === "view") {
    const derived = index ? undefined : derivedMember(object, name);
    if (derived) return derivedTarget(context, { object, name }, derived, node);
    const place = index ? indexedPlace(context, object, index, node) : memberPlace(context, object, name, node);
    if (place) return placeTarget(context, place, node);
    return context.fail(ErrorCode.UnsupportedSyntax, node, "Cannot assign the length of an array variable");
  }
  if (isNothing(object)) {
    context.fail(
      ErrorCode.TypeMismatch,
      node,
      `Cannot assign .${name} here: the object is, or may be, ${describe(object)}`,
      "Test it first: if (x !== undefined)",
    );
  }
  const owner = object.kind === "static" ? object.value : undefined;
  const variable = variableOf(context, owner, name);
  const set = variable ? undefined : setterOf(context, owner, name);
  if (set) {
    return {
      read: () => readMember(context, { object, name }, node),
      write: (operand, span) => void callUser(context, set, object, [operand], span),
    };
  }
  if (!variable && context.builder.heap.has(owner)) {
    return {
      read: () => readMember(context, { object, name }, node),
      write: (operand, span) => assign(context, owner, name, operand, span),
    };
  }
  if (object.kind === "packet") {
    return context.fail(
      ErrorCode.UnsupportedSyntax,
      node,
      `Cannot assign packet.${name}`,
      "Change its bytes with packet.setUint8(offset, value) and its like",
    );
  }
  if (!variable) {
    const nearest = owner === undefined || findDescriptor(owner as object, name)
      ? undefined
      : nearestMember(owner, name);
    return context.fail(
      ErrorCode.UnsupportedSyntax,
      node,
      owner === context.unit.instance
        ? `Cannot assign this.${name}: plain fields are constants of this generation`
        : `Cannot assign .${name} of ${describe(object)}: it is a constant of this generation`,
      owner === context.unit.instance
        ? `Declare it as a variable: @globalVar(u32) accessor ${name.replace("#", "")} = 0, or use a local` +
          (nearest ? `; or is ${nearest} meant?` : "")
        : "Keep what changes in variables of the class: @globalVar(u32) accessor, @globalVar(array(u32, 4)) accessor",
    );
  }
  const named = { variable, owner: owner as object, name };
  const place = variablePlace(context, named, node);
  if (place) return placeTarget(context, place, node);
  return {
    isTyped: true,
    read: () => readVariable(context, named, node),
    write: (operand, span) => writeVariable(context, named, operand, span),
  };
}

/** A member that follows from a struct's fields: its setter is called. */
function derivedTarget(context: Context, member: Member, { set }: PropertyDescriptor, node: Span): Target {
  return {
    read: () => readMember(context, member, node),
    write(operand, span) {
      if (set) return void callUser(context, set, member.object, [operand], span);
      context.fail(
        ErrorCode.UnsupportedSyntax,
        node,
        `Cannot assign .${member.name}: it follows from other fields`,
        "Assign those",
      );
    },
  };
}

/** The user's setter of a property; plain fields have one too, once a program with their value is loaded. */
function setterOf({ unit }: Context, owner: unknown, name: string): AnyFunction | undefined {
  if (typeof owner !== "object" && typeof owner !== "function" || owner === null) return undefined;
  const { get, set } = findDescriptor(owner, name) ?? {};
  const isField = get !== undefined && unit.isConstant?.(get) === true;
  return set && !isNative(set) && !isField ? set : undefined;
}

function placeTarget(context: Context, place: Place, node: Span): Target {
  return {
    atomic: isAtomic(place) ? place : undefined,
    isTyped: true,
    read: () => readPlace(context, place, node),
    write: (operand, span) => writePlace(context, place, operand, span),
  };
}

/** The right side of `x op= y`, unless evaluating it may write x: then JavaScript reads x first (`undefined`). */
function evaluateFirst(context: Context, place: Place, node: Expression): Operand | undefined {
  const { names, calls } = assignedNames([node]);
  if (names.size === 0 && !calls) return lowerExpression(context, node);
  const { builder } = context;
  const undo = builder.checkpoint();
  const added = builder.mark();
  const operand = lowerExpression(context, node);
  if (!added().some((value) => mayWrite(value, place))) return operand;
  undo();
  return undefined;
}

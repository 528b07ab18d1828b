/**
 * Conditions: expressions whose outcome is a way to go. Comparisons become branches here, and what a branch shows about
 * its operands is noted for what follows.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { BinaryOperator, ChainExpression, Expression, Span } from "../../syntax/ast.ts";
import type { Comparison } from "../ir.ts";
import * as ranges from "../range.ts";
import { I64, ordered, type Range } from "../range.ts";
import { whole } from "./arithmetic.ts";
import { compareDecimals, isDecimal } from "./compare_decimals.ts";
import type { Label } from "./builder.ts";
import { describe } from "./describe.ts";
import type { State } from "./state.ts";
import { onEachPath } from "./choices.ts";
import type { Context } from "./context.ts";
import { lowerExpression } from "./expressions.ts";
import { comparesLength } from "./lengths.ts";
import { openChain } from "./members.ts";
import {
  isNeverWord,
  refuseBitwise,
  refuseCoercion,
  refuseStrangers,
  refuseViews,
  typeName,
} from "./mistaken_comparisons.ts";
import { known, type Operand, type Word } from "./operand.ts";
import type { Refinement } from "./refinements.ts";

/** What is tested of two values; the machine's comparisons add whether they are signed. */
export type Test = "eq" | "ne" | "lt" | "le" | "gt" | "ge";

/** Operator → what is tested. */
const TESTS: Readonly<Record<string, Test>> = {
  "===": "eq",
  "==": "eq",
  "!==": "ne",
  "!=": "ne",
  "<": "lt",
  "<=": "le",
  ">": "gt",
  ">=": "ge",
};

export function isComparison(operator: string): boolean {
  return operator in TESTS;
}

/** Goes to `yes` or `no` by the truth of the expression. */
export function lowerCondition(context: Context, node: Expression, yes: Label, no: Label): void {
  if (node.kind === "UnaryExpression" && node.operator === "!") return lowerCondition(context, node.argument, no, yes);
  if (node.kind === "LogicalExpression" && node.operator !== "??") {
    const rest = context.builder.label();
    if (node.operator === "&&") lowerCondition(context, node.left, rest, no);
    else lowerCondition(context, node.left, yes, rest);
    context.builder.place(rest);
    if (context.builder.reachable) lowerCondition(context, node.right, yes, no);
    return;
  }
  if (node.kind === "ChainExpression") {
    return onChainWays(context, node, (operand) => lowerTruth(context, operand, node, yes, no));
  }
  if (node.kind === "BinaryExpression" && isComparison(node.operator)) {
    const { left: chain, right: other } = node;
    if (chain.kind === "ChainExpression" && PLAIN.has(other.kind)) {
      return onChainWays(context, chain, (left) => {
        const right = lowerExpression(context, other);
        context.at(node);
        lowerComparison(context, node.operator, left, right, node, yes, no);
      });
    }
    const left = lowerExpression(context, node.left);
    const right = lowerExpression(context, node.right);
    context.at(node);
    return lowerComparison(context, node.operator, left, right, node, yes, no);
  }
  if (node.kind === "SequenceExpression") {
    node.expressions.slice(0, -1).forEach((part) => lowerExpression(context, part, true));
    return lowerCondition(context, node.expressions[node.expressions.length - 1], yes, no);
  }
  lowerTruth(context, lowerExpression(context, node), node, yes, no);
}

/** Expressions that may stand on each of several ways. */
const PLAIN: ReadonlySet<Expression["kind"]> = new Set([
  "Identifier",
  "NumberLiteral",
  "BigIntLiteral",
  "StringLiteral",
  "BooleanLiteral",
  "NullLiteral",
  "MemberExpression",
  "UnaryExpression",
]);

/**
 * A test of `a?.b`, apart for the ways on which it ends early: where the test shows that it did not, `a` is known to be there,
 * as TypeScript knows it, too.
 */
function onChainWays(context: Context, node: ChainExpression, test: (operand: Operand) => void): void {
  const { builder } = context;
  const { result, end } = openChain(context, node.expression);
  if (builder.reachable) test(result);
  if (!end) return;
  builder.place(end);
  if (builder.reachable) test(known(undefined));
}

/** What JavaScript takes for true without a look. */
const OBJECTS: ReadonlySet<Operand["kind"]> = new Set([
  "packet",
  "context",
  "callable",
  "closure",
  "view",
  "list",
  "record",
]);

/** Goes by an operand's truthiness. */
export function lowerTruth(context: Context, operand: Operand, span: Span, yes: Label, no: Label): void {
  const { builder } = context;
  if (operand.kind === "static") return builder.goto(operand.value ? yes : no);
  if (operand.kind === "choice") {
    return onEachPath(context, operand, (option) => lowerTruth(context, option, span, yes, no));
  }
  if (OBJECTS.has(operand.kind)) return builder.goto(yes);
  if (operand.kind === "quotient") return lowerTruth(context, operand.dividend, span, yes, no);
  const word = whole(context, context.toWord(operand, span), span);
  if (word.nonZero) return builder.goto(yes);
  if (word.range.min === 0n && word.range.max === 0n) return builder.goto(no);
  const zero = builder.constant(0n);
  builder.branch("ne", word.value, zero, yes, no, {
    yes: (state) => note(state, word, withoutZero(word.range), true),
    no: (state) => note(state, word, { min: 0n, max: 0n }, false),
  });
}

/** Whether a condition holds, as a boolean operand. */
export function lowerBoolean(context: Context, lower: (yes: Label, no: Label) => void): Operand {
  const yes = context.builder.label();
  const no = context.builder.label();
  const join = context.builder.label();
  lower(yes, no);
  context.builder.place(yes);
  context.builder.goto(join, known(true));
  context.builder.place(no);
  context.builder.goto(join, known(false));
  return context.builder.place(join) ?? known(undefined);
}

/** Goes to `yes` or `no` by `left operator right`. */
export function lowerComparison(
  context: Context,
  operator: BinaryOperator,
  left: Operand,
  right: Operand,
  span: Span,
  yes: Label,
  no: Label,
): void {
  refuseStrangers(context, operator, left, right, span);
  compareOptions(context, operator, left, right, span, yes, no);
}

/** As {@linkcode lowerComparison}, of what may be of several types, as an element of a list may. */
export function compareOptions(
  context: Context,
  operator: BinaryOperator,
  left: Operand,
  right: Operand,
  span: Span,
  yes: Label,
  no: Label,
): void {
  if (left.kind === "choice") {
    return onEachPath(context, left, (option) => compareOptions(context, operator, option, right, span, yes, no));
  }
  if (right.kind === "choice") {
    return onEachPath(context, right, (option) => compareOptions(context, operator, left, option, span, yes, no));
  }
  const test = TESTS[operator];
  if (left.kind === "static" && right.kind === "static") {
    return context.builder.goto(compareStatics(operator, left.value, right.value) ? yes : no);
  }
  refuseCoercion(context, operator, left, right, span);
  // `x === undefined`, `x === null`: a word is neither, nor is an option of several the text that another one is.
  const isEquality = test === "eq" || test === "ne";
  if (isEquality && [left, right].some(isNeverWord)) return context.builder.goto(test === "eq" ? no : yes);
  refuseViews(context, left, right, span);
  const [leftType, rightType] = [typeName(left), typeName(right)];
  if (leftType && rightType && leftType !== rightType && (operator === "===" || operator === "!==")) {
    return context.builder.goto(operator === "===" ? no : yes);
  }
  if (isDecimal(left) || isDecimal(right)) return compareDecimals(context, test, left, right, { span, yes, no });
  const a = comparable(context, left, span);
  const b = comparable(context, right, span);
  refuseBitwise(context, a, b, span);
  compareWords(context, test, a, b, yes, no);
}

function comparable(context: Context, operand: Operand, span: Span): Word {
  if (operand.kind !== "word" && operand.kind !== "static") {
    context.fail(ErrorCode.TypeMismatch, span, `Cannot compare ${describe(operand)}`);
  }
  return whole(context, context.toWord(operand, span), span);
}

function compareStatics(operator: BinaryOperator, left: unknown, right: unknown): boolean {
  // deno-lint-ignore no-explicit-any -- JavaScript's own comparison of whatever the user has there
  const [a, b] = [left as any, right as any];
  switch (operator) {
    case "===":
      return a === b;
    case "!==":
      return a !== b;
    case "==":
      // deno-lint-ignore eqeqeq -- this is that operator
      return a == b;
    case "!=":
      // deno-lint-ignore eqeqeq -- this is that operator
      return a != b;
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    default:
      return a >= b;
  }
}

export function compareWords(context: Context, test: Test, a: Word, b: Word, yes: Label, no: Label): void {
  const outcome = decide(test, a, b);
  if (outcome !== undefined) return context.builder.goto(outcome ? yes : no);
  const refine = {
    yes: (state: State) => refineBoth(state, test, a, b),
    no: (state: State) => refineBoth(state, NEGATED[test], a, b),
  };
  if (comparesLength(context, test, a, b, yes, no, refine)) return;
  if (ranges.contains(I64, a.range) && ranges.contains(I64, b.range)) {
    const isPositive = a.range.min >= 0n && b.range.min >= 0n;
    return context.builder.branch(comparison(test, !isPositive), a.value, b.value, yes, no, refine);
  }
  if (a.range.min >= 0n && b.range.min >= 0n) {
    return context.builder.branch(comparison(test, false), a.value, b.value, yes, no, refine);
  }
  compareMixed(context, test, a, b, yes, no);
}

/** A word that may be negative with one that may pass 2^63: the sign decides first. */
function compareMixed(context: Context, test: Test, a: Word, b: Word, yes: Label, no: Label): void {
  const signed = a.range.min < 0n ? a : b;
  const negative = context.builder.label();
  const positive = context.builder.label();
  context.builder.branch("slt", signed.value, context.builder.constant(0n), negative, positive);
  context.builder.place(negative);
  const isLess = signed === a;
  const whenNegative = test === "ne" || (isLess ? test === "lt" || test === "le" : test === "gt" || test === "ge");
  context.builder.goto(whenNegative ? yes : no);
  context.builder.place(positive);
  context.builder.branch(comparison(test, false), a.value, b.value, yes, no);
}

const NEGATED = { eq: "ne", ne: "eq", lt: "ge", ge: "lt", le: "gt", gt: "le" } as const;

function comparison(test: Test, signed: boolean): Comparison {
  if (test === "eq" || test === "ne") return test;
  return `${signed ? "s" : "u"}${test}` as Comparison;
}

/** The outcome, where the ranges alone decide it. */
export function decide(
  test: Test,
  { range: a, nonZero }: Word,
  { range: b }: Pick<Word, "range">,
): boolean | undefined {
  const isApart = a.max < b.min || a.min > b.max || (nonZero && b.min === 0n && b.max === 0n);
  const isOne = a.min === a.max && b.min === b.max && a.min === b.min;
  switch (test) {
    case "eq":
      return isApart ? false : isOne ? true : undefined;
    case "ne":
      return isApart ? true : isOne ? false : undefined;
    default:
      return ordered(test, a, b);
  }
}

function refineBoth(state: State, test: Test, a: Word, b: Word): void {
  note(state, a, narrowed(test, a.range, b.range), excludesZero(test, b));
  note(state, b, narrowed(SWAPPED[test], b.range, a.range), excludesZero(SWAPPED[test], a));
}

export const SWAPPED = { eq: "eq", ne: "ne", lt: "gt", gt: "lt", le: "ge", ge: "le" } as const;

function excludesZero(test: Test, other: Word): boolean {
  return test === "ne" && other.range.min === 0n && other.range.max === 0n;
}

function narrowed(test: Test, { min, max }: Range, other: Range): Range {
  switch (test) {
    case "eq":
      return other;
    case "ne":
      if (other.min !== other.max) return { min, max };
      return { min: min === other.min ? min + 1n : min, max: max === other.min ? max - 1n : max };
    case "lt":
      return { min, max: other.max - 1n };
    case "le":
      return { min, max: other.max };
    case "gt":
      return { min: other.min + 1n, max };
    case "ge":
      return { min: other.min, max };
  }
}

function withoutZero({ min, max }: Range): Range {
  return { min: min === 0n ? 1n : min, max: max === 0n ? -1n : max };
}

function note(state: State, { value, range, nonZero }: Word, shown: Range, isNonZero: boolean): void {
  if (value.operation.kind === "constant") return;
  const before: Refinement = state.refined.get(value) ?? { range, nonZero: nonZero ?? false };
  const narrower = ranges.intersection(before.range, shown);
  if (narrower === undefined) return;
  state.refined.set(value, { range: narrower, nonZero: before.nonZero || isNonZero });
}

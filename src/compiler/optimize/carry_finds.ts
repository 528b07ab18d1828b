/**
 * Finds the sums with all carries folded in that `carry_sums.ts` writes anew, with what is made of them next.
 *
 * @module
 */

import type { Assumptions } from "../analysis/assumptions.ts";
import {
  type CarrySum,
  carrySumOf,
  foldedIn,
  looselyFoldedIn,
  mostFolded,
  mostOf,
  ONES_16,
} from "../analysis/carry_sums.ts";
import { demandOf } from "../analysis/demand.ts";
import { unsigned } from "../analysis/facts.ts";
import { Flow } from "../analysis/flow.ts";
import { type Block, type Branch, constantOf, eachTerminatorInput, type IrFunction, type Value } from "../ir.ts";

/**
 * What is made of R, which is a sum's carries folded in: R itself; 65535 − R; or that, but 65535 where it would be 0, as UDP
 * has it, chosen by a branch.
 */
export type Form = "sum" | "complement" | "never zero";

/** A word that can be computed from the words of a sum. */
export interface Found {
  readonly value: Value;
  readonly form: Form;
  /** Where it is computed. */
  readonly block: Block;
  /** The sum of other words that is 0 where this one is; and one that is the same modulo 65535. */
  readonly same: CarrySum | undefined;
  readonly modulo: CarrySum | undefined;
  /** Whether the sum is known not to be 0. */
  readonly isPositive: boolean;
}

export function findSums(fn: IrFunction, assumptions: Assumptions | undefined): Found[] {
  const isFold = (value: Value) => foldedIn(value) !== undefined || looselyFoldedIn(value) !== undefined;
  if (!fn.blocks.some(({ instructions }) => instructions.some(isFold))) return [];
  const found = new Map<Value, Found>();
  const demand = demandOf(fn, 64);
  const flow = new Flow(fn, assumptions);
  const of = (value: Value) => flow.of(value);
  flow.walk({
    instruction(value, block) {
      if (flow.feeding[value.id]) return;
      const inner = foldedIn(value) ?? (demand[value.id] <= 16 ? looselyFoldedIn(value) : undefined);
      if (!inner || mostFolded(mostOf(inner, of)) > ONES_16) return;
      const whole = unfolded(inner);
      const [same, modulo] = [true, false].map((sameZero) => carrySumOf(whole, of, sameZero));
      const isPositive = unsigned(of(whole)).min > 0n;
      if (same || modulo) found.set(value, { value, form: "sum", block, same, modulo, isPositive });
      // It is part of the greater sum.
      found.delete(inner);
    },
  });
  for (const block of fn.blocks) findChoice(block, found);
  findComplements(fn, found, (value) => demand[value.id]);
  return [...found.values()];
}

/** The sum before any carries were folded in, which is 0 where all the others are. */
function unfolded(sum: Value): Value {
  let whole = sum;
  for (let inner = foldedIn(whole); inner; inner = foldedIn(whole)) whole = inner;
  return whole;
}

/** `65535 − R || 65535`, where the branch goes the same way whatever it finds. */
function findChoice(block: Block, found: Map<Value, Found>): void {
  const end = block.terminator;
  if (end?.kind !== "branch" || end.proof || end.then.block !== end.else.block) return;
  const { parameters } = end.then.block;
  if (parameters.length !== 1) return;
  for (const [zero, other] of [[end.then, end.else], [end.else, end.then]]) {
    const [complement] = other.arguments;
    const sum = complementedBy(complement);
    const one = sum && found.get(sum);
    if (!one || constantOf(zero.arguments[0]) !== ONES_16 || !asksForZero(end, end.then === zero, complement, sum)) {
      continue;
    }
    found.delete(sum);
    found.set(parameters[0], { ...one, value: parameters[0], form: "never zero", block });
  }
}

/** Whether a branch goes over its first edge, or over the second one, exactly where a sum's complement is 0. */
function asksForZero(end: Branch, isThen: boolean, complement: Value, sum: Value): boolean {
  const { comparison, left, right } = end;
  const constant = constantOf(right);
  const isEqual = left === complement && constant === 0n || left === sum && constant === ONES_16;
  if (isEqual) return comparison === (isThen ? "eq" : "ne");
  const isMasked = constant === ONES_16 && (left === complement || left === complement.inputs[0]);
  return isMasked && left !== sum && comparison === (isThen ? "clear" : "set");
}

/** Complements that are the only ones to read their sums. */
function findComplements(fn: IrFunction, found: Map<Value, Found>, demandOn: (value: Value) => number): void {
  const readers = onlyReadersOf(fn);
  for (const [sum, one] of [...found]) {
    const inverted = one.form === "sum" ? readers.get(sum) : undefined;
    if (!inverted) continue;
    const masked = readers.get(inverted);
    const value = [inverted, masked].find((reader) => reader && complementedBy(reader) === sum) ??
      (isInverted(inverted) && demandOn(inverted) <= 16 ? inverted : undefined);
    if (!value) continue;
    found.delete(sum);
    found.set(value, { ...one, value, form: "complement" });
  }
}

/** The only one that reads each value; `undefined` of those that several read, or the end of a block. */
export function onlyReadersOf({ blocks }: IrFunction): ReadonlyMap<Value, Value | undefined> {
  const readers = new Map<Value, Value | undefined>();
  for (const { instructions, terminator } of blocks) {
    for (const value of instructions) {
      for (const input of value.inputs) readers.set(input, readers.has(input) ? undefined : value);
    }
    eachTerminatorInput(terminator!, (input) => readers.set(input, undefined));
  }
  return readers;
}

/** The x of 65535 − x, written `x ^ 0xffff` or `~x & 0xffff`. */
function complementedBy(value: Value): Value | undefined {
  const { operation, inputs: [left, right] } = value;
  if (operation.kind === "extend") {
    return operation.bits === 16 && !operation.signed && isInverted(left) ? left.inputs[0] : undefined;
  }
  if (operation.kind !== "binary" || constantOf(right) !== ONES_16) return undefined;
  if (operation.operator === "xor") return left;
  return operation.operator === "and" && isInverted(left) ? left.inputs[0] : undefined;
}

/** Whether it is `~x`. */
function isInverted({ operation, inputs }: Value): boolean {
  return operation.kind === "binary" && operation.operator === "xor" && constantOf(inputs[1]) === -1n;
}

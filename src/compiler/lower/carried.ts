/**
 * What a loop carries from turn to turn: the locals that it may change, and what is assumed of each at the head of every turn.
 *
 * @module
 */

import type { Span } from "../../syntax/ast.ts";
import type { Value } from "../ir.ts";
import * as ranges from "../range.ts";
import { I64, type Range, U64, union } from "../range.ts";
import { assignedNames } from "./assigned.ts";
import type { Course } from "./bounds.ts";
import { type Growth, NOTHING, times } from "./growth.ts";
import { becomes, commonType, isSame, wordType } from "./builder.ts";
import type { Context } from "./context.ts";
import type { Binding, Operand, Word, WordType } from "./operand.ts";

/** A local that the loop may change, and what is assumed of it at the head of every turn. */
export interface Carried {
  readonly binding: Binding;
  readonly entry: Operand;
  /** `same`: the loop does not change it. `growing`: as `sum` says. */
  stage: "same" | "wide" | "narrow" | "growing" | "conflict";
  type: WordType;
  range: Range;
  /** It is what it begins with, before the loop or in it, and grows from there on in every turn. */
  sum: { readonly begins: Range; readonly by: Range; readonly turns: bigint } | undefined;
  bitwise: boolean;
}

/** The locals that exist before the loop and that its text may assign. */
export function carriedLocals({ builder }: Context, parts: readonly (Span | undefined)[]): Carried[] {
  const { names, calls } = assignedNames(parts);
  return [...builder.state.locals]
    .filter(([binding]) => !binding.constant && (calls || names.has(binding.name)))
    .map(([binding, operand]) => {
      const entry = operand.kind === "word" ? builder.refined(operand) : operand;
      const range = rangeOf(entry) ?? I64;
      return {
        binding,
        entry,
        stage: "same",
        type: wordType(entry) ?? "number",
        range,
        sum: undefined,
        bitwise: false,
      };
    });
}

/** What a turn showed. */
export interface Turn {
  /** What the local is when it ends. */
  readonly back: Operand;
  /** How many there are at most, if that is known. */
  readonly turns: bigint | undefined;
  /** How far a growing number is taken to be able to go. */
  readonly far: Range;
  /** What a word that was one at the head has become. */
  readonly growth: (back: Word) => Growth;
}

/** Corrects what is assumed of a local by what a turn makes of it; whether that changed anything. */
export function adjust(local: Carried, { back, turns, far, growth }: Turn): boolean {
  if (local.stage === "conflict") return false;
  if (local.stage === "same") {
    if (isSame(local.entry, back)) return false;
    const type = commonType([local.entry, back]);
    if (type === undefined || type === "quotient") {
      local.stage = "conflict";
      return true;
    }
    local.stage = "wide";
    local.type = type;
    local.bitwise = back.kind === "word" && back.bitwise === true;
    local.range = type === "fixed" ? I64 : widened(local, rangeOf(back)!, far);
    return true;
  }
  if (!becomes(back, local.type)) {
    // What has decimals after a turn has them from the start.
    local.stage = local.type === "number" && becomes(back, "fixed") ? "wide" : "conflict";
    local.type = "fixed";
    local.range = I64;
    return true;
  }
  if (local.type === "fixed") return false;
  if (back.kind === "word" && back.bitwise && !local.bitwise) {
    local.bitwise = true;
    return true;
  }
  const range = rangeOf(back)!;
  const entry = rangeOf(local.entry)!;
  if (ranges.contains(local.range, range)) {
    const narrower = union(entry, range);
    if (local.stage !== "wide" || isEqual(narrower, local.range)) return false;
    local.stage = "narrow";
    local.range = narrower;
    return true;
  }
  const wider = widened(local, range, far);
  if (local.stage === "growing" || isEqual(wider, local.range)) {
    return grow(local, entry, turns, back.kind === "word" ? growth(back) : { to: range });
  }
  local.stage = "wide";
  local.range = wider;
  return true;
}

/** A sum without an end of its own: its growth a turn times the turns (rule 8); bigints are taken to stay within 64 bits. */
function grow(local: Carried, entry: Range, turns: bigint | undefined, { by = NOTHING, to }: Growth): boolean {
  if (local.type === "bigint") return false;
  if (turns === undefined) return true;
  const { sum } = local;
  const begins = [entry, to, sum?.begins].filter((range) => range !== undefined).reduce(union);
  const all = sum ? union(sum.by, by) : by;
  if (sum && isEqual(sum.begins, begins) && isEqual(sum.by, all) && turns <= sum.turns) return false;
  local.stage = "growing";
  local.sum = { begins, by: all, turns };
  local.range = ranges.add(begins, times(all, turns));
  return true;
}

/** The range with the ends that grew taken far away; an end that is there already stays. */
function widened({ range, type }: Carried, seen: Range, far: Range): Range {
  const { min, max } = type === "bigint" ? union(range, seen).min >= 0n ? U64 : I64 : far;
  return {
    min: seen.min < range.min && min < range.min ? min : range.min,
    max: seen.max > range.max && max > range.max ? max : range.max,
  };
}

/** The locals that are integers, and whose assumed ranges hold, on their way through a turn. */
export function coursesOf(
  carried: readonly Carried[],
  { back, parameters, positive }: {
    /** What they are when a turn ends. */
    readonly back: readonly Operand[];
    readonly parameters: ReadonlyMap<Carried, Value>;
    /** Those that are positive in every turn that another one follows. */
    readonly positive: ReadonlySet<Carried>;
  },
): Course[] {
  return carried.flatMap((local, i) => {
    const operand = back[i];
    const parameter = parameters.get(local);
    if (!parameter || local.type === "fixed" || operand.kind !== "word") return [];
    if (!ranges.contains(local.range, operand.range)) return [];
    const [entry, isPositive] = [rangeOf(local.entry)!, positive.has(local)];
    return [{ parameter, entry, back: operand.range, value: operand.value, isPositive }];
  });
}

function rangeOf(operand: Operand): Range | undefined {
  if (operand.kind === "word") return operand.range;
  const type = wordType(operand);
  if (type === undefined || operand.kind !== "static") return undefined;
  if (type === "fixed") return I64;
  return ranges.exactly(BigInt(operand.value as number | bigint | boolean));
}

/** Whether it is 1 at least. */
export function isPositive(operand: Operand): boolean {
  return operand.kind === "word" && (operand.range.min > 0n || operand.range.min === 0n && operand.nonZero === true);
}

function isEqual(a: Range, b: Range): boolean {
  return a.min === b.min && a.max === b.max;
}

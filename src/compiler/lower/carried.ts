/**
 * What a loop carries from turn to turn: the locals that it may change, and what is assumed of each at the head of every turn.
 *
 * @module
 */

import type { Span } from "../../syntax/ast.ts";
import type { Value } from "../ir.ts";
import * as ranges from "../range.ts";
import { BIT, I64, type Range, U64, union } from "../range.ts";
import { assignedNames } from "./assigned.ts";
import type { Course } from "./bounds.ts";
import { type CarriedView, isSameView, settled, viewAtHead, viewOf, wordsOfView } from "./carried_views.ts";
import type { Context } from "./context.ts";
import { type Growth, NOTHING, times } from "./growth.ts";
import { isNothing, optionsOf } from "./join_choices.ts";
import { type Binding, known, type Operand, type Static, type Word, type WordType } from "./operand.ts";
import { becomes, commonType, isSame, wordType } from "./word_types.ts";

/** A local that the loop may change, and what is assumed of it at the head of every turn. */
export interface Carried {
  readonly binding: Binding;
  readonly entry: Operand;
  /** What of it is left where the loop begins. */
  readonly settled: Operand;
  /** `same`: the loop does not change it. `growing`: as `sum` says. `view`: it is no word. */
  stage: "same" | "wide" | "narrow" | "growing" | "view" | "conflict";
  type: WordType;
  range: Range;
  /** What it is before the loop, if it is something there. */
  readonly first: Range | undefined;
  /** It is what it begins with, before the loop or in it, and grows from there on in every turn. */
  sum: { readonly begins: Range; readonly by: Range; readonly turns: bigint } | undefined;
  bitwise: boolean;
  /** What it may be besides a word: `undefined` or `null`. */
  nothing: Static | undefined;
  /** What it is, if it is a view. */
  view: CarriedView | undefined;
  /** Whether it is an object or an array of this generation, at times. */
  isObject: boolean;
}

/** A word that a loop carries. */
export interface CarriedWord {
  readonly operand: Operand;
  readonly type: WordType;
  /** `undefined`: it is an address. */
  readonly range: Range | undefined;
}

/** The locals that exist before the loop and that its text may assign. */
export function carriedLocals(context: Context, parts: readonly (Span | undefined)[] | undefined): Carried[] {
  const { builder } = context;
  const { names, calls } = parts ? assignedNames(parts) : { names: new Set(), calls: true };
  return [...builder.state.locals]
    .filter(([binding]) => !binding.constant && (calls || names.has(binding.name)))
    .map(([binding, operand]) => {
      const entry = operand.kind === "word" ? builder.refined(operand) : operand;
      const range = rangeOf(entry) ?? I64;
      return {
        binding,
        entry,
        settled: settled(context, entry),
        stage: "same",
        type: wordType(entry) ?? "number",
        range,
        first: wordRangeOf(entry),
        sum: undefined,
        bitwise: false,
        nothing: undefined,
        view: undefined,
        isObject: isObject(entry),
      };
    });
}

/**
 * The words that stand for what a local is: that of its value, and before it, where it may be nothing, whether it has one.
 * `undefined` if it cannot be told by such words.
 */
export function wordsOf(context: Context, local: Carried, operand: Operand): CarriedWord[] | undefined {
  const { stage, type, range, nothing, view } = local;
  if (stage === "same" || stage === "conflict") return [];
  if (view) return wordsOfView(context, view, operand);
  if (!nothing) return becomes(operand, type) ? [{ operand, type, range }] : undefined;
  const parts = partsOf(operand);
  if (!parts || parts.nothing && !isSame(parts.nothing, nothing)) return undefined;
  const { word = known(range.min) } = parts;
  if (parts.word && !becomes(word, type)) return undefined;
  const isThere = operand.kind === "choice" ? operand.selector : known(parts.word ? 1 : 0);
  return [{ operand: isThere, type: "number", range: BIT }, { operand: word, type, range }];
}

/** Makes a local at the head of a loop, whose parameters are its words, what is assumed of it. */
export function assume(context: Context, local: Carried, parameters: readonly Value[]): void {
  if (local.stage === "same") return;
  const operand = carriedOperand(context, local, parameters);
  context.builder.state.locals.set(local.binding, operand);
}

function carriedOperand(
  context: Context,
  { binding, stage, type, range, bitwise, nothing, view, isObject }: Carried,
  parameters: readonly Value[],
): Operand {
  if (stage === "conflict") {
    if (!isObject) return { kind: "conflict", why: `${binding.name} changes its type in the loop` };
    return { kind: "conflict", why: "the loop makes it another object", remedy: FIELDS_AS_LOCALS };
  }
  if (view) return viewAtHead(context, view, parameters);
  const word: Word = { kind: "word", value: parameters[parameters.length - 1], type, range, bitwise };
  if (!nothing) return word;
  const selector: Word = { kind: "word", value: parameters[0], type: "number", range: BIT };
  return { kind: "choice", selector, options: [nothing, word] };
}

const FIELDS_AS_LOCALS = "Keep what the loop changes of it in locals: let key = 0, size = 0";

/** Whether it is an object or an array of this generation. */
function isObject(operand: Operand): boolean {
  if (operand.kind === "static") return typeof operand.value === "object" && operand.value !== null;
  return operand.kind === "record" || operand.kind === "list";
}

interface Parts {
  readonly nothing?: Static;
  readonly word?: Operand;
}

/** A word or nothing; `undefined` if it may be anything else. */
function partsOf(operand: Operand): Parts | undefined {
  const options = optionsOf(operand);
  const nothing = options.filter((option): option is Static => isNothing(option));
  const words = options.filter((option) => option.kind === "quotient" || wordType(option) !== undefined);
  if (nothing.length > 1 || words.length > 1 || nothing.length + words.length < options.length) return undefined;
  return { nothing: nothing[0], word: words[0] };
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
  if (local.stage === "conflict" || local.stage === "same" && isSame(local.entry, back)) return false;
  local.isObject ||= isObject(back);
  const before = local.nothing;
  const parts = local.view ? undefined : partsOf(back);
  if (!parts) return carryView(local, back);
  if (!mayBe(local, parts)) return conflict(local);
  if (local.stage === "same") return begin(local, back, parts, far);
  const isNews = local.nothing !== before;
  const { word } = parts;
  if (!word) return isNews;
  if (!becomes(word, local.type)) {
    // What has decimals after a turn has them from the start.
    if (local.type !== "number" || !becomes(word, "fixed")) return conflict(local);
    local.stage = "wide";
    local.type = "fixed";
    local.range = I64;
    return true;
  }
  if (local.type === "fixed") return isNews;
  if (word.kind === "word" && word.bitwise && !local.bitwise) {
    local.bitwise = true;
    return true;
  }
  const range = rangeOf(word)!;
  if (ranges.contains(local.range, range)) {
    const narrower = local.first ? union(local.first, range) : range;
    if (local.stage !== "wide" || isEqual(narrower, local.range)) return isNews;
    local.stage = "narrow";
    local.range = narrower;
    return true;
  }
  const wider = widened(local, range, far);
  if (local.stage === "growing" || isEqual(wider, local.range)) {
    return grow(local, turns, word.kind === "word" ? growth(word) : { to: range }) || isNews;
  }
  local.stage = "wide";
  local.range = wider;
  return true;
}

/** A local that the loop was not known to change. */
function begin(local: Carried, back: Operand, after: Parts, far: Range): boolean {
  const before = partsOf(local.entry);
  if (!before) return carryView(local, back);
  if (!mayBe(local, before)) return conflict(local);
  const words = [before.word, after.word].filter((word) => word !== undefined);
  const type = words.length > 0 ? commonType(words) : undefined;
  if (type === undefined || type === "quotient") return conflict(local);
  local.stage = "wide";
  local.type = type;
  local.bitwise = after.word?.kind === "word" && after.word.bitwise === true;
  local.range = type === "fixed" ? I64 : rangeOf(words[0])!;
  if (after.word && type !== "fixed") local.range = widened(local, rangeOf(after.word)!, far);
  return true;
}

/** A local that is no word. */
function carryView(local: Carried, back: Operand): boolean {
  const view = viewOf(local.settled, back, local.view);
  if (!view) return conflict(local);
  if (local.view && isSameView(view, local.view)) return false;
  local.stage = "view";
  local.view = view;
  return true;
}

function conflict(local: Carried): boolean {
  local.stage = "conflict";
  return true;
}

/** Notes what the local may be besides a word; `false` if that is more than one thing. */
function mayBe(local: Carried, { nothing }: Parts): boolean {
  if (nothing && local.nothing && !isSame(nothing, local.nothing)) return false;
  local.nothing ??= nothing;
  return true;
}

/** A sum without an end of its own: its growth a turn times the turns (rule 8); bigints are taken to stay within 64 bits. */
function grow(local: Carried, turns: bigint | undefined, { by = NOTHING, to }: Growth): boolean {
  if (local.type === "bigint") return false;
  if (turns === undefined) return true;
  const { sum } = local;
  const begins = [local.first, to, sum?.begins].filter((range) => range !== undefined);
  if (begins.length === 0) return true;
  const first = begins.reduce(union);
  const all = sum ? union(sum.by, by) : by;
  if (sum && isEqual(sum.begins, first) && isEqual(sum.by, all) && turns <= sum.turns) return false;
  local.stage = "growing";
  local.sum = { begins: first, by: all, turns };
  local.range = ranges.add(first, times(all, turns));
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
    readonly parameters: ReadonlyMap<Carried, readonly Value[]>;
    /** Those that are positive in every turn that another one follows. */
    readonly positive: ReadonlySet<Carried>;
  },
): Course[] {
  return carried.flatMap((local, i) => {
    const operand = back[i];
    const [parameter] = parameters.get(local)!;
    if (!parameter || local.nothing || local.view || local.type === "fixed" || operand.kind !== "word") return [];
    if (!ranges.contains(local.range, operand.range)) return [];
    const [entry, isPositive] = [rangeOf(local.entry)!, positive.has(local)];
    return [{ parameter, entry, back: operand.range, value: operand.value, isPositive }];
  });
}

/** What the word is that an operand may be. */
function wordRangeOf(operand: Operand): Range | undefined {
  const word = partsOf(operand)?.word;
  return word && rangeOf(word);
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

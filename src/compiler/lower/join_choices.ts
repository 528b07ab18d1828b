/**
 * Where paths meet that bring operands without a common form: which of them it is becomes a value of the program.
 *
 * @module
 */

import type { Value } from "../ir.ts";
import { type Range, union } from "../range.ts";
import { commonType, isSame, wordType } from "./word_types.ts";
import type { Choice, Operand, View, Word, WordType } from "./operand.ts";

/** What this needs of the builder; paths are known by their index. */
export interface Meeting {
  /** Makes a parameter of the block where the paths meet; the values that they bring follow, in order. */
  parameter(range: Range | undefined, bring: (path: number) => Value): Value;
  /** The word that an operand is at the end of a path. */
  word(operand: Operand, type: WordType, path: number): Word;
  constant(value: bigint, path: number): Value;
  /** `table[index]`, of entries of 4 bits, at the end of a path. */
  lookUp(table: bigint, index: Value, path: number): Value;
  /** One view of the views that the paths bring; paths without one bring 0. */
  view(views: readonly (View | undefined)[]): View | undefined;
}

/** The most options that a choice can have which becomes part of another: what a table in one word has room for. */
const MOST_RENUMBERED = 16;

/** The choice between what the paths bring; `undefined` if what it needs does not last, or is of several types. */
export function joinChoice(meeting: Meeting, operands: readonly Operand[]): Choice | undefined {
  const all = operands.flatMap(optionsOf).filter((option, i, list) => list.findIndex((x) => isSame(x, option)) === i);
  const words = all.filter((option) => wordType(option) !== undefined);
  const type = words.length === 1 && words[0].kind === "static" ? undefined : wordTypeOf(words);
  const views = all.filter((option) => option.kind === "view");
  const isWord = (option: Operand) => type !== undefined && wordType(option) !== undefined;
  const others = all.filter((option) => option.kind !== "view" && !isWord(option));
  if (type === null || !others.every(lasts)) return undefined;
  // Nothing comes first: a test for it leaves all the others.
  others.sort((a, b) => Number(isNothing(b)) - Number(isNothing(a)));
  const place = [type && ("word" as const), views.length > 0 && ("view" as const)].filter(Boolean);
  const indexOf = (option: Operand) => {
    if (option.kind === "view") return others.length + place.indexOf("view");
    return isWord(option) ? others.length : others.findIndex((other) => isSame(other, option));
  };
  const numbers = operands.map((operand) => optionsOf(operand).map(indexOf));
  if (!operands.every((operand, path) => operand.kind !== "choice" || canRenumber(numbers[path]))) return undefined;
  const view = views.length > 0 ? meeting.view(operands.map((operand) => optionsOf(operand).find(isView))) : undefined;
  if (views.length > 0 && !view) return undefined;
  const word = type && joinWords(meeting, operands.map((operand) => optionsOf(operand).find(isWord)), type);
  const options = [...others, ...(word ? [word] : []), ...(view ? [view] : [])];
  return { kind: "choice", selector: joinSelectors(meeting, operands, numbers, options.length), options };
}

/** What an operand may be. */
export function optionsOf(operand: Operand): readonly Operand[] {
  return operand.kind === "choice" ? operand.options : [operand];
}

/** Whether an operand is undefined or null. */
export function isNothing(operand: Operand): boolean {
  return operand.kind === "static" && (operand.value === undefined || operand.value === null);
}

function isView(operand: Operand): operand is View {
  return operand.kind === "view";
}

/** The one type of all words; `undefined` without words, null if they have none in common. */
function wordTypeOf(words: readonly Operand[]): WordType | undefined | null {
  if (words.length === 0) return undefined;
  const type = commonType(words);
  return type === undefined || type === "quotient" ? null : type;
}

/** Whether an operand is the same on all paths, wherever it was made. */
function lasts(operand: Operand): boolean {
  if (operand.kind === "callable") return lasts(operand.owner);
  return ["static", "packet", "context", "closure"].includes(operand.kind);
}

function canRenumber(numbers: readonly number[]): boolean {
  return isIdentity(numbers) || numbers.length <= MOST_RENUMBERED && Math.max(...numbers) < MOST_RENUMBERED;
}

function isIdentity(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => number === i);
}

/** The words of those paths that have one; what the others bring, nobody reads. */
function joinWords(meeting: Meeting, operands: readonly (Operand | undefined)[], type: WordType): Word {
  const words = operands.map((operand, path) => operand && meeting.word(operand, type, path));
  const there = words.filter((word) => word !== undefined);
  const range = there.map((word) => word.range).reduce(union);
  const value = meeting.parameter(range, (path) => words[path]?.value ?? meeting.constant(range.min, path));
  return {
    kind: "word",
    type,
    value,
    range,
    nonZero: there.every((word) => word.nonZero),
    bitwise: there.some((word) => word.bitwise),
  };
}

function joinSelectors(
  meeting: Meeting,
  operands: readonly Operand[],
  numbers: readonly (readonly number[])[],
  count: number,
): Word {
  const range = { min: 0n, max: BigInt(count - 1) };
  const value = meeting.parameter(range, (path) => {
    const operand = operands[path];
    if (operand.kind !== "choice") return meeting.constant(BigInt(numbers[path][0]), path);
    if (isIdentity(numbers[path])) return operand.selector.value;
    const table = numbers[path].reduce((sum, number, i) => sum | BigInt(number) << BigInt(4 * i), 0n);
    return meeting.lookUp(table, operand.selector.value, path);
  });
  return { kind: "word", type: "number", value, range };
}

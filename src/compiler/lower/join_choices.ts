/**
 * Where paths meet that bring operands without a common form: which of them it is becomes a value of the program. Those
 * that are alike (numbers, views of one type, objects with the same fields) become one of its options together.
 *
 * @module
 */

import type { Value } from "../ir.ts";
import { type Range, union } from "../range.ts";
import { isSameLayout } from "./layouts.ts";
import { type Choice, listOf, type Operand, recordOf, type View, type Word, type WordType } from "./operand.ts";
import { commonType, isSame, wordType } from "./word_types.ts";

/** What this needs of the builder; paths are known by their index. */
export interface Meeting {
  /** Makes a parameter of the block where the paths meet; the values that they bring follow, in order. */
  parameter(range: Range | undefined, bring: (path: number) => Value): Value;
  /** The word that an operand is at the end of a path. */
  word(operand: Operand, type: WordType, path: number): Word;
  constant(value: bigint, path: number): Value;
  /** `table[index]`, of entries of 4 bits, at the end of a path. */
  lookUp(table: bigint, index: Value, path: number): Value;
  /** `index - by`, at the end of a path. */
  subtract(index: Value, by: bigint, path: number): Value;
  /** The options of a choice that the tests on a path have left: from the first to the last of these indexes. */
  left(choice: Choice, path: number): Range;
  /** One view of the views that the paths bring; paths without one bring 0. */
  view(views: readonly (View | undefined)[]): View | undefined;
  /** What all paths bring, joined whatever it is. */
  join(operands: readonly Operand[]): Operand;
}

/** What a path brings may be: the options of a choice at their indexes, without those that its tests have ruled out. */
type Options = readonly (Operand | undefined)[];

/** What each path brings of one option; some bring another one. */
type Parts = readonly (Operand | undefined)[];

/** The most options that a choice can have which becomes part of another: what a table in one word has room for. */
const MOST_RENUMBERED = 16;

/**
 * The choice between what the paths bring, or the only thing that it can be; `undefined` if what it needs does not last, or
 * is of several types.
 */
export function joinChoice(meeting: Meeting, operands: readonly Operand[]): Operand | undefined {
  const left = operands.map((operand, path) => optionsLeft(meeting, operand, path));
  const brought = left.flat().filter((option) => option !== undefined);
  const all = brought.filter((option, i) => brought.findIndex((x) => isSame(x, option)) === i);
  const words = all.filter((option) => wordType(option) !== undefined);
  const type = words.length === 1 && words[0].kind === "static" ? undefined : wordTypeOf(words);
  if (type === null) return undefined;
  const isJoined = (option: Operand) => wordType(option) !== undefined ? type !== undefined : hasParts(option);
  const others = all.filter((option) => !isJoined(option));
  if (!others.every(lasts)) return undefined;
  // Nothing comes first: a test for it leaves all the others.
  others.sort((a, b) => Number(isNothing(b)) - Number(isNothing(a)));
  const groups = groupsOf(all.filter(isJoined));
  const indexOf = (option: Operand) => {
    const group = groups.findIndex(([first]) => isJoined(option) && isAlike(first, option));
    return group < 0 ? others.findIndex((other) => isSame(other, option)) : others.length + group;
  };
  const numbers = left.map((options) => options.map((option) => option && indexOf(option)));
  if (!operands.every((operand, path) => operand.kind !== "choice" || canRenumber(numbers[path]))) return undefined;
  const options = [...others];
  for (const [first] of groups) {
    const isOfGroup = (option: Operand | undefined) => option && isJoined(option) && isAlike(first, option);
    const option = joinParts(meeting, left.map((options) => options.find(isOfGroup)));
    if (!option) return undefined;
    options.push(option);
  }
  if (options.length === 1) return options[0];
  return { kind: "choice", selector: joinSelectors(meeting, operands, numbers, options.length), options };
}

/** What an operand may be at the end of a path. */
function optionsLeft(meeting: Meeting, operand: Operand, path: number): Options {
  if (operand.kind !== "choice") return [operand];
  const { min, max } = meeting.left(operand, path);
  return operand.options.map((option, i) => min <= i && i <= max ? option : undefined);
}

/** Whether it is not the operand that paths have in common, but what it consists of: an address, fields, a function's object. */
function hasParts(operand: Operand): boolean {
  if (operand.kind === "callable") return !lasts(operand) && !operand.method;
  return operand.kind === "view" || operand.kind === "record" || operand.kind === "list";
}

/** The options that can become one, together; words come first. */
function groupsOf(options: readonly Operand[]): readonly (readonly Operand[])[] {
  const groups: Operand[][] = [];
  for (const option of [...options].sort((a, b) => Number(hasParts(a)) - Number(hasParts(b)))) {
    const group = groups.find(([first]) => isAlike(first, option));
    if (group) group.push(option);
    else groups.push([option]);
  }
  return groups;
}

/** Whether two operands have a common form. */
function isAlike(a: Operand, b: Operand): boolean {
  if (wordType(a) !== undefined && wordType(b) !== undefined) return typeof wordTypeOf([a, b]) === "string";
  if (a.kind === "view" && b.kind === "view") return isAlikeView(a, b);
  if (a.kind === "list" && b.kind === "list") {
    return a.elements.length === b.elements.length && a.elements.every((element, i) => isAlike(element, b.elements[i]));
  }
  if (a.kind === "callable" && b.kind === "callable") {
    return a.name === b.name && a.fn === b.fn && a.closure === b.closure && isAlike(a.owner, b.owner);
  }
  if (a.kind !== "record" || b.kind !== "record") return isSame(a, b);
  const names = [...b.fields.keys()];
  return a.fields.size === names.length &&
    [...a.fields].every(([name, field], i) => name === names[i] && isAlike(field, b.fields.get(name)!));
}

function isAlikeView({ place: a }: View, { place: b }: View): boolean {
  return isSameLayout(a.type, b.type) && a.region === b.region && !a.packet === !b.packet && a.isKey === b.isKey;
}

/** One operand of those of the paths that have one; what the others bring instead, nobody reads. */
function joinParts(meeting: Meeting, parts: Parts): Operand | undefined {
  const there = parts.filter((part) => part !== undefined);
  const [first] = there;
  if (first.kind === "record") {
    const fields = new Map<string, Operand>();
    for (const name of first.fields.keys()) {
      const field = joinPart(meeting, parts.map((part) => part?.kind === "record" ? part.fields.get(name) : undefined));
      if (!field) return undefined;
      fields.set(name, field);
    }
    return recordOf(fields);
  }
  if (first.kind === "list") {
    const elements = first.elements.map((_, i) =>
      joinPart(meeting, parts.map((part) => part?.kind === "list" ? part.elements[i] : undefined))
    );
    return elements.every((element) => element !== undefined) ? listOf(elements) : undefined;
  }
  if (first.kind === "callable") {
    const owner = joinPart(meeting, parts.map((part) => part?.kind === "callable" ? part.owner : undefined));
    return owner && { ...first, owner };
  }
  if (first.kind === "view") return meeting.view(parts as readonly (View | undefined)[]);
  const type = wordTypeOf(there);
  return type ? joinWords(meeting, parts, type) : undefined;
}

/** A field or an element of what the paths bring. */
function joinPart(meeting: Meeting, parts: Parts): Operand | undefined {
  const there = parts.filter((part) => part !== undefined);
  if (there.length === parts.length) return meeting.join(there);
  if (there.every((part) => isSame(part, there[0])) && lasts(there[0])) return there[0];
  return joinParts(meeting, parts);
}

/** What an operand may be. */
export function optionsOf(operand: Operand): readonly Operand[] {
  return operand.kind === "choice" ? operand.options : [operand];
}

/** Whether an operand is undefined or null. */
export function isNothing(operand: Operand): boolean {
  return operand.kind === "static" && (operand.value === undefined || operand.value === null);
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

/** What becomes of the numbers of a choice's options; those that are ruled out have none. */
type Numbers = readonly (number | undefined)[];

function canRenumber(numbers: Numbers): boolean {
  if (distanceOf(numbers) !== undefined) return true;
  return numbers.length <= MOST_RENUMBERED && numbers.every((number = 0) => number < MOST_RENUMBERED);
}

/** How far down all numbers move, if they do so by the same. */
function distanceOf(numbers: Numbers): number | undefined {
  const distances = numbers.flatMap((number, i) => number === undefined ? [] : i - number);
  return distances.every((distance) => distance === distances[0]) ? distances[0] : undefined;
}

/** The words of those paths that have one; what the others bring, nobody reads. */
function joinWords(meeting: Meeting, operands: Parts, type: WordType): Word {
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
  numbers: readonly Numbers[],
  count: number,
): Word {
  const range = { min: 0n, max: BigInt(count - 1) };
  const value = meeting.parameter(range, (path) => {
    const operand = operands[path];
    const brought = numbers[path];
    if (operand.kind !== "choice") return meeting.constant(BigInt(brought[0]!), path);
    const { value } = operand.selector;
    const distance = distanceOf(brought);
    if (distance !== undefined) return distance === 0 ? value : meeting.subtract(value, BigInt(distance), path);
    const table = brought.reduce<bigint>((sum, number = 0, i) => sum | BigInt(number) << BigInt(4 * i), 0n);
    return meeting.lookUp(table, value, path);
  });
  return { kind: "word", type: "number", value, range };
}

/**
 * Where paths meet that bring operands without a common form: which of them it is becomes a value of the program. Those
 * that are alike (numbers, views of one type, objects with the same fields) become one of its options together.
 *
 * @module
 */

import type { Value } from "../ir.ts";
import { type Range, union } from "../range.ts";
import { isSameLayout } from "./layouts.ts";
import { listOf, type Operand, recordOf, type View, type Word, type WordType } from "./operand.ts";
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
  /** One view of the views that the paths bring; paths without one bring 0. */
  view(views: readonly (View | undefined)[]): View | undefined;
  /** What all paths bring, joined whatever it is. */
  join(operands: readonly Operand[]): Operand;
}

/** What each path brings of one option; some bring another one. */
type Parts = readonly (Operand | undefined)[];

/** The most options that a choice can have which becomes part of another: what a table in one word has room for. */
const MOST_RENUMBERED = 16;

/**
 * The choice between what the paths bring, or the only thing that it can be; `undefined` if what it needs does not last, or
 * is of several types.
 */
export function joinChoice(meeting: Meeting, operands: readonly Operand[]): Operand | undefined {
  const all = operands.flatMap(optionsOf).filter((option, i, list) => list.findIndex((x) => isSame(x, option)) === i);
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
  const numbers = operands.map((operand) => optionsOf(operand).map(indexOf));
  if (!operands.every((operand, path) => operand.kind !== "choice" || canRenumber(numbers[path]))) return undefined;
  const options = [...others];
  for (const [first] of groups) {
    const isOfGroup = (option: Operand) => isJoined(option) && isAlike(first, option);
    const option = joinParts(meeting, operands.map((operand) => optionsOf(operand).find(isOfGroup)));
    if (!option) return undefined;
    options.push(option);
  }
  if (options.length === 1) return options[0];
  return { kind: "choice", selector: joinSelectors(meeting, operands, numbers, options.length), options };
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

function canRenumber(numbers: readonly number[]): boolean {
  return isIdentity(numbers) || numbers.length <= MOST_RENUMBERED && Math.max(...numbers) < MOST_RENUMBERED;
}

function isIdentity(numbers: readonly number[]): boolean {
  return numbers.every((number, i) => number === i);
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

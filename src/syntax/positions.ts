/**
 * From an offset in a function's text to a place in the user's file: the tokens of both are aligned (see `align.ts`),
 * after what the runtimes rewrite has been made equal, and types, comments and layout drop out by themselves.
 *
 * @module
 */

import type { SourceLocation } from "../errors.ts";
import { align } from "./align.ts";
import type { Candidate } from "./candidates.ts";
import { isOperator } from "./cursor.ts";
import { lastAtOrBefore, type Lines, type SourceFile } from "./file.ts";
import { type Token, tokenize } from "./tokens.ts";

/** What the text says of its function before its parameters. */
export interface TextHead {
  readonly name: string | undefined;
  readonly form: Candidate["form"];
  /** Index of the token that begins the parameters. */
  readonly start: number;
}

/** Tokens of a function's text. */
export interface FunctionTokens extends TextHead {
  readonly tokens: readonly Token[];
}

/** An alignment of a text with a candidate, and how well they go together. */
export interface Alignment {
  /** For each token of the text the index of its token in the file, or -1. */
  readonly matches: Int32Array;
  /** The worth of all matched tokens, of the text's and of the file's. */
  readonly matched: number;
  readonly textWeight: number;
  readonly fileWeight: number;
}

/** Names and literals say much, operators little. */
const WEIGHT = 6;
/** Separators tell nothing apart, and runtimes add and drop them. */
const IGNORED: ReadonlySet<string> = new Set([";", ",", "(", ")", "{", "}"]);
/** Constants that Bun prints as an expression (`!0`, `void 0`, `1 / 0`): they count as its last literal. */
const REWRITTEN: ReadonlyMap<string, string> = new Map([
  ["true", "0"],
  ["false", "1"],
  ["undefined", "0"],
  ["Infinity", "0"],
]);

/** Splits a function's text into tokens and finds its head. */
export function readFunction(text: string): FunctionTokens {
  const tokens = tokenize(text, true).list;
  let start = 0;
  while (start < tokens.length - 1 && !isOperator(tokens[start], "(") && !isOperator(tokens[start + 1], "=>")) {
    start = isOperator(tokens[start], "[") && tokens[start]!.pair > 0 ? tokens[start]!.pair + 1 : start + 1;
  }
  const close = isOperator(tokens[start], "(") ? tokens[start]!.pair : start;
  const form = isOperator(tokens[close + 1], "=>") ? "arrow" : "block";
  return { tokens, start, form, name: form === "arrow" ? undefined : nameBefore(tokens, start) };
}

/** The name before the parameters; of a computed key its last part. */
function nameBefore(tokens: readonly Token[], start: number): string | undefined {
  let at = start - 1;
  if (isOperator(tokens[at], "]")) at--;
  if (isOperator(tokens[at], ")")) at--;
  const token = tokens[at];
  const isFunction = at === 0 && token?.text === "function";
  if (token?.kind === "private") return `#${token.text}`;
  return (token?.kind === "identifier" && !isFunction) || token?.kind === "string" ? token.text : undefined;
}

/** Aligns a text with one candidate. */
export function alignWith(text: FunctionTokens, file: SourceFile, { start, end }: Candidate): Alignment {
  const vocabulary = new Vocabulary();
  const a = vocabulary.encode(text.tokens, text.start, text.tokens.length);
  const b = vocabulary.encode(file.tokens, start, end);
  const aligned = align(a.ids, b.ids, vocabulary.weights);
  const matches = new Int32Array(text.tokens.length).fill(-1);
  let matched = 0;
  aligned.forEach((other, index) => {
    if (other < 0) return;
    matches[a.indices[index]!] = b.indices[other]!;
    matched += vocabulary.weights[a.ids[index]!]!;
  });
  matchBetween(text, file, start, end, matches);
  return { matches, matched, textWeight: vocabulary.worth(a.ids), fileWeight: vocabulary.worth(b.ids) };
}

interface Encoded {
  readonly ids: Int32Array;
  /** Where each stands among all tokens. */
  readonly indices: Int32Array;
}

/** Numbers for tokens: equal ones denote the same in both texts. */
class Vocabulary {
  readonly weights: number[] = [];
  readonly #ids = new Map<string, number>();

  encode(tokens: readonly Token[], start: number, end: number): Encoded {
    const ids = new Int32Array(end - start);
    const indices = new Int32Array(end - start);
    let length = 0;
    for (let index = start; index < end; index++) {
      const token = tokens[index]!;
      if (token.kind === "end" || (token.kind === "punctuator" && IGNORED.has(token.text))) continue;
      indices[length] = index;
      ids[length++] = this.#id(token);
    }
    return { ids: ids.subarray(0, length), indices: indices.subarray(0, length) };
  }

  worth(ids: Int32Array): number {
    let sum = 0;
    for (const id of ids) sum += this.weights[id]!;
    return sum;
  }

  #id(token: Token): number {
    const meaning = meaningOf(token);
    const known = this.#ids.get(meaning);
    if (known !== undefined) return known;
    const id = this.weights.length;
    this.#ids.set(meaning, id);
    this.weights.push(token.kind === "punctuator" ? 1 : WEIGHT);
    return id;
  }
}

/** What a token denotes, however it is written: `0x10` and `16`, `"a"` and `'a'`, `a.b` and `a["b"]`, `true` and `!0`. */
function meaningOf({ kind, text, value }: Token): string {
  switch (kind) {
    case "identifier":
      return REWRITTEN.get(text) ?? text;
    case "number":
      return String(value);
    case "bigint":
      return `${value}n`;
    case "private":
      return `#${text}`;
    default:
      return text;
  }
}

/**
 * Goes through what alignment left out: separators that stand beside matched tokens in both texts, and single tokens
 * where one has replaced another (an enum's member and its value).
 */
function matchBetween(
  { tokens, start }: FunctionTokens,
  file: SourceFile,
  from: number,
  to: number,
  matches: Int32Array,
): void {
  let textAt = start, fileAt = from;
  for (let index = start; index <= tokens.length; index++) {
    const last = index === tokens.length;
    const other = last ? to : matches[index]!;
    if (other < 0) continue;
    let textEnd = index, fileEnd = other;
    while (textAt < textEnd && fileAt < fileEnd && same(textAt, fileAt)) matches[textAt++] = fileAt++;
    while (textAt < textEnd && fileAt < fileEnd && same(textEnd - 1, fileEnd - 1)) matches[--textEnd] = --fileEnd;
    if (textEnd - textAt === 1 && fileEnd - fileAt === 1) matches[textAt] = fileAt;
    textAt = index + 1;
    fileAt = other + 1;
  }

  function same(index: number, other: number): boolean {
    const a = tokens[index]!, b = file.tokens[other]!;
    return a.kind === b.kind && a.text === b.text;
  }
}

/** Places of all tokens of a text in a file, small enough to keep. */
export class PositionMap {
  readonly #starts: Int32Array;
  readonly #offsets: Int32Array;
  readonly #lines: Lines;

  constructor({ tokens }: FunctionTokens, file: SourceFile, matches: Int32Array) {
    this.#starts = new Int32Array(tokens.length);
    for (let i = 0; i < tokens.length; i++) this.#starts[i] = tokens[i]!.start;
    this.#offsets = offsetsOf(file, matches);
    this.#lines = file.lines;
  }

  /** The place of the token at an offset in the text. */
  locate(offset: number): SourceLocation {
    const index = lastAtOrBefore(this.#starts.length, (index) => this.#starts[index]!, offset);
    return this.#lines.location(this.#offsets[index]!);
  }
}

/** Offsets in the file of all tokens; those without a match take a neighbour's. */
function offsetsOf({ tokens }: SourceFile, matches: Int32Array): Int32Array {
  const offsets = new Int32Array(matches.length);
  let before = matches.find((other) => other >= 0) ?? 0;
  matches.forEach((other, index) => {
    if (other >= 0) before = other;
    // What replaces an expression begins where that began: after the same token, on the same line.
    const next = tokens[before + 1];
    const replaces = other < 0 && index > 0 && matches[index - 1] === before && next !== undefined && !next.newline;
    offsets[index] = tokens[replaces ? before + 1 : before]!.start;
  });
  return offsets;
}

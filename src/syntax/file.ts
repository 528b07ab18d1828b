/**
 * A user's file: its lines, its tokens, and what encloses what. Everything is found when first asked for.
 *
 * @module
 */

import type { SourceLocation } from "../errors.ts";
import { type Token, tokenize } from "./tokens.ts";

const LINE_END = /\r\n|[\n\r\u2028\u2029]/g;

/** One file's text. */
export class SourceFile {
  readonly path: string;
  readonly text: string;
  #lines: Lines | undefined;
  #tokens: readonly Token[] | undefined;
  #enclosing: Int32Array | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  get lines(): Lines {
    return this.#lines ??= new Lines(this.path, this.text);
  }

  get tokens(): readonly Token[] {
    return this.#tokens ??= tokenize(this.text, true).list;
  }

  /** For each token the index of the innermost bracket around it, or -1. */
  get enclosing(): Int32Array {
    return this.#enclosing ??= findEnclosing(this.tokens);
  }

  /** The index of the token at a place: the last that begins there or before. */
  tokenAt({ line, column }: Pick<SourceLocation, "line" | "column">): number {
    return lastAtOrBefore(this.tokens.length, (index) => this.tokens[index]!.start, this.lines.offset(line, column));
  }

  /** A line by its number from 1, without its end. */
  line(number: number): string | undefined {
    const { starts } = this.lines;
    if (!(number >= 1 && number <= starts.length)) return undefined;
    return this.text.slice(starts[number - 1], starts[number] ?? this.text.length).replace(/[\r\n\u2028\u2029]+$/, "");
  }
}

/** Where a text's lines begin: all that is kept of a file to name places in it. */
export class Lines {
  readonly #path: string;
  readonly starts: readonly number[];

  constructor(path: string, text: string) {
    this.#path = path;
    const starts = [0];
    const end = new RegExp(LINE_END);
    while (end.test(text)) starts.push(end.lastIndex);
    this.starts = starts;
  }

  offset(line: number, column: number): number {
    return (this.starts[Math.min(line, this.starts.length) - 1] ?? 0) + column - 1;
  }

  location(offset: number): SourceLocation {
    const index = lastAtOrBefore(this.starts.length, (index) => this.starts[index]!, offset);
    return { file: this.#path, line: index + 1, column: offset - this.starts[index]! + 1 };
  }
}

/** The last index whose increasing value is not above the limit; 0 if there is none. */
export function lastAtOrBefore(length: number, value: (index: number) => number, limit: number): number {
  let low = 0, high = length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (value(middle) <= limit) low = middle;
    else high = middle;
  }
  return low;
}

function findEnclosing(tokens: readonly Token[]): Int32Array {
  const enclosing = new Int32Array(tokens.length);
  const open: number[] = [];
  /** The innermost bracket that is open, and where it closes. */
  let around = -1, end = Infinity;
  for (let index = 0; index < tokens.length; index++) {
    while (index >= end) {
      open.pop();
      around = open.at(-1) ?? -1;
      end = around < 0 ? Infinity : tokens[around]!.pair;
    }
    enclosing[index] = around;
    const { pair } = tokens[index]!;
    if (pair < 0) continue;
    open.push(index);
    around = index;
    end = pair;
  }
  return enclosing;
}

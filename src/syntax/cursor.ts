/**
 * Where the parser stands in the tokens: looking ahead, taking, demanding, refusing.
 *
 * @module
 */

import type { Span } from "./ast.ts";
import { malformed, unsupported } from "./failure.ts";
import { type Token, tokenize, type Tokens } from "./tokens.ts";

/** Nesting that no person writes, and that still fits the runtimes' stacks many times over. */
const MAXIMUM_DEPTH = 500;

/** Words that cannot be names, in a class or module. */
export const RESERVED: ReadonlySet<string> = new Set(
  ("await break case catch class const continue debugger default delete do else enum export extends false finally for " +
    "function if import in instanceof new null return super switch this throw true try typeof var void while with yield")
    .split(" "),
);

/** The parser's only state. */
export class Cursor {
  readonly text: string;
  /** The token to be taken next. Parsing asks for little else. */
  token: Token;
  readonly #tokens: Tokens;
  #index = 0;
  #depth = 0;

  constructor(text: string) {
    this.text = text;
    this.#tokens = tokenize(text);
    this.token = this.#tokens.list[0];
  }

  #go(index: number): void {
    this.#index = index;
    this.token = this.#tokens.list[index]!;
  }

  /** The token so many places further on; the last one if there are fewer. */
  ahead(count: number): Token {
    return this.#tokens.list[Math.min(this.#index + count, this.#tokens.list.length - 1)]!;
  }

  /** The token after the bracket that closes the one here; `undefined` if none opens here or it is never closed. */
  get afterPair(): Token | undefined {
    return this.afterPairOf(this.token);
  }

  afterPairOf(opener: Token): Token | undefined {
    return opener.pair < 0 ? undefined : this.#tokens.list[opener.pair + 1];
  }

  /** Goes from the bracket here to the one that closes it; gives the tokens between, unread. */
  skipToPair(): readonly Token[] {
    const { pair } = this.token;
    if (pair < 0) this.expected("a closing bracket");
    const skipped = this.#tokens.list.slice(this.#index + 1, pair);
    this.#go(pair);
    return skipped;
  }

  /** Where the latest taken token ended. */
  get end(): number {
    return this.#tokens.list[this.#index - 1]?.end ?? 0;
  }

  take(): Token {
    const token = this.token;
    if (token.kind === "failure") throw this.#tokens.failure!;
    if (token.kind !== "end") this.#go(this.#index + 1);
    return token;
  }

  /** Whether the operator or bracket stands here. */
  at(operator: string): boolean {
    const { kind, text } = this.token;
    return text === operator && kind === "punctuator";
  }

  /** Whether the keyword, or the name with a meaning at this place, stands here. */
  atWord(word: string): boolean {
    return isWord(this.token, word);
  }

  eat(operator: string): boolean {
    if (!this.at(operator)) return false;
    this.#go(this.#index + 1);
    return true;
  }

  eatWord(word: string): boolean {
    if (!this.atWord(word)) return false;
    this.#go(this.#index + 1);
    return true;
  }

  expect(operator: string): Token {
    if (!this.at(operator)) this.expected(JSON.stringify(operator));
    return this.take();
  }

  expectWord(word: string): Token {
    if (!this.atWord(word)) this.expected(JSON.stringify(word));
    return this.take();
  }

  /** Ends a statement: a semicolon, or what stands for one. */
  endStatement(): void {
    if (this.eat(";") || this.mayEndStatement()) return;
    this.expected('";"');
  }

  /** Whether a statement may end before the next token, semicolon or not. */
  mayEndStatement(): boolean {
    const { kind, text, newline } = this.token;
    return newline || kind === "end" || kind === "punctuator" && (text === ";" || text === "}");
  }

  /** Runs one level of nesting; too many are refused before the runtime's stack gives in. */
  nested<Result>(parse: (cursor: this) => Result): Result {
    if (++this.#depth > MAXIMUM_DEPTH) {
      throw unsupported(
        `The program is nested more than ${MAXIMUM_DEPTH} levels deep`,
        this.token,
        "Split it into several statements or functions",
      );
    }
    const result = parse(this);
    this.#depth--;
    return result;
  }

  /** Fails: something else should stand here. */
  expected(what: string): never {
    const token = this.token;
    if (token.kind === "failure") throw this.#tokens.failure!;
    const found = token.kind === "end" ? "the end of the text" : this.describe(token);
    throw malformed(`Expected ${what} but found ${found}`, token);
  }

  /** Fails: JavaScript, but not of the language. */
  refuse(what: string, span: Span, remedy: string): never {
    throw unsupported(what, span, remedy);
  }

  /** A token as written, shortened. */
  describe(token: Token): string {
    const written = this.text.slice(token.start, token.end);
    return JSON.stringify(written.length > 24 ? `${written.slice(0, 24)}…` : written);
  }
}

/** Whether the token is this operator or bracket. */
export function isOperator(token: Token | undefined, operator: string): boolean {
  return token?.kind === "punctuator" && token.text === operator;
}

/** Whether the token is this word, written without escapes. */
export function isWord(token: Token, word: string): boolean {
  return token.kind === "identifier" && token.text === word && !token.escaped;
}

/** Whether the token can be a variable's name. */
export function isName(token: Token): boolean {
  return token.kind === "identifier" && !(RESERVED.has(token.text) && !token.escaped);
}

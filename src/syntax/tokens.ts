/**
 * Text to tokens: the whole lexical grammar of JavaScript, so that any function's text, and any TypeScript file around
 * it, can be walked. The parser reads these; so does the alignment of `positions.ts`.
 *
 * @module
 */

import type { Span } from "./ast.ts";
import { isAsciiLetter, isDigit, isIdentifierPart, isIdentifierStart, isLineEnd } from "./characters.ts";
import { readCodePoint, readEscape } from "./escapes.ts";
import { refuse, SyntaxFailure } from "./failure.ts";
import { readNumber } from "./numbers.ts";

/** Keywords are identifiers here; the parser knows which are which. `failure` stands where the text cannot be read. */
export type TokenKind =
  | "identifier"
  | "private"
  | "number"
  | "bigint"
  | "string"
  | "template"
  | "regex"
  | "punctuator"
  | "end"
  | "failure";

/** A token and what is needed of its surroundings. */
export interface Token extends Span {
  readonly kind: TokenKind;
  /** A name with escapes decoded, a string's or template part's value, an operator, a regular expression as written. */
  readonly text: string;
  /** What a number or bigint literal denotes. */
  readonly value: number | bigint | undefined;
  /** Whether a line ended since the token before: semicolons may be left out there. */
  readonly newline: boolean;
  /** A name written with an escape is never a keyword. */
  readonly escaped: boolean;
  /** On `( [ {`: the index of the token that closes it; on a template's part: of its next part; else -1. */
  readonly pair: number;
}

type Draft = { -readonly [Key in keyof Token]: Token[Key] };

/** What {@linkcode tokenize} gives: always ended by an `end` or a `failure`. */
export interface Tokens {
  readonly list: readonly Token[];
  /** Why the last token is a `failure`. */
  readonly failure: SyntaxFailure | undefined;
}

/*
 * What most of a text consists of is matched by the engine's own code: a loop here over characters takes several times
 * as long before it is compiled, and programs are read once, at start.
 */
const BLANK = /[\s\ufeff]+/y;
const LINE_END = /[\n\r\u2028\u2029]/;
const REST_OF_LINE = /[^\n\r\u2028\u2029]*/y;
const PLAIN_NAME = /[A-Za-z_$][\w$]*/y;
const OPERATOR =
  />>>=?|[=!]==?|\*\*=?|<<=?|>>=?|\.\.\.|&&=?|\|\|=?|\?\?=?|=>|\?\.(?!\d)|\+\+|--|[-+*/%&|^<>]=?|[{}()[\];,~:@.?=!]/y;
/** All of a string up to its end or first escape. */
const PLAIN_STRING = /[^"'\\\n\r]*/y;

/** Keywords after which an expression begins: there `/` begins a regular expression. */
const BEFORE_EXPRESSION: ReadonlySet<string> = new Set(
  "await case delete do else in instanceof new of return throw typeof void yield".split(" "),
);
const BEFORE_CONDITION: ReadonlySet<string> = new Set(["if", "while", "for", "with"]);

/** How often a text's length may be read in vain, when stepping over what cannot be read. */
const PATIENCE = 4;

/**
 * Splits text into tokens, in one pass.
 *
 * @param text JavaScript or TypeScript.
 * @param lenient Step over what cannot be read instead of ending there: for files that another parser understands.
 */
export function tokenize(text: string, lenient = false): Tokens {
  return new Tokenizer(text, lenient).run();
}

class Tokenizer {
  readonly #text: string;
  readonly #lenient: boolean;
  readonly #list: Draft[] = [];
  /** Indices of open brackets and of template parts that wait for their `}`. */
  readonly #open: number[] = [];
  /** The latest `)` that ended `if (…)` or the like: after it a statement begins. */
  #conditionEnd = -1;
  #at = 0;
  #newline = false;
  #escaped = false;

  constructor(text: string, lenient: boolean) {
    this.#text = text;
    this.#lenient = lenient;
  }

  run(): Tokens {
    if (this.#text.startsWith("#!")) this.#matches(REST_OF_LINE);
    for (let wasted = 0; wasted <= PATIENCE * this.#text.length;) {
      const start = this.#at;
      try {
        this.#skipBlank();
        if (this.#at >= this.#text.length) break;
        this.#next();
      } catch (failure) {
        if (!(failure instanceof SyntaxFailure)) throw failure;
        if (!this.#lenient) {
          this.#push("failure", failure.start, "");
          return { list: this.#list, failure };
        }
        // A quote that ends nowhere, or a stray character: the next token may be all right again.
        wasted += Math.max(this.#at, failure.end) - start;
        this.#at = Math.max(start, failure.start) + 1;
      }
    }
    this.#push("end", this.#at, "");
    return { list: this.#list, failure: undefined };
  }

  #push(kind: TokenKind, start: number, text: string, value?: number | bigint): Draft {
    const token: Draft = {
      kind,
      start,
      end: this.#at,
      text,
      value,
      newline: this.#newline,
      escaped: this.#escaped,
      pair: -1,
    };
    this.#list.push(token);
    this.#newline = this.#escaped = false;
    return token;
  }

  #fail(what: string, start: number, end: number = this.#at): never {
    refuse(what, start, end);
  }

  /** Goes to the end of what the sticky expression matches here, if it does. */
  #matches(expression: RegExp): boolean {
    expression.lastIndex = this.#at;
    if (!expression.test(this.#text)) return false;
    this.#at = expression.lastIndex;
    return true;
  }

  #skipBlank(): void {
    const text = this.#text;
    for (;;) {
      const code = text.charCodeAt(this.#at);
      if (code === 0x2f && text.charCodeAt(this.#at + 1) === 0x2f) this.#matches(REST_OF_LINE);
      else if (code === 0x2f && text.charCodeAt(this.#at + 1) === 0x2a) this.#skipComment();
      else if (code === 0x20 && text.charCodeAt(this.#at + 1) > 0x2f && text.charCodeAt(this.#at + 1) < 0x80) {
        this.#at++;
      } else if (code <= 0x20 || code >= 0x80) {
        const start = this.#at;
        if (!this.#matches(BLANK)) return;
        this.#newline ||= LINE_END.test(text.slice(start, this.#at));
      } else return;
    }
  }

  #skipComment(): void {
    const start = this.#at;
    const end = this.#text.indexOf("*/", start + 2);
    this.#at = end < 0 ? this.#text.length : end + 2;
    if (end < 0) this.#fail("A comment is not closed", start, start + 2);
    this.#newline ||= LINE_END.test(this.#text.slice(start, end));
  }

  #next(): void {
    const start = this.#at;
    const code = this.#text.charCodeAt(start);
    // Most of a text are names: they are told first.
    if (isAsciiLetter(code)) {
      const name = this.#name();
      this.#push("identifier", start, name);
      return;
    }
    const following = this.#text.charCodeAt(start + 1);
    if (isDigit(code) || (code === 0x2e && isDigit(following))) return this.#number();
    if (code === 0x22 || code === 0x27) return this.#string(code);
    if (code === 0x60) return this.#template();
    if (code === 0x7d && this.#closesSubstitution()) return this.#template();
    if (code === 0x23) {
      if (following !== 0x5c && !(isIdentifierStart(this.#text.codePointAt(start + 1) ?? 0))) {
        this.#fail("A name is missing after #", start);
      }
      this.#at++;
      const name = this.#name();
      this.#push("private", start, name);
    } else if (code === 0x5c || code >= 0x80 && isIdentifierStart(this.#text.codePointAt(start)!)) {
      const name = this.#name();
      this.#push("identifier", start, name);
    } else if (code === 0x2f && this.#regexMayBegin()) this.#regex();
    else this.#operator();
  }

  #operator(): void {
    const start = this.#at;
    if (!this.#matches(OPERATOR)) {
      const character = String.fromCodePoint(this.#text.codePointAt(start)!);
      this.#fail(`Unexpected character ${JSON.stringify(character)}`, start, start + character.length);
    }
    const operator = this.#text.slice(start, this.#at);
    const index = this.#list.length;
    this.#push("punctuator", start, operator);
    if (operator === "(" || operator === "[" || operator === "{") this.#open.push(index);
    else if (operator === ")" || operator === "]" || operator === "}") this.#close(operator, index);
  }

  #close(operator: string, index: number): void {
    const opener = this.#list[this.#open.at(-1) ?? -1];
    const expected = operator === ")" ? "(" : operator === "]" ? "[" : "{";
    if (opener?.kind !== "punctuator" || opener.text !== expected) return;
    opener.pair = index;
    const before = this.#list[this.#open.pop()! - 1];
    if (operator === ")" && before?.kind === "identifier" && BEFORE_CONDITION.has(before.text)) {
      this.#conditionEnd = index;
    }
  }

  #closesSubstitution(): boolean {
    return this.#list[this.#open.at(-1) ?? -1]?.kind === "template";
  }

  /** A template's next part: from its `` ` `` or `}` to its `${` or `` ` ``. */
  #template(): void {
    const start = this.#at;
    const text = this.#text;
    if (text.charCodeAt(start) === 0x7d) this.#list[this.#open.pop()!]!.pair = this.#list.length;
    let value = "";
    let copied = ++this.#at;
    for (;;) {
      const at = this.#at;
      if (at >= text.length) this.#fail("A template literal is not closed", start, start + 1);
      const code = text.charCodeAt(at);
      if (code === 0x60 || (code === 0x24 && text.charCodeAt(at + 1) === 0x7b)) {
        value += text.slice(copied, at);
        this.#at += code === 0x60 ? 1 : 2;
        if (code !== 0x60) this.#open.push(this.#list.length);
        this.#push("template", start, value);
        return;
      }
      this.#at++;
      if (code !== 0x5c && code !== 0x0d) continue;
      value += text.slice(copied, at);
      if (code === 0x5c) value += this.#escape();
      else if (text.charCodeAt(this.#at) !== 0x0a) value += "\n";
      copied = this.#at;
    }
  }

  #string(quote: number): void {
    const start = this.#at++;
    const text = this.#text;
    let value = "";
    let copied = this.#at;
    for (;;) {
      this.#matches(PLAIN_STRING);
      const at = this.#at;
      const code = text.charCodeAt(at);
      if (at >= text.length || code === 0x0a || code === 0x0d) this.#fail("A string is not closed", start, start + 1);
      this.#at++;
      if (code === quote) {
        value += text.slice(copied, at);
        this.#push("string", start, value);
        return;
      }
      if (code !== 0x5c) continue;
      value += text.slice(copied, at) + this.#escape();
      copied = this.#at;
    }
  }

  /** What follows a backslash in a string or a template. */
  #escape(): string {
    const { value, end } = readEscape(this.#text, this.#at);
    this.#at = end;
    return value;
  }

  #name(): string {
    const start = this.#at;
    const plain = this.#matches(PLAIN_NAME);
    const code = this.#text.charCodeAt(this.#at);
    return plain && !(code >= 128 || code === 0x5c) ? this.#text.slice(start, this.#at) : this.#unusualName(start);
  }

  /** A name with letters outside ASCII or with escapes. */
  #unusualName(start: number): string {
    let name = this.#text.slice(start, this.#at);
    while (this.#at < this.#text.length) {
      const at = this.#at;
      let code = this.#text.codePointAt(at)!;
      if (code === 0x5c) {
        if (this.#text.charAt(at + 1) !== "u") this.#fail('Unexpected character "\\\\"', at, at + 1);
        ({ value: code, end: this.#at } = readCodePoint(this.#text, at + 2, at));
        this.#escaped = true;
        if (!(name ? isIdentifierPart(code) : isIdentifierStart(code))) {
          this.#fail("An escape is not part of a name", at);
        }
      } else if (name ? isIdentifierPart(code) : isIdentifierStart(code)) this.#at += code > 0xffff ? 2 : 1;
      else break;
      name += String.fromCodePoint(code);
    }
    return name;
  }

  #number(): void {
    const start = this.#at;
    const { value, end } = readNumber(this.#text, start);
    this.#at = end;
    this.#push(typeof value as "number" | "bigint", start, "", value);
  }

  /** Whether a `/` here cannot be a division: no operand has just ended. */
  #regexMayBegin(): boolean {
    const index = this.#list.length - 1;
    const last = this.#list[index];
    switch (last?.kind) {
      case undefined:
        return true;
      case "identifier": {
        const before = this.#list[index - 1]?.text;
        return BEFORE_EXPRESSION.has(last.text) && !last.escaped && before !== "." && before !== "?.";
      }
      case "template":
        return this.#open.at(-1) === index;
      case "punctuator":
        if (last.text === ")") return index === this.#conditionEnd;
        return last.text !== "]" && last.text !== "++" && last.text !== "--";
      default:
        return false;
    }
  }

  #regex(): void {
    const start = this.#at++;
    const text = this.#text;
    for (let inClass = false;; this.#at++) {
      const code = text.charCodeAt(this.#at);
      if (this.#at >= text.length || isLineEnd(code)) {
        this.#fail("A regular expression is not closed", start, start + 1);
      }
      if (code === 0x5c) this.#at++;
      else if (code === 0x5b) inClass = true;
      else if (code === 0x5d) inClass = false;
      else if (code === 0x2f && !inClass) break;
    }
    this.#at++;
    while (this.#at < text.length && isIdentifierPart(text.charCodeAt(this.#at))) this.#at++;
    this.#push("regex", start, text.slice(start, this.#at));
  }
}

/**
 * What a backslash begins: in strings, templates and names.
 *
 * @module
 */

import { digitValue, isDigit } from "./characters.ts";
import { refuse } from "./failure.ts";

/** What an escape stands for, and where the text goes on. */
export interface Escape<Value> {
  readonly value: Value;
  readonly end: number;
}

/** Letters that stand for something else; a line that ends here goes on. */
const CHARACTERS: Readonly<Record<string, string>> = {
  ...{ n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", v: "\v" },
  ...{ "\n": "", "\u2028": "", "\u2029": "" },
};

/** Reads what follows the backslash before `at` in a string or a template. */
export function readEscape(text: string, at: number): Escape<string> {
  const start = at - 1;
  const character = text.charAt(at);
  if (Object.hasOwn(CHARACTERS, character)) return { value: CHARACTERS[character], end: at + 1 };
  if (character === "\r") return { value: "", end: text.charAt(at + 1) === "\n" ? at + 2 : at + 1 };
  if (character === "x" || character === "u") {
    const { value, end } = character === "x" ? readHex(text, at + 1, 2, start) : readCodePoint(text, at + 1, start);
    return { value: String.fromCodePoint(value), end };
  }
  const code = character.charCodeAt(0);
  if (code === 0x30 && !isDigit(text.charCodeAt(at + 1))) return { value: "\0", end: at + 1 };
  if (isDigit(code)) refuse("An octal escape is not allowed in a class or module", start, at + 1);
  return { value: character, end: at + 1 };
}

/** Reads `XXXX` or `{X…}` after `\u`; `start`: of the escape. */
export function readCodePoint(text: string, at: number, start: number): Escape<number> {
  if (text.charCodeAt(at) !== 0x7b) return readHex(text, at, 4, start);
  const close = text.indexOf("}", at);
  // No code point needs more digits than this, but zeros may lead; the bound keeps broken text linear.
  if (close < 0 || close === at + 1 || close > at + 64) refuse("A Unicode escape is broken", start, at);
  const { value } = readHex(text, at + 1, close - at - 1, start);
  if (value > 0x10ffff) refuse("A Unicode escape names no character", start, close + 1);
  return { value, end: close + 1 };
}

function readHex(text: string, first: number, length: number, start: number): Escape<number> {
  let value = 0;
  for (let at = first; at < first + length; at++) {
    const digit = digitValue(text.charCodeAt(at));
    if (digit > 15) refuse("An escape is broken", start, at);
    value = value * 16 + digit;
  }
  return { value, end: first + length };
}

/**
 * Literals of numbers and bigints, of any base, with separators.
 *
 * @module
 */

import { digitValue, isIdentifierPart } from "./characters.ts";
import { refuse } from "./failure.ts";

/** A literal that has been read, and where the text goes on. */
export interface NumberLiteral {
  readonly value: number | bigint;
  readonly end: number;
}

/** Bases by the letter behind the 0 that begins a literal. */
const BASES: Readonly<Record<string, number>> = { x: 16, X: 16, o: 8, O: 8, b: 2, B: 2 };

/** Reads the literal that begins at `start`. */
export function readNumber(text: string, start: number): NumberLiteral {
  const base = text[start] === "0" ? BASES[text[start + 1]] : undefined;
  const { end, isWhole } = base
    ? { end: readDigits(text, start + 2, base, start), isWhole: true }
    : decimal(text, start);
  const isBig = isWhole && text[end] === "n";
  const after = isBig ? end + 1 : end;
  const next = text.codePointAt(after);
  if (next !== undefined && (isIdentifierPart(next) || next === 0x5c)) {
    refuse("A name follows a number without a space", start, after + 1);
  }
  const digits = text.slice(start, end).replaceAll("_", "");
  return { value: isBig ? BigInt(digits) : Number(digits), end: after };
}

/** A literal without a prefix; whole ones have neither point nor exponent. */
function decimal(text: string, start: number): { readonly end: number; readonly isWhole: boolean } {
  let at = skipDigits(text, start, 10, start);
  let isWhole = true;
  if (text[start] === "0" && at > start + 1) {
    refuse("A number must not begin with 0 (write 0o17 for octal)", start, at);
  }
  if (text[at] === ".") {
    isWhole = false;
    at = skipDigits(text, at + 1, 10, start);
  }
  if (text[at] === "e" || text[at] === "E") {
    isWhole = false;
    at++;
    if (text[at] === "+" || text[at] === "-") at++;
    at = readDigits(text, at, 10, start);
  }
  return { end: at, isWhole };
}

/** As {@linkcode skipDigits}, of one at least. */
function readDigits(text: string, first: number, base: number, start: number): number {
  const end = skipDigits(text, first, base, start);
  if (end === first) refuse("A number has no digits", start, end);
  return end;
}

/** Where digits with separators between them end. */
function skipDigits(text: string, first: number, base: number, start: number): number {
  for (let at = first;; at++) {
    const code = text.charCodeAt(at);
    if (digitValue(code) < base) continue;
    if (code !== 0x5f) return at;
    const isBetween = at > first && digitValue(text.charCodeAt(at - 1)) < base &&
      digitValue(text.charCodeAt(at + 1)) < base;
    if (!isBetween) refuse("A numeric separator must stand between digits", start, at + 1);
  }
}

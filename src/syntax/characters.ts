/**
 * Which characters make up names, numbers and line ends: the lowest layer of the tokenizer.
 *
 * @module
 */

import { once } from "../once.ts";

// Read when a name has other letters than ASCII's: tables of all letters are not made for nothing.
const identifierStart = once(() => /^[\p{ID_Start}$_]$/u);
const identifierPart = once(() => /^[\p{ID_Continue}$\u200c\u200d]$/u);

/** Whether the code is a letter of ASCII, `$` or `_`. */
export function isAsciiLetter(code: number): boolean {
  const lower = code | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || code === 0x24 || code === 0x5f;
}

/** Whether a name may begin with this code point. */
export function isIdentifierStart(code: number): boolean {
  return code < 128 ? isAsciiLetter(code) : identifierStart().test(String.fromCodePoint(code));
}

/** Whether a name may go on with this code point. */
export function isIdentifierPart(code: number): boolean {
  if (code < 128) return isAsciiLetter(code) || isDigit(code);
  return identifierPart().test(String.fromCodePoint(code));
}

/** Whether the code is 0 to 9. */
export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** LF, CR, U+2028, U+2029: what ends a line in JavaScript. */
export function isLineEnd(code: number): boolean {
  return code === 0x0a || code === 0x0d || code === 0x2028 || code === 0x2029;
}

/** The value of a digit in any base up to 36, or 99. */
export function digitValue(code: number): number {
  if (isDigit(code)) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a ? lower - 0x57 : 99;
}

/**
 * Which characters make up names, numbers, blanks and line ends: the lowest layer of the tokenizer.
 *
 * @module
 */

const IDENTIFIER_START = /^[\p{ID_Start}$_]$/u;
const IDENTIFIER_PART = /^[\p{ID_Continue}$\u200c\u200d]$/u;
const SPACE = /^[\s\ufeff]$/u;

const START = 1, PART = 2;

/** One entry for each ASCII code: whether it may begin or continue a name. */
const ASCII: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  return (IDENTIFIER_START.test(character) ? START : 0) | (IDENTIFIER_PART.test(character) ? PART : 0);
});

/** Whether a name may begin with this code point. */
export function isIdentifierStart(code: number): boolean {
  return code < 128 ? (ASCII[code]! & START) !== 0 : IDENTIFIER_START.test(String.fromCodePoint(code));
}

/** Whether a name may go on with this code point. */
export function isIdentifierPart(code: number): boolean {
  return code < 128 ? (ASCII[code]! & PART) !== 0 : IDENTIFIER_PART.test(String.fromCodePoint(code));
}

/** Whether the code is 0 to 9. */
export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** LF, CR, U+2028, U+2029: what ends a line in JavaScript. */
export function isLineEnd(code: number): boolean {
  return code === 0x0a || code === 0x0d || code === 0x2028 || code === 0x2029;
}

/** Blanks that end no line. */
export function isBlank(code: number): boolean {
  if (code === 0x20 || code === 0x09 || code === 0x0b || code === 0x0c) return true;
  return code >= 0x80 && !isLineEnd(code) && SPACE.test(String.fromCharCode(code));
}

/** The value of a digit in any base up to 36, or 99. */
export function digitValue(code: number): number {
  if (isDigit(code)) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a ? lower - 0x57 : 99;
}

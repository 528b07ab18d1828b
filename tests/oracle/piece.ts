/**
 * Pieces of program text, as trees that can be printed and shrunk.
 *
 * @module
 */

/** A piece of program text with a kind, so that it can be replaced by another of that kind. */
export interface Piece {
  readonly kind: Kind;
  readonly parts: readonly (string | Piece)[];
}

/**
 * `number`, `bigint`, `boolean` and `fixed` expressions; numbers that are no integers, divisors that are not zero, and results
 * that are rounded when they are stored; what can be assigned or is a view; calls that give nothing; statements, blocks and
 * lists of them, of which parts may be missing; functions.
 */
export type Kind =
  | "number"
  | "bigint"
  | "boolean"
  | "fixed"
  | "fraction"
  | "divisor"
  | "bigintDivisor"
  | "rounded"
  | "place"
  | "nothing"
  | "statement"
  | "block"
  | "list"
  | "function";

/** The text of a piece. */
export function print(piece: Piece): string {
  return piece.parts.map((part) => typeof part === "string" ? part : print(part)).join("");
}

export function statement(...parts: (string | Piece)[]): Piece {
  return { kind: "statement", parts };
}

export function place(...parts: (string | Piece)[]): Piece {
  return { kind: "place", parts };
}

export function expression(kind: Kind, ...parts: (string | Piece)[]): Piece {
  return { kind, parts };
}

/**
 * What types operands have, and which one several of them have together.
 *
 * @module
 */

import type { Operand, WordType } from "./operand.ts";
import { isSamePlace } from "./place.ts";

/** The type of the run-time word that the operand is or can become; `undefined` if it cannot. */
export function wordType(operand: Operand): WordType | undefined {
  if (operand.kind === "word") return operand.type;
  if (operand.kind !== "static") return undefined;
  const type = typeof operand.value;
  if (type === "boolean" || type === "bigint") return type;
  if (type !== "number" || !Number.isFinite(operand.value)) return undefined;
  return Number.isInteger(operand.value) ? "number" : "fixed";
}

/**
 * The type that operands of several paths have together: integers become fixed-point numbers or fractions where they meet
 * such, and fractions become fixed-point numbers; `undefined` if they have nothing in common.
 */
export function commonType(operands: readonly Operand[]): WordType | "quotient" | undefined {
  const types = new Set(operands.map((operand) => operand.kind === "quotient" ? "quotient" : wordType(operand)));
  if (types.size === 1) return [...types][0];
  for (const type of types) if (type !== "number" && type !== "fixed" && type !== "quotient") return undefined;
  return types.has("fixed") ? "fixed" : "quotient";
}

/** Whether an operand can be made a word of the type without being rounded to an integer. */
export function becomes(operand: Operand, type: WordType): boolean {
  const own = operand.kind === "quotient" ? "quotient" : wordType(operand);
  return own === type || type === "fixed" && (own === "number" || own === "quotient");
}

/** Whether two operands are certainly one. */
export function isSame(a: Operand, b: Operand): boolean {
  if (a === b) return true;
  if (a.kind === "static" && b.kind === "static") return Object.is(a.value, b.value);
  if (a.kind === "view" && b.kind === "view") return isSamePlace(a.place, b.place);
  return a.kind === "word" && b.kind === "word" && a.value === b.value && a.type === b.type;
}

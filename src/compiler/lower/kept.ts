/**
 * What is in the stack for helpers still, from one call to the next: helpers of maps read keys and do not change them, so that
 * the key of a `get` need not be written again for the `set` that follows.
 *
 * @module
 */

import type { AnyType } from "../../types/scalar.ts";
import { ForkedMap } from "./forked_map.ts";
import type { Operand } from "./operand.ts";

/** A value that was laid out. */
export interface Laid {
  readonly type: AnyType;
  readonly operand: Operand;
}

/** What is laid out, by use. */
export type Kept = ForkedMap<string, Laid>;

/** Whether the bytes of one are those of the other. */
export function isSameLaid(a: Laid | undefined, b: Laid | undefined): boolean {
  return a !== undefined && b !== undefined && a.type === b.type && isSameValue(a.operand, b.operand);
}

/** What all paths have laid out. */
export function commonKept([first, ...others]: readonly Kept[]): Kept {
  if (others.every((other) => other.isSameAs(first))) return first.fork();
  return new ForkedMap(
    new Map([...first].filter(([use, laid]) => others.every((other) => isSameLaid(laid, other.get(use))))),
  );
}

/** Whether an operand is a value, which nothing can change: no view, and no object of this generation. */
export function isValue(operand: Operand): boolean {
  if (operand.kind === "record") return [...operand.fields.values()].every(isValue);
  if (operand.kind === "list") return operand.elements.every(isValue);
  return operand.kind === "word" || operand.kind === "static" && typeof operand.value !== "object";
}

function isSameValue(a: Operand, b: Operand): boolean {
  if (a.kind === "word" && b.kind === "word") return a.value === b.value && a.type === b.type;
  if (a.kind === "static" && b.kind === "static") return Object.is(a.value, b.value);
  if (a.kind === "list" && b.kind === "list") return isSameList(a.elements, b.elements);
  if (a.kind !== "record" || b.kind !== "record") return false;
  const others = b.fields;
  return a.fields.size === others.size &&
    [...a.fields].every(([name, field]) => others.has(name) && isSameValue(field, others.get(name)!));
}

function isSameList(a: readonly Operand[], b: readonly Operand[]): boolean {
  return a.length === b.length && a.every((element, i) => isSameValue(element, b[i]));
}

/**
 * Operands in words, for messages.
 *
 * @module
 */

import type { Operand } from "./operand.ts";

/** An operand in words, for messages. */
export function describe(operand: Operand): string {
  switch (operand.kind) {
    case "word":
      return operand.type === "fixed" ? "a number with decimals" : `a ${operand.type}`;
    case "quotient":
      return "a fraction";
    case "packet":
      return "the packet";
    case "context":
      return "the program's context";
    case "closure":
      return "a function";
    case "list":
      return "an array";
    case "record":
      return "an object";
    case "view":
      return operand.place.type.kind === "array" ? "an array variable" : "a struct";
    case "callable":
      return `the function ${operand.name}`;
    case "choice":
      return describeOptions(operand.options.map(describe));
    case "conflict":
      return "undecided";
    case "static": {
      const { value } = operand;
      if (value === null || value === undefined) return String(value);
      if (typeof value === "string") return `the string ${JSON.stringify(value)}`;
      if (typeof value === "function") return `the function ${value.name}`;
      if (Array.isArray(value)) return "an array";
      if (typeof value === "object") return `an object (${value.constructor?.name ?? "null prototype"})`;
      return `the ${typeof value} ${String(value)}`;
    }
  }
}

function describeOptions(texts: readonly string[]): string {
  const unique = texts.filter(isUnique);
  return unique.length === 1 ? `one of several: ${unique[0]}` : unique.join(" or ");
}

/** Whether a text is the first of its kind in a list. */
export function isUnique(text: string, index: number, all: readonly string[]): boolean {
  return all.indexOf(text) === index;
}

/**
 * What an expression of the user's text stands for while it is lowered: a value known now, or one that the program computes.
 *
 * @module
 */

import type { FunctionExpression, Span } from "../../syntax/ast.ts";
import type { Value } from "../ir.ts";
import type { Range } from "../range.ts";
import type { AnyFunction } from "../unit.ts";
import type { Frame, Scope } from "./context.ts";
import type { Place } from "./place.ts";

/** Known at generation time: any JavaScript value, live. */
export interface Static {
  readonly kind: "static";
  readonly value: unknown;
}

/** JavaScript's name for the type of a run-time word; `fixed` is a number with decimals, counted in hundred-thousandths. */
export type WordType = "number" | "bigint" | "boolean" | "fixed";

/**
 * A run-time word. Its low 64 bits are right; `range` is the mathematically exact result, which may lie beyond 64 bits as
 * long as nobody needs more than the low ones (rule 9).
 */
export interface Word {
  readonly kind: "word";
  readonly type: WordType;
  readonly value: Value;
  readonly range: Range;
  /** Proven not to be zero, where the range alone does not say so. */
  readonly nonZero?: boolean;
  /** The signed result of a bitwise operator: comparing it with more than 31 bits is a mistake (rule 8). */
  readonly bitwise?: boolean;
}

/** An integer division whose fraction nobody has decided about yet (rule 10). */
export interface Quotient {
  readonly kind: "quotient";
  readonly dividend: Word;
  readonly divisor: Word;
}

/** The packet: the parameter of `program`. */
export interface Packet {
  readonly kind: "packet";
}

/** What the kernel tells besides the packet: the second parameter of `program`. */
export interface ProgramContext {
  readonly kind: "context";
}

/** A method or function found by name, not called yet; `owner` is its `this`. */
export interface Callable {
  readonly kind: "callable";
  readonly owner: Operand;
  readonly name: string;
  /** The function: a live one, or one of the text; neither for a method of the packet or of a map. */
  readonly fn?: AnyFunction;
  readonly closure?: Closure;
  /** What lowers a call, of a method of a map. */
  readonly method?: (operands: readonly Operand[], span: Span) => Operand;
}

/** A local that different paths gave values that have no common form; an error once it is read. */
export interface Conflict {
  readonly kind: "conflict";
  readonly why: string;
  readonly remedy?: string;
}

/** A function of the text itself, with the scope that it was written in. */
export interface Closure {
  readonly kind: "closure";
  readonly tree: FunctionExpression;
  readonly frame: Frame;
  readonly scope: Scope;
}

/** An array of this generation some of whose elements are run-time values. */
export interface List {
  readonly kind: "list";
  readonly elements: readonly Operand[];
}

/** An object of this generation some of whose fields are run-time values: a struct's value before it has a place. */
export interface Fields {
  readonly kind: "record";
  readonly fields: ReadonlyMap<string, Operand>;
}

/** A struct or an array in memory, not read yet: what is read of it later is what is there then (rule 16). */
export interface View {
  readonly kind: "view";
  readonly place: Place;
}

/** One of several operands; which one is known at run time only: `rules.find(…)`, `isLong ? this.long : this.short`. */
export interface Choice {
  readonly kind: "choice";
  /** The index of the option that it is. */
  readonly selector: Word;
  readonly options: readonly Operand[];
}

export type Operand =
  | View
  | List
  | Fields
  | Static
  | Word
  | Quotient
  | Packet
  | ProgramContext
  | Callable
  | Closure
  | Choice
  | Conflict;

/** One declared name: its identity is the object's. */
export interface Binding {
  readonly name: string;
  readonly constant: boolean;
  /** What it is on a path that has not assigned it: of variables that exist before their first assignment. */
  readonly initial?: Operand;
}

export const UNDEFINED: Static = { kind: "static", value: undefined };

/** An array: known at generation time if all its elements are. */
export function listOf(elements: readonly Operand[]): Operand {
  if (elements.some((element) => element.kind !== "static")) return { kind: "list", elements };
  return known(elements.map((element) => (element as Static).value));
}

/** An object: known at generation time if all its fields are. */
export function recordOf(fields: ReadonlyMap<string, Operand>): Operand {
  const values = [...fields.values()];
  if (values.some((field) => field.kind !== "static")) return { kind: "record", fields };
  return known(Object.fromEntries([...fields].map(([name, field]) => [name, (field as Static).value])));
}

export function known(value: unknown): Static {
  return { kind: "static", value };
}

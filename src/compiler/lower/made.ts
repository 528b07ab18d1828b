/**
 * What a program's text may make and change at generation, and with which of JavaScript's functions.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import type { AnyFunction } from "../unit.ts";
import type { Context } from "./context.ts";
import { known, type Operand, UNDEFINED } from "./operand.ts";

// deno-lint-ignore no-explicit-any -- whatever the text gives it; it throws what JavaScript throws
type Maker = (...values: any[]) => object;

/** What `new` makes. */
export const MAKERS: ReadonlyMap<unknown, Maker> = new Map<unknown, Maker>([
  [Array, (...values) => new Array(...values)],
  [Map, (entries) => new Map(entries)],
  [Set, (values) => new Set(values)],
]);

/** Functions that change the object that they are called on. */
const CHANGING: ReadonlySet<AnyFunction> = new Set<AnyFunction>([
  ...(["push", "pop", "shift", "unshift", "splice", "sort", "reverse", "fill", "copyWithin"] as const)
    .map((name) => Array.prototype[name]),
  ...(["set", "delete", "clear"] as const).map((name) => Map.prototype[name]),
  ...(["add", "delete", "clear"] as const).map((name) => Set.prototype[name]),
]);

/** Functions whose results are new objects. */
const MAKING: ReadonlySet<AnyFunction> = new Set<AnyFunction>([
  ...([
    "slice",
    "concat",
    "toReversed",
    "toSorted",
    "toSpliced",
    "with",
    "flat",
    "flatMap",
    "splice",
    "map",
    "filter",
  ] as const)
    .map((name) => Array.prototype[name]),
  Array,
  Array.from,
  Array.of,
  Object.keys,
  Object.values,
  Object.entries,
  Object.fromEntries,
]);

/** Functions whose results go over their object. */
const LISTING: ReadonlySet<AnyFunction> = new Set<AnyFunction>(
  [Array.prototype, Map.prototype, Set.prototype].flatMap((type) => [type.entries, type.keys, type.values]),
);

/** An operand whose object the text has just made: it may change it. */
export function made({ builder: { heap } }: Context, operand: Operand): Operand {
  if (operand.kind === "static") heap.add(operand.value);
  return operand;
}

/** The result of a function, which may have made it. */
export function resultOf(context: Context, fn: AnyFunction, result: Operand): Operand {
  return MAKING.has(fn) ? made(context, result) : result;
}

/** What lists an object that the text has made is a list of what is in it now. */
export function listing(
  { builder: { heap } }: Context,
  fn: AnyFunction,
  owner: Operand,
  result: unknown,
): Operand {
  const source = owner.kind === "static" ? owner.value : undefined;
  if (!LISTING.has(fn) || !heap.has(source)) return known(result);
  const list = [...result as Iterable<unknown>];
  heap.listed(list, source);
  return known(list);
}

/** Refuses that an object is changed while something goes over it: to be called after each turn. */
export function watch(context: Context, operand: Operand, span: Span): () => void {
  const { builder } = context;
  const object = operand.kind === "static" ? builder.heap.sourceOf(operand.value) : undefined;
  if (!object) return () => {};
  const before = builder.state.changes.fork();
  return () => {
    if (!builder.reachable || builder.heap.isSameOn(before, builder.state.changes, object)) return;
    context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      "Cannot change an object while a loop goes over it",
      "Go over a copy: for (const x of [...list])",
    );
  };
}

/** Whether a function changes the object that it is called on. */
export function isChanging(fn: AnyFunction): boolean {
  return CHANGING.has(fn);
}

/** Runs a function that changes an object which the text has made. */
export function change(context: Context, fn: AnyFunction, object: object, run: () => unknown): Operand {
  const { builder } = context;
  if (!builder.reachable) return UNDEFINED;
  return resultOf(context, fn, known(builder.heap.change(builder.state.changes, object, run)));
}

/** Assigns a property of an object that the text has made. */
export function assign(context: Context, object: object, name: string, operand: Operand, span: Span): void {
  const { builder } = context;
  if (!builder.reachable) return;
  if (operand.kind !== "static") {
    context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      `Cannot keep a value of the run in .${name}: the object exists at generation time only`,
      "Keep it in a local of its own, or in an array variable: @localVar(array(u32, 4)) accessor",
    );
  }
  builder.heap.change(builder.state.changes, object, () => Reflect.set(object, name, operand.value));
}

/** Refuses an object that paths have left differently. */
export function refuseUndecided(context: Context, value: unknown, span: Span): void {
  const { builder } = context;
  if (!builder.heap.isUndecided(builder.state.changes, value)) return;
  context.fail(
    ErrorCode.UnsupportedSyntax,
    span,
    "Cannot use this object: what is in it depends on a test at run time",
    "Keep what changes at run time in locals, or in variables of the class: @localVar(array(u32, 4)) accessor",
  );
}

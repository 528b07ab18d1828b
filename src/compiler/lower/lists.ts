/**
 * Arrays of this generation, asked about run-time values: `this.ports.includes(port)` becomes a comparison for each element,
 * and a callback a copy of its body. Arrays with run-time values in them become others: how many there are is known.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import type { AnyFunction } from "../unit.ts";
import type { Label } from "./builder.ts";
import type { Builtin } from "./builtins.ts";
import { call } from "./calls.ts";
import { compareOptions, lowerBoolean, lowerTruth } from "./conditions.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { watch } from "./made.ts";
import { refuseMap } from "./maps.ts";
import { known, type List, listOf, type Operand, UNDEFINED } from "./operand.ts";

/** The elements of what is iterable at generation time. */
export function elementsOf(operand: Operand): readonly Operand[] | undefined {
  if (operand.kind === "list") return operand.elements;
  if (operand.kind !== "static") return undefined;
  const { value } = operand;
  if (typeof (value as Iterable<unknown> | undefined)?.[Symbol.iterator] !== "function") return undefined;
  return Array.from(value as Iterable<unknown>, known);
}

/** A member of an array with run-time elements. */
export function listMember(list: List, name: string): Operand {
  if (name === "length") return known(list.elements.length);
  if (/^\d+$/.test(name)) return list.elements[Number(name)] ?? UNDEFINED;
  const fn = Reflect.get(Array.prototype, name);
  return typeof fn === "function" ? { kind: "callable", owner: list, name, fn } : UNDEFINED;
}

/** How a method goes over the elements of its array. */
type Method = (visit: Visit) => Operand;

interface Visit {
  readonly context: Context;
  readonly elements: readonly Operand[];
  readonly operands: readonly Operand[];
  readonly span: Span;
  /** The array itself. */
  readonly owner: Operand;
  /** Calls the callback on an element. */
  each(element: Operand, index: number): Operand;
  /** Refuses that the callback has changed the array. */
  unchanged(): void;
}

const METHODS: ReadonlyMap<AnyFunction, Method> = new Map<AnyFunction, Method>([
  [Array.prototype.includes, (visit) => lowerBoolean(visit.context, (yes, no) => findEqual(visit, () => yes, no))],
  [Set.prototype.has, (visit) => lowerBoolean(visit.context, (yes, no) => findEqual(visit, () => yes, no))],
  [Array.prototype.indexOf, (visit) => select(visit, findEqual, (index) => known(index), known(-1))],
  [Array.prototype.some, (visit) => lowerBoolean(visit.context, (yes, no) => findTrue(visit, () => yes, no))],
  [Array.prototype.every, every],
  [Array.prototype.find, (visit) => select(visit, findTrue, (index) => visit.elements[index], UNDEFINED)],
  [Array.prototype.findIndex, (visit) => select(visit, findTrue, (index) => known(index), known(-1))],
  [Array.prototype.findLast, (visit) => {
    const back = backwards(visit);
    return select(back, findTrue, (index) => back.elements[index], UNDEFINED);
  }],
  [Array.prototype.findLastIndex, (visit) => select(backwards(visit), findTrue, fromBehind(visit), known(-1))],
  [
    Array.prototype.lastIndexOf,
    (visit) => select({ ...backwards(visit), operands: wantedOnly(visit) }, findEqual, fromBehind(visit), known(-1)),
  ],
  [Array.prototype.entries, ({ elements }) => listOf(elements.map((element, i) => listOf([known(i), element])))],
  [Array.prototype.keys, ({ elements }) => listOf(elements.map((_, i) => known(i)))],
  [Array.prototype.values, ({ elements }) => listOf(elements)],
  [Array.prototype.at, (visit) => visit.elements.at(constants(visit)[0]) ?? UNDEFINED],
  [Array.prototype.slice, (visit) => listOf(visit.elements.slice(...constants(visit)))],
  [Array.prototype.toReversed, ({ elements }) => listOf(elements.toReversed())],
  [Array.prototype.concat, ({ elements, operands }) => listOf([...elements, ...operands.flatMap(partsOf)])],
  [Array.prototype.flat, (visit) => listOf(flat(visit.elements, constants(visit)[0] ?? 1))],
  [Array.prototype.flatMap, ({ elements, each }) => listOf(elements.map(each).flatMap(partsOf))],
  [Array.prototype.map, ({ elements, each }) => listOf(elements.map(each))],
  [Array.prototype.forEach, ({ elements, each }) => (elements.forEach(each), UNDEFINED)],
  [Array.prototype.filter, filter],
  [Array.prototype.reduce, reduce],
  [Map.prototype.get, (visit) => select(keys(visit), findEqual, (index) => pairOf(visit, index)[1], UNDEFINED)],
  [Map.prototype.has, (visit) => lowerBoolean(visit.context, (yes, no) => findEqual(keys(visit), () => yes, no))],
  [Map.prototype.forEach, (visit) => forEachPair(visit, (index) => pairOf(visit, index))],
  [Set.prototype.forEach, (visit) => forEachPair(visit, (index) => [visit.elements[index], visit.elements[index]])],
]);

/** The methods that work on run-time values or with callbacks of the program's text. */
export const LIST_METHODS: readonly (readonly [AnyFunction, Builtin])[] = [...METHODS].map(([fn, method]) => [
  fn,
  (context, operands, span, owner) => {
    const elements = elementsOf(owner);
    if (!elements) {
      return context.fail(
        ErrorCode.TypeMismatch,
        span,
        `Cannot call ${fn.name}() of ${describe(owner)}: it is no array`,
      );
    }
    const unchanged = watch(context, owner, span);
    const each = (element: Operand, index: number) => {
      const result = call(context, operands[0] ?? UNDEFINED, [element, known(index), owner], span, operands[1]);
      unchanged();
      return result;
    };
    return method({ context, elements, operands, span, owner, each, unchanged });
  },
]);

type Search = (visit: Visit, found: (index: number) => Label, no: Label) => void;

/** Goes to `found(i)` at the first element that equals the argument, from where the second says. */
function findEqual({ context, elements, operands, span }: Visit, found: (index: number) => Label, no: Label): void {
  const [wanted = UNDEFINED, from = known(0)] = operands;
  if (from.kind !== "static") {
    return context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      "Cannot begin to search at an index of the run",
      "Write the index as a constant, or loop over the array and compare",
    );
  }
  const begin = Math.trunc(Number(from.value)) || 0;
  const first = begin < 0 ? Math.max(0, elements.length + begin) : begin;
  search(context, elements.length, found, no, (index, yes, next) => {
    if (index < first) return context.builder.goto(next);
    compareOptions(context, "===", wanted, elements[index], span, yes, next);
  });
}

/** Goes to `found(i)` at the first element that the callback holds for. */
function findTrue({ context, elements, span, each }: Visit, found: (index: number) => Label, no: Label): void {
  search(context, elements.length, found, no, (index, yes, next) => {
    lowerTruth(context, each(elements[index], index), span, yes, next);
  });
}

function search(
  { builder }: Context,
  count: number,
  found: (index: number) => Label,
  no: Label,
  test: (index: number, yes: Label, next: Label) => void,
): void {
  for (let index = 0; index < count && builder.reachable; index++) {
    const next = builder.label();
    test(index, found(index), next);
    builder.place(next);
  }
  builder.goto(no);
}

/** The result that belongs to the element found. */
function select(visit: Visit, find: Search, result: (index: number) => Operand, otherwise: Operand): Operand {
  const { builder } = visit.context;
  const no = builder.label();
  const found = visit.elements.map(() => builder.label());
  find(visit, (index) => found[index], no);
  const join = builder.label();
  found.forEach((label, index) => {
    builder.place(label);
    builder.goto(join, result(index));
  });
  builder.place(no);
  builder.goto(join, otherwise);
  return builder.place(join) ?? UNDEFINED;
}

function every(visit: Visit): Operand {
  const { context, elements, span, each } = visit;
  return lowerBoolean(context, (yes, no) => {
    search(context, elements.length, () => no, yes, (index, failed, next) => {
      lowerTruth(context, each(elements[index], index), span, next, failed);
    });
  });
}

/** The same array from behind; the callback is given the index that an element has. */
function backwards(visit: Visit): Visit {
  const last = visit.elements.length - 1;
  return {
    ...visit,
    elements: visit.elements.toReversed(),
    each: (element, index) => visit.each(element, last - index),
  };
}

/** The index of what was found backwards. */
function fromBehind({ elements }: Visit): (index: number) => Operand {
  return (index) => known(elements.length - 1 - index);
}

/** What is looked for, without an index to begin from. */
function wantedOnly({ context, operands, span }: Visit): readonly Operand[] {
  if (operands.length < 2) return operands;
  return context.fail(
    ErrorCode.UnsupportedSyntax,
    span,
    "Cannot begin to search backwards at an index",
    "Search a part of the array: list.slice(0, 3).lastIndexOf(x)",
  );
}

/** The arguments, which say how many elements there will be. */
function constants({ context, operands, span }: Visit): number[] {
  return operands.map((operand) => {
    if (operand.kind === "static") return operand.value as number;
    return context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      "Cannot take elements of an array by an index of the run",
      "Write the index as a constant, or use an array variable: @localVar(array(u32, 4)) accessor",
    );
  });
}

/** What is put in place of an operand where arrays are joined: the elements of an array. */
function partsOf(operand: Operand): readonly Operand[] {
  const isArray = operand.kind === "list" || operand.kind === "static" && Array.isArray(operand.value);
  return isArray ? elementsOf(operand)! : [operand];
}

function flat(elements: readonly Operand[], depth: number): readonly Operand[] {
  if (depth < 1) return elements;
  return elements.flatMap((element) => {
    const parts = partsOf(element);
    return parts[0] === element ? parts : flat(parts, depth - 1);
  });
}

/** A `Map`'s key and value. */
function pairOf({ context, elements, owner, span }: Visit, index: number): readonly [key: Operand, value: Operand] {
  if (owner.kind !== "static" || !(owner.value instanceof Map)) {
    return context.fail(ErrorCode.TypeMismatch, span, `Cannot call a Map's method of ${describe(owner)}: it is no Map`);
  }
  const [key, value] = elementsOf(elements[index])!;
  return [key, value];
}

/** The keys of a `Map` in its elements' place, for what looks for one. */
function keys(visit: Visit): Visit {
  const elements = visit.elements.map((_, index) => pairOf(visit, index)[0]);
  return { ...visit, elements, operands: visit.operands.slice(0, 1) };
}

/** Calls the callback with the value and the key of each entry. */
function forEachPair(
  { context, elements, operands: [callback = UNDEFINED, self], span, owner, unchanged }: Visit,
  pair: (index: number) => readonly [key: Operand, value: Operand],
): Operand {
  elements.forEach((_, index) => {
    const [key, value] = pair(index);
    call(context, callback, [value, key, owner], span, self);
    unchanged();
  });
  return UNDEFINED;
}

/** `Array.from(source, callback)`: of an array, or of `{ length: 9 }`. */
export function arrayFrom(context: Context, operands: readonly Operand[], span: Span): Operand {
  const [source = UNDEFINED, callback, self] = operands;
  refuseMap(context, source, span);
  const elements = elementsOf(source) ?? lengthOf(source);
  if (!elements) {
    return context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      `Cannot make an array of ${describe(source)}`,
      "Only arrays known at generation time can be copied; how long one is must be known",
    );
  }
  if (!callback) return listOf(elements);
  return listOf(elements.map((element, index) => call(context, callback, [element, known(index)], span, self)));
}

/** As many times nothing as an object's `length` says. */
function lengthOf(operand: Operand): readonly Operand[] | undefined {
  if (operand.kind !== "static") return undefined;
  const { length } = Object(operand.value ?? {}) as { length?: unknown };
  return typeof length === "number" ? Array.from({ length }, () => UNDEFINED) : undefined;
}

/** Which elements stay must be known: an array's length is. */
function filter({ context, elements, span, each }: Visit): Operand {
  return listOf(elements.filter((element, index) => {
    const keep = each(element, index);
    if (keep.kind === "static") return keep.value;
    return context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      "Cannot filter by a run-time value: the array's length would be unknown",
      "Test inside a for…of loop",
    );
  }));
}

function reduce({ context, elements, operands, span, owner, unchanged }: Visit): Operand {
  const [callback = UNDEFINED, initial] = operands;
  const begin = initial === undefined ? 1 : 0;
  const first = initial ?? elements[0];
  if (first === undefined) {
    return context.fail(ErrorCode.TypeMismatch, span, "Cannot reduce an empty array without an initial value");
  }
  return elements.slice(begin).reduce((sum, element, i) => {
    const result = call(context, callback, [sum, element, known(begin + i), owner], span);
    unchanged();
    return result;
  }, first);
}

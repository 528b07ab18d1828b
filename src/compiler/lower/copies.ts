/**
 * Copies: what assigning to a struct or an array does. The bytes of a view of the same type move in large pieces; anything
 * else goes field by field. Padding is never touched.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import { array, type ArrayType } from "../../types/array.ts";
import type { Fields, Struct } from "../../types/struct.ts";
import type { Size, Value } from "../ir.ts";
import { elementAt, isArray } from "./arrays.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { endOf, type IsLeaf, isSameLayout, layoutOf } from "./layouts.ts";
import { elementsOf } from "./lists.ts";
import { demand } from "./memory.ts";
import { known, listOf, type Operand, recordOf, UNDEFINED } from "./operand.ts";
import { advance, alignmentOf, type Index, part, type Place, placeAlignment, reach, testIndex } from "./place.ts";
import { fieldPlace, isStruct } from "./structs.ts";
import { readPlace, writePlace, zeroOf } from "./views.ts";

/** Copied without a loop. */
const UNROLLED_BYTES = 256;
/** As often as bpf_loop turns (BPF_MAX_LOOPS, include/linux/bpf.h). */
const MOST_TURNS = 8_388_608;
/** Values that are stored one by one. */
const MOST_VALUES = 4096;

/** Copies what the operand stands for to the place of a struct or an array. */
export function copyInto(context: Context, place: Place, operand: Operand, span: Span): void {
  const value = source(context, place, operand, span);
  reach(context, place, (target) => {
    demand(context, target, target.type.size, span);
    if (value.kind === "view") copyView(context, target, value.place, span);
    else copyParts(context, target, value, span);
    return UNDEFINED;
  }, () => UNDEFINED);
}

/** The operand, if it can be copied there. */
function source(context: Context, { type }: Place, operand: Operand, span: Span): Operand {
  if (operand.kind === "view" && isArray(operand.place.type) === isArray(type)) return operand;
  const isFitting = isArray(type)
    ? elementsOf(operand) !== undefined && !(operand.kind === "static" && typeof operand.value === "string")
    : operand.kind === "record" ||
      operand.kind === "static" && typeof operand.value === "object" && operand.value !== null;
  if (isFitting) return operand;
  return context.fail(
    ErrorCode.TypeMismatch,
    span,
    `Cannot store ${describe(operand)} in ${isArray(type) ? "an array" : "a struct"} variable`,
    isArray(type)
      ? "Assign an array, another array variable, or one element: table[i] = …"
      : `Assign an object with its fields: { ${Object.keys((type as Struct<Fields>).fields).join(", ")} }`,
  );
}

/** Copies a view; one that is outside gives zeros. */
function copyView(context: Context, target: Place, from: Place, span: Span): void {
  const clear = () => (moveLayout(context, target, undefined, span), UNDEFINED);
  reach(context, from, (found) => {
    if (isSameLayout(target.type, found.type)) moveLayout(context, target, found, span);
    else copyParts(context, target, snapshot(context, found, target, span), span);
    return UNDEFINED;
  }, clear);
}

/** Stores each field or element of an object or an array; what is missing becomes 0. */
function copyParts(context: Context, target: Place, value: Operand, span: Span): void {
  for (const [place, operand] of partsOf(context, target, value, span)) {
    if (operand.kind !== "static" || operand.value !== undefined) writePlace(context, place, operand, span);
    else if (isStruct(place.type) || isArray(place.type)) moveLayout(context, place, undefined, span);
    else writePlace(context, place, zeroOf(place.type), span);
  }
}

function partsOf(context: Context, target: Place, value: Operand, span: Span): [Place, Operand][] {
  const { type } = target;
  if (isStruct(type)) {
    return Object.keys(type.fields).map((name) => [fieldPlace(context, target, name, span), fieldOf(value, name)]);
  }
  const { element, length } = type as ArrayType<unknown>;
  const elements = elementsOf(value)!.slice(0, length);
  if (elements.length > MOST_VALUES) {
    context.fail(
      ErrorCode.TooLarge,
      span,
      `Cannot store ${elements.length} elements one by one`,
      "Assign them in a loop: for (let i = 0; i < table.length; i++)",
    );
  }
  const parts = elements.map((operand, i): [Place, Operand] => [elementAt(target, i), operand]);
  if (elements.length === length) return parts;
  const rest = array(element, length - elements.length);
  return [...parts, [part(target, rest, elements.length * element.size), UNDEFINED]];
}

function fieldOf(value: Operand, name: string): Operand {
  if (value.kind === "record") return value.fields.get(name) ?? UNDEFINED;
  return known((value as { readonly value: Readonly<Record<string, unknown>> }).value[name]);
}

/** What a view of another type has of the target's fields, read before anything is written. */
function snapshot(context: Context, from: Place, target: Place, span: Span): Operand {
  if (isStruct(from.type) && isStruct(target.type)) {
    const { fields } = from.type;
    const names = Object.keys(target.type.fields).filter((name) => Object.hasOwn(fields, name));
    return recordOf(
      new Map(names.map((name) => {
        const [inner, to] = [from, target].map((place) => fieldPlace(context, place, name, span));
        return [name, snapshot(context, inner, to, span)];
      })),
    );
  }
  if (isArray(from.type) && isArray(target.type)) {
    const length = Math.min(from.type.length, target.type.length, MOST_VALUES);
    return listOf(
      Array.from({ length }, (_, i) => snapshot(context, elementAt(from, i), elementAt(target, i), span)),
    );
  }
  return readPlace(context, from, span);
}

/** Moves the values' bytes, or clears them without a source. */
function moveLayout(context: Context, target: Place, from: Place | undefined, span: Span): void {
  // Bytes of a packet that mean true need not be 1; sockets have nothing but fields.
  const isLeaf: IsLeaf = ({ value }) => value === "boolean" && from?.region === "packet" || from?.region === "socket";
  if (from?.region === "packet" && target.region === "packet") return moveWithin(context, target, from, isLeaf, span);
  const layout = layoutOf(target.type, isLeaf);
  if (from) demand(context, from, endOf(layout, isLeaf), span);
  for (const { offset, size } of layout.runs) {
    moveBytes(context, part(target, target.type, offset), from && part(from, from.type, offset), size, span);
  }
  for (const { type, offset, shift } of layout.leaves) {
    const value = from ? readPlace(context, part(from, type, offset, shift), span) : zeroOf(type);
    writePlace(context, part(target, type, offset, shift), value, span);
  }
  for (const { type, offset } of layout.repeats) {
    repeat(context, type.length, type.element.size, span, (index) => {
      const element = (place: Place) => elementIn(context, part(place, type.element, offset), index);
      moveLayout(context, element(target), from && element(from), span);
    });
  }
}

/** The same where the two may overlap: variables of the packet may. All is read before anything is written. */
function moveWithin(context: Context, target: Place, from: Place, isLeaf: IsLeaf, span: Span): void {
  if (target.type.size > UNROLLED_BYTES) {
    context.fail(
      ErrorCode.TooLarge,
      span,
      `Cannot copy ${target.type.size} bytes within the packet at once: ${UNROLLED_BYTES} are the most`,
      "Copy parts of them",
    );
  }
  const layout = layoutOf(target.type, isLeaf, Infinity);
  demand(context, from, endOf(layout, isLeaf), span);
  const writes: (() => void)[] = [];
  for (const { offset, size } of layout.runs) {
    for (let at = 0; at < size;) {
      const [to, source] = [shifted(target, offset + at), shifted(from, offset + at)];
      const chunk = chunkAt(to, source, 0, size - at);
      const value = loadChunk(context, source, chunk);
      writes.push(() => storeChunk(context, to, chunk, value));
      at += chunk;
    }
  }
  for (const { type, offset, shift } of layout.leaves) {
    const value = readPlace(context, part(from, type, offset, shift), span);
    writes.push(() => writePlace(context, part(target, type, offset, shift), value, span));
  }
  for (const write of writes) write();
}

/** Copies bytes, or clears them without a source. */
function moveBytes(context: Context, to: Place, from: Place | undefined, size: number, span: Span): void {
  if (size > UNROLLED_BYTES) return moveInLoop(context, to, from, size, span);
  for (let at = 0; at < size;) {
    const chunk = chunkAt(to, from, at, size - at);
    moveChunk(context, shifted(to, at), from && shifted(from, at), chunk);
    at += chunk;
  }
}

/** The same word by word, in a loop of the program; what does not fill a word comes after it. */
function moveInLoop(context: Context, to: Place, from: Place | undefined, size: number, span: Span): void {
  const stride = chunkAt(to, from, 0, size);
  const length = Math.floor(size / stride);
  repeat(context, length, stride, span, (index) => {
    moveChunk(context, elementIn(context, to, index), from && elementIn(context, from, index), stride);
  });
  moveBytes(context, shifted(to, length * stride), from && shifted(from, length * stride), size % stride, span);
}

/** A loop of the program that counts. */
function repeat(context: Context, length: number, stride: number, span: Span, turn: (index: Index) => void): void {
  const { builder } = context;
  if (length > MOST_TURNS) {
    context.fail(ErrorCode.TooLarge, span, `Cannot copy in ${length} steps: ${MOST_TURNS} are the most`);
  }
  if (!builder.reachable) return;
  const range = { min: 0n, max: BigInt(length) };
  const head = builder.openLoop([{ operand: known(0), type: "number", range }]);
  const counter = context.word("number", head.parameters[0], range);
  const index: Index = { word: counter, length, stride };
  const [inside, end] = [builder.label(), builder.label()];
  testIndex(context, index, inside, end);
  builder.place(inside);
  turn(index);
  const one = builder.constant(1n);
  const next = builder.emit({ kind: "binary", operator: "add", width: 64 }, [counter.value, one], range);
  builder.closeLoop(head, [{ operand: context.word("number", next, range), type: "number" }]);
  builder.place(end);
}

/** The place so many strides on. */
function elementIn(context: Context, place: Place, index: Index): Place {
  const alignment = Math.min(place.alignment, alignmentOf(index.stride));
  return { ...place, base: advance(context, place.base, index), alignment };
}

function moveChunk(context: Context, to: Place, from: Place | undefined, size: Size): void {
  storeChunk(context, to, size, from ? loadChunk(context, from, size) : context.builder.constant(0n));
}

export function loadChunk({ builder }: Context, { base, offset, region }: Place, size: Size): Value {
  return builder.emit({ kind: "load", size, signed: false, offset, region }, [base]);
}

function storeChunk({ builder }: Context, { base, offset, region }: Place, size: Size, value: Value): void {
  builder.emit({ kind: "store", size, offset, region }, [base, value]);
}

/** The largest access that tears no scalar apart and that the verifier takes. */
export function chunkAt(to: Place, from: Place | undefined, at: number, left: number): Size {
  const places = from ? [to, from] : [to];
  const fits = (size: number) => size <= left && places.every((place) => isAllowed(shifted(place, at), size));
  return ([8, 4, 2] as const).find(fits) ?? 1;
}

function isAllowed(place: Place, size: number): boolean {
  if (place.region === "packet") return true;
  return (place.region === "stack" ? placeAlignment(place) : alignmentOf(place.offset)) >= size;
}

export function shifted(place: Place, bytes: number): Place {
  return { ...place, offset: place.offset + bytes };
}

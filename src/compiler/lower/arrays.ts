/**
 * Arrays in memory: where their elements are. Outside, reads give 0 and writes are dropped (rule 15).
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import type { ArrayType } from "../../types/array.ts";
import type { AnyType } from "../../types/scalar.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { refuseFar } from "./memory.ts";
import type { Operand } from "./operand.ts";
import { advance, alignmentOf, found, type Index, isInside, part, type Place, testIndex } from "./place.ts";

export function isArray(type: AnyType): type is ArrayType<unknown> {
  return type.kind === "array";
}

/** The place of the element that a constant key names, as JavaScript's views read keys; `undefined` if it is no number. */
export function namedElement(array: Place, key: string): Place | undefined {
  const index = Number(key);
  return String(index) === key ? elementAt(array, index) : undefined;
}

/** The place of an element. */
export function elementAt(array: Place, index: number): Place {
  const { element, length } = array.type as ArrayType<unknown>;
  const exists = Number.isInteger(index) && index >= 0 && index < length;
  return exists ? part(array, element, index * element.size) : { ...part(array, element, 0), nowhere: true };
}

/** The place of an element that is found at run time. */
export function indexedElement(context: Context, array: Place, key: Operand, span: Span): Place {
  const { element, length } = array.type as ArrayType<unknown>;
  const word = context.toWord(key, span);
  if (word.type !== "number") {
    context.fail(
      ErrorCode.TypeMismatch,
      span,
      `Cannot index an array with ${describe(key)}`,
      word.type === "bigint" ? "Convert it: Number(i & 0xffn)" : "Use a number",
    );
  }
  const index: Index = { word, length, stride: element.size };
  const path = { ...part(array, element, 0), alignment: Math.min(array.alignment, alignmentOf(element.size)) };
  const exists = isInside(index);
  if (array.nowhere || exists === false) return { ...path, nowhere: true };
  if (array.region === "packet") refuseFar(context, array.offset + array.type.size, span);
  if (exists && array.indexes.length === 0) return provenPlace(context, path, index);
  return { ...path, indexes: [...array.indexes, index] };
}

/** Where the elements are, from one on that ranges show to be inside; the verifier, which may know less, gets a comparison. */
function provenPlace(context: Context, array: Place, index: Index): Place {
  const { builder } = context;
  const place = found(context, array);
  const exists = builder.label();
  testIndex(context, index, exists, context.leave);
  builder.place(exists);
  return { ...place, base: advance(context, place.base, index) };
}

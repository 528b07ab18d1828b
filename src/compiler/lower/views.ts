/**
 * Views: structs and arrays in memory as the program's text sees them (rule 16). Scalars are read at once, structs and
 * arrays when something of theirs is.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import type { ArrayType } from "../../types/array.ts";
import type { Bits } from "../../types/bits.ts";
import { type AnyScalar, type AnyType, isScalar } from "../../types/scalar.ts";
import type { AtomicOperator } from "../ir.ts";
import { elementAt, indexedElement, isArray, namedElement } from "./arrays.ts";
import { readBits, toBits, writeBits } from "./bits.ts";
import type { Context } from "./context.ts";
import { copyInto } from "./copies.ts";
import { converted, fromBits, load, scalar, store } from "./memory.ts";
import { known, type Operand, UNDEFINED, type View, type Word } from "./operand.ts";
import { type Place, placeAlignment, reach, type ScalarPlace } from "./place.ts";
import { fieldPlace, isStruct } from "./structs.ts";

/** What is at a place. */
export function readPlace(context: Context, place: Place, span: Span): Operand {
  const { type } = place;
  if (isStruct(type) || isArray(type)) return { kind: "view", place };
  if (type.kind !== "bits") scalar(context, type, span);
  const read = (place: Place) =>
    type.kind === "bits" ? readBits(context, place, span) : load(context, place as ScalarPlace, span);
  return reach(context, place, read, () => zeroOf(type));
}

/** Stores as a DataView setter does: the low bits of what the operand is. Structs and arrays are copied. */
export function writePlace(context: Context, place: Place, operand: Operand, span: Span): void {
  const { type } = place;
  if (place.isKey) refuseKey(context, span);
  if (place.region === "socket") refuseSocket(context, span);
  if (isStruct(type) || isArray(type)) return copyInto(context, place, operand, span);
  if (type.kind === "bits") {
    const word = toBits(context, type as Bits<number>, operand, span);
    return write((place) => writeBits(context, place, word, span));
  }
  const word = converted(context, scalar(context, type, span), operand, span);
  write((place) => store(context, place as ScalarPlace, word.value, span));

  function write(store: (place: Place) => void): void {
    reach(context, place, (found) => (store(found), UNDEFINED), () => UNDEFINED);
  }
}

function refuseKey(context: Context, span: Span): never {
  return context.fail(
    ErrorCode.TypeMismatch,
    span,
    "Cannot write into this key: the map finds its entry by it",
    "Copy its fields into locals, or store under another key after the loop",
  );
}

function refuseSocket(context: Context, span: Span): never {
  return context.fail(
    ErrorCode.TypeMismatch,
    span,
    "Cannot write into this socket: the kernel lets XDP programs read sockets only",
    "Keep what you know of it in a map",
  );
}

/** What reads outside give. */
export function zeroOf(type: AnyType): Operand {
  if (!isScalar(type)) return known((type as Bits<number>).width === 1 ? false : 0);
  return known(({ number: 0, fixed: 0, bigint: 0n, boolean: false } as const)[(type as AnyScalar).value]);
}

/** The place that a constant key names in a view; `undefined` for an array's `length`. */
export function memberPlace(context: Context, { place }: View, name: string, span: Span): Place | undefined {
  if (isStruct(place.type)) return fieldPlace(context, place, name, span);
  if (name === "length") return undefined;
  const found = namedElement(place, name);
  if (found) return found;
  return context.fail(
    ErrorCode.UnsupportedSyntax,
    span,
    `Cannot use .${name} of an array variable`,
    "It has elements and a length: use indexes or a for…of loop",
  );
}

/** The place that a run-time key finds in a view. */
export function indexedPlace(context: Context, { place }: View, key: Operand, span: Span): Place {
  if (isArray(place.type)) return indexedElement(context, place, key, span);
  return context.fail(
    ErrorCode.UnsupportedSyntax,
    span,
    "Cannot choose a struct's field at run time",
    "Name the field, or make it an array: array(u32, 4)",
  );
}

/** A member of a view that is found by a constant key. */
export function viewMember(context: Context, view: View, name: string, span: Span): Operand {
  const place = memberPlace(context, view, name, span);
  return place ? readPlace(context, place, span) : known((view.place.type as ArrayType<unknown>).length);
}

/** A member that follows from a struct's fields, if the struct has it. */
export function derivedMember({ place: { type } }: View, name: string): PropertyDescriptor | undefined {
  return isStruct(type) && Object.hasOwn(type.derived, name) ? type.derived[name] : undefined;
}

/** What reads the elements of an array; `undefined` of anything else. */
export function elementReaders(context: Context, { place }: View, span: Span): (() => Operand)[] | undefined {
  if (!isArray(place.type)) return undefined;
  return Array.from({ length: place.type.length }, (_, i) => () => readPlace(context, elementAt(place, i), span));
}

/** Whether `op=` on what is there can be one atomic instruction (rule 13). */
export function isAtomic(place: Place): place is ScalarPlace {
  if (place.region !== "map" || place.isOwn || place.isKey || !isScalar(place.type)) return false;
  const { endian, value, size } = place.type;
  return endian !== "big" && value !== "boolean" && (size === 4 || size === 8) && placeAlignment(place) >= size;
}

/** One atomic instruction on a scalar; what was there before, if `fetch`. */
export function atomic(
  context: Context,
  place: ScalarPlace,
  operator: AtomicOperator,
  operand: Word,
  fetch: boolean,
): Operand {
  const { type } = place;
  return reach(context, place, ({ base, offset, region }) => {
    const size = type.size as 4 | 8;
    const before = context.builder.emit(
      { kind: "atomic", operator, size, fetch, offset, region },
      [base, operand.value],
    );
    return fetch ? fromBits(context, type, before, true) : UNDEFINED;
  }, () => fetch ? zeroOf(type) : UNDEFINED);
}

/**
 * Stack for what helpers of the kernel read: keys and values of maps, laid out byte by byte. Helpers are done with it when
 * they return, so that all calls share a piece of stack for each use.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import type { AnyType } from "../../types/scalar.ts";
import { makeValue, type Value } from "../ir.ts";
import { MOST_SCRATCH } from "../scratch/map.ts";
import type { Context } from "./context.ts";
import { isSameLaid, isValue, type Laid } from "./kept.ts";
import { layoutOf } from "./layouts.ts";
import type { Operand } from "./operand.ts";
import { placeAt } from "./place.ts";
import { writePlace } from "./views.ts";

/** Pieces of so many bytes need no whole words. */
const HALF = 4;

/** The address of the operand's bytes as the type lays them out, padding zeroed. `use` names the piece of stack. */
export function bytesOf(context: Context, type: AnyType, operand: Operand, use: string, span: Span): Value {
  const { builder } = context;
  const laid = { type, operand };
  if (isSameLaid(builder.state.kept.get(use), laid)) return context.scratch.get(use)!;
  // Keys are laid out before values, so that no call overwrites one that is a value, too.
  if (use === "value" && isSameLaid(builder.state.kept.get("key"), laid)) return context.scratch.get("key")!;
  // Keys of arrays need no whole word.
  const isHalf = type.size === HALF;
  const address = isHalf ? pieceOf(context, use, HALF, span) : scratch(context, use, type.size, span);
  const size = isHalf ? HALF : 8;
  for (const offset of paddedWords(type)) {
    builder.emit({ kind: "store", size, offset, region: "stack" }, [address, builder.constant(0n)]);
  }
  writePlace(context, placeAt(type, "stack", address, 0, 8), operand, span);
  if (isValue(operand) && builder.reachable) builder.state.kept.set(use, laid);
  return address;
}

/** A key and a value: a value that an earlier call has left where keys are stays there, and the key goes where values are. */
export function entryBytes(context: Context, key: Laid, value: Laid, span: Span): readonly [key: Value, value: Value] {
  const asKey = context.builder.state.kept.get("key");
  const isValueThere = isSameLaid(asKey, value) && !isSameLaid(asKey, key);
  const keyBytes = bytesOf(context, key.type, key.operand, isValueThere ? "value" : "key", span);
  return [keyBytes, bytesOf(context, value.type, value.operand, "value", span)];
}

/** The piece of stack of a use, in whole words. What is in it is no longer known. */
export function scratch(context: Context, use: string, bytes: number, span: Span): Value {
  return pieceOf(context, use, Math.ceil(bytes / 8) * 8, span);
}

/** The piece of stack of a use, as large as the largest that asked for it. */
function pieceOf(context: Context, use: string, size: number, span: Span): Value {
  const { scratch, builder: { fn, state, origin } } = context;
  state.kept.delete(use);
  if (size > MOST_SCRATCH) {
    context.fail(
      ErrorCode.TooLarge,
      span,
      `Cannot lay out ${size} bytes at once: a program has room for ${MOST_SCRATCH}`,
      "Store a smaller value and fill in the rest through the view that get() gives, or use an ArrayMap",
    );
  }
  let address = scratch.get(use);
  if (!address) {
    address = makeValue(fn, { kind: "stackSlot", size }, [], origin);
    scratch.set(use, address);
  } else if (address.operation.kind === "stackSlot" && address.operation.size < size) {
    Object.assign(address, { operation: { kind: "stackSlot", size }, origin });
  }
  return address;
}

/** Puts the pieces where the program begins. */
export function beginScratch({ scratch, builder: { fn } }: Context): void {
  fn.blocks[0].instructions.unshift(...scratch.values());
}

/** The words of a type that are not all values: cleared first, for the kernel compares and copies all bytes. */
function paddedWords(type: AnyType): number[] {
  const { runs } = layoutOf(type, () => false, Infinity);
  const words = Array.from({ length: Math.ceil(type.size / 8) }, (_, i) => 8 * i);
  return words.filter((word) => {
    const end = Math.min(word + 8, type.size);
    return !runs.some(({ offset, size }) => offset <= word && offset + size >= end);
  });
}

/**
 * Bytes in memory as a whole: compared and copied in pieces as large as the machine takes.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import { array, type ArrayType } from "../../types/array.ts";
import { u8 } from "../../types/scalar.ts";
import { isArray } from "./arrays.ts";
import type { Label } from "./builder.ts";
import { lowerBoolean } from "./conditions.ts";
import type { Context } from "./context.ts";
import { chunkAt, copyInto, loadChunk, shifted } from "./copies.ts";
import { describe } from "./describe.ts";
import { elementsOf } from "./lists.ts";
import { demand, packetPlace } from "./memory.ts";
import { known, type Operand, UNDEFINED, type View, type Word } from "./operand.ts";
import { type Place, reach } from "./place.ts";

/** Compared one after the other: more would be more code than anyone wants. */
const MOST_BYTES = 256;

/** `packet.bytes(14, 20)`: a view of bytes, all of which are there. */
export function packetBytes(context: Context, offset: number | Word, length: Operand | undefined, span: Span): View {
  const bytes = length?.kind === "static" ? length.value : undefined;
  if (typeof bytes === "number" && Number.isInteger(bytes) && bytes > 0) {
    return { kind: "view", place: packetPlace(context, array(u8, bytes), offset, span) };
  }
  return context.fail(
    ErrorCode.UnsupportedSyntax,
    span,
    `Cannot take ${length ? describe(length) : "no number"} of bytes: how many must be known at generation time`,
    "Give a whole number from 1; for one that only the run tells, copy to a variable with this.bpf.xdpLoadBytes(), or loop",
  );
}

/** A method that views of bytes have; `undefined` of anything else. */
export function bytesMember(context: Context, view: View, name: string): Operand | undefined {
  const method = METHODS[name];
  if (!method || !isBytes(view)) return undefined;
  const call = ([other = UNDEFINED]: readonly Operand[], span: Span) => method(context, view, other, span);
  return { kind: "callable", owner: view, name, method: call };
}

type Method = (context: Context, view: View, other: Operand, span: Span) => Operand;

const METHODS: Readonly<Record<string, Method | undefined>> = { equals, set };

function isBytes({ place: { type } }: View): boolean {
  return isArray(type) && type.element === u8;
}

/** What bytes are compared with or written: other bytes, or numbers that are known. */
function source(context: Context, other: Operand, span: Span): View | readonly unknown[] {
  if (other.kind === "view" && isBytes(other)) return other;
  const elements = other.kind === "static" && typeof other.value !== "string" ? elementsOf(other) : undefined;
  if (elements) return elements.map((element) => element.kind === "static" ? element.value : undefined);
  return context.fail(
    ErrorCode.TypeMismatch,
    span,
    `Cannot take ${describe(other)} for bytes`,
    "Give other bytes of the packet, a variable of the type array(u8, n), or numbers that are known",
  );
}

function lengthOf(of: View | readonly unknown[]): number {
  return "kind" in of ? (of.place.type as ArrayType<unknown>).length : of.length;
}

function equals(context: Context, view: View, other: Operand, span: Span): Operand {
  const right = source(context, other, span);
  const length = lengthOf(view);
  if (lengthOf(right) !== length) return known(false);
  if (length > MOST_BYTES) {
    context.fail(
      ErrorCode.TooLarge,
      span,
      `Cannot compare ${length} bytes at once: ${MOST_BYTES} are the most`,
      "Compare them in a loop",
    );
  }
  return reach(context, view.place, (left) => {
    demand(context, left, length, span);
    if (!("kind" in right)) return compareWithKnown(context, left, right);
    return reach(context, right.place, (found) => {
      demand(context, found, length, span);
      return compare(context, left, found, length);
    }, () => compareWithKnown(context, left, new Array(length).fill(0)));
  }, () => known(false));
}

/** Whether bytes are those of another place. */
function compare(context: Context, left: Place, right: Place, length: number): Operand {
  return lowerBoolean(
    context,
    (yes, no) =>
      inChunks(context, left, right, length, { yes, no }, (at, size) => loadChunk(context, shifted(right, at), size)),
  );
}

/** Whether bytes are certain ones. */
function compareWithKnown(context: Context, left: Place, bytes: readonly unknown[]): Operand {
  const isByte = (byte: unknown) => typeof byte === "number" && Number.isInteger(byte) && byte >= 0 && byte < 256;
  if (!bytes.every(isByte)) return known(false);
  return lowerBoolean(
    context,
    (yes, no) =>
      inChunks(context, left, undefined, bytes.length, { yes, no }, (at, size) => {
        const word = bytes.slice(at, at + size).reduceRight<bigint>(
          (word, byte) => word << 8n | BigInt(byte as number),
          0n,
        );
        return context.builder.constant(word);
      }),
  );
}

function inChunks(
  context: Context,
  left: Place,
  right: Place | undefined,
  length: number,
  { yes, no }: { readonly yes: Label; readonly no: Label },
  other: (at: number, size: 1 | 2 | 4 | 8) => ReturnType<typeof loadChunk>,
): void {
  const { builder } = context;
  for (let at = 0; at < length;) {
    const size = chunkAt(left, right, at, length - at);
    const next = builder.label();
    builder.branch("eq", loadChunk(context, shifted(left, at), size), other(at, size), next, no);
    builder.place(next);
    at += size;
  }
  builder.goto(yes);
}

function set(context: Context, view: View, other: Operand, span: Span): Operand {
  const from = lengthOf(source(context, other, span));
  const length = lengthOf(view);
  if (from !== length) {
    context.fail(
      ErrorCode.OutOfRange,
      span,
      `Cannot write ${from} bytes over ${length}`,
      "Take as many: packet.bytes(offset, length)",
    );
  }
  copyInto(context, view.place, other, span);
  return UNDEFINED;
}

/**
 * The packet in the program: a DataView whose accesses are proven or checked (rule 18).
 *
 * @module
 */

import { helperId } from "../../bytecode/helpers.ts";
import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import { type AnyScalar, type AnyType, u8 } from "../../types/scalar.ts";
import { U32 } from "../range.ts";
import type { Label } from "./builder.ts";
import { packetBytes } from "./bytes.ts";
import { lowerBoolean } from "./conditions.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { converted, load, moved, packetPlace, store, withoutDecimals } from "./memory.ts";
import { known, type Operand, UNDEFINED, type Word } from "./operand.ts";
import { found, near, placeAt, type ScalarPlace } from "./place.ts";
import { LENGTH } from "./state.ts";
import { readPlace } from "./views.ts";

/** A DataView method: whether it reads, and the scalar by byte order. */
interface Access {
  readonly reads: boolean;
  readonly bits: number;
  readonly prefix: "u" | "i";
}

const METHOD = /^(get|set)(Big)?(Int|Uint)(8|16|32|64)$/;

/** A property of the packet: its length, or a method to be called. */
export function packetMember(context: Context, name: string, span: Span): Operand {
  if (name === "byteLength") return context.word("number", context.packetLength, LENGTH);
  if (name === "totalLength") return totalLength(context);
  const owner: Operand = { kind: "packet" };
  const fn = context.unit.packetMethods?.get(name);
  if (fn || METHOD.test(name) || METHODS.has(name)) return { kind: "callable", owner, name, fn };
  if (/^\d+$/.test(name)) {
    context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      "Cannot index the packet: it is a DataView",
      `Read a byte with packet.getUint8(${name}), write it with packet.setUint8(${name}, value)`,
    );
  }
  return context.fail(
    ErrorCode.UnsupportedSyntax,
    span,
    `Cannot use packet.${name} in a program`,
    "The packet has byteLength, layers(), header(), bytes(), and DataView's get and set methods for integers",
  );
}

/** A field of the program's context: a fact of this run, that needs no check. */
export function contextMember(context: Context, name: string, span: Span): Operand {
  const { unit: { contextFields = new Map() }, builder } = context;
  const offset = contextFields.get(name);
  if (offset === undefined) {
    context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      `Cannot use .${name} of the program's context`,
      name === "egressIfindex"
        ? "Programs in the entries of device maps know where a packet goes: class … extends DevMapProgram"
        : `It has ${[...contextFields.keys()].join(", ")}`,
    );
  }
  const load = { kind: "load", size: 4, signed: false, offset, region: "context" } as const;
  return context.word("number", builder.emit(load, [builder.programContext], U32), U32);
}

/** Bytes of all fragments together. */
function totalLength(context: Context): Operand {
  const { builder } = context;
  const call = { kind: "call", callee: helperId("xdp_get_buff_len") } as const;
  const length = builder.emit(call, [builder.programContext]);
  return context.word("number", builder.emit({ kind: "extend", bits: 32, signed: false }, [length]), LENGTH);
}

/** XDP_METALEN_INVALID, include/net/xdp.h: a multiple of 4, not above 255. */
const MOST_METADATA = 252;

type Method = (context: Context, operands: readonly Operand[], span: Span) => Operand;

/** The packet's methods besides those of DataView. */
const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["header", header],
  ["meta", meta],
  ["bytes", (context, [at, length], span) => packetBytes(context, offsetOf(context, "bytes", at, span), length, span)],
  ["adjustHead", adjust("adjustHead", "xdp_adjust_head")],
  ["adjustTail", adjust("adjustTail", "xdp_adjust_tail")],
  ["adjustMeta", adjust("adjustMeta", "xdp_adjust_meta")],
]);

/** `packet.getUint16(12)` and its like. */
export function callPacketMethod(context: Context, name: string, operands: readonly Operand[], span: Span): Operand {
  const method = METHODS.get(name);
  if (method) return method(context, operands, span);
  const access = parseMethod(name);
  const [at, ...others] = operands;
  const offset = offsetOf(context, name, at, span);
  const type = scalarOf(context, access, others[access.reads ? 0 : 1], span);
  if (access.reads) return load(context, scalarPlace(), span);
  const word = converted(context, type, others[0] ?? UNDEFINED, span);
  store(context, scalarPlace(), word.value, span);
  return UNDEFINED;

  function scalarPlace(): ScalarPlace {
    return near(context, found(context, packetPlace(context, type, offset, span))) as ScalarPlace;
  }
}

/** `packet.header(IPv4, 14)`: a view, all of which is there. */
function header(context: Context, [type, at = known(0)]: readonly Operand[], span: Span): Operand {
  const value = type?.kind === "static" ? type.value as AnyType | undefined : undefined;
  if (value?.kind === "struct") {
    return { kind: "view", place: packetPlace(context, value, offsetOf(context, "header", at, span), span) };
  }
  return context.fail(
    ErrorCode.TypeMismatch,
    span,
    `Cannot use ${type ? describe(type) : "nothing"} as the type of packet.header()`,
    "Give a struct's type and an offset: packet.header(IPv4, 14); capture the type with @kernel(() => ({ IPv4 }))",
  );
}

/** `packet.meta(Mark)`: a view of metadata, all of which are there: they end where the packet begins. */
function meta(context: Context, [type, at = known(0)]: readonly Operand[], span: Span): Operand {
  const { builder } = context;
  const value = type?.kind === "static" ? type.value as AnyType | undefined : undefined;
  if (value?.kind !== "struct" && value?.kind !== "array" && value?.kind !== "scalar") {
    return context.fail(
      ErrorCode.TypeMismatch,
      span,
      `Cannot use ${type ? describe(type) : "nothing"} as the type of packet.meta()`,
      "Give a type and an offset: packet.meta(Mark, 0); capture the type with @kernel(() => ({ Mark }))",
    );
  }
  const offset = offsetOf(context, "meta", at, span);
  if (typeof offset !== "number" || offset + value.size > MOST_METADATA) {
    return context.fail(
      ErrorCode.OutOfRange,
      span,
      "Cannot reach this far into the metadata",
      `The offset must be known at generation time, and there are ${MOST_METADATA} bytes at most`,
    );
  }
  const { bounds } = builder;
  const base = builder.emit({ kind: "packetMeta", epoch: bounds.epoch }, [builder.programContext]);
  const bytes = offset + value.size;
  const enough = builder.label();
  builder.branch("ugt", moved(context, base, bytes), bounds.start, context.leave, enough);
  builder.place(enough);
  builder.state.pointers.set(base, { address: base, most: bytes, proven: bytes });
  const place = { ...placeAt(value, "packet", base, offset, 1), packet: { bounds, distance: undefined } };
  return readPlace(context, place, span);
}

/** `packet.adjustHead(-8)` and its like: moves one of the packet's ends, and all that was known of it is over. */
function adjust(name: string, helper: string): Method {
  return (context, [delta = UNDEFINED], span) => {
    const { builder } = context;
    const word = withoutDecimals(context, delta, `the argument of packet.${name}()`, span);
    if (word.type !== "number") {
      context.fail(
        ErrorCode.TypeMismatch,
        span,
        `Cannot move the packet's end by ${describe(delta)}`,
        "Give a number of bytes: negative ones go towards the packet's begin",
      );
    }
    const call = { kind: "call", callee: helperId(helper) } as const;
    const result = builder.emit(call, [builder.programContext, word.value]);
    builder.beginEpoch();
    const isDone = (yes: Label, no: Label) => builder.branch("eq", result, builder.constant(0n), yes, no);
    return lowerBoolean(context, isDone);
  };
}

/** An offset that is known now, or at run time: what is behind a point is cut off, and negative offsets are outside. */
function offsetOf(context: Context, name: string, at: Operand | undefined, span: Span): number | Word {
  if (at?.kind === "quotient" || at?.kind === "word" && (at.type === "number" || at.type === "fixed")) {
    const word = withoutDecimals(context, at, "an offset", span);
    return word.range.min === word.range.max && word.range.min >= 0n ? Number(word.range.min) : word;
  }
  if (at?.kind === "static" && Number.isInteger(at.value)) return nonNegative(context, at.value as number, span);
  return context.fail(
    at?.kind === "static" ? ErrorCode.UnsupportedSyntax : ErrorCode.TypeMismatch,
    span,
    `Cannot use ${at ? describe(at) : "no offset"} as the offset of packet.${name}()`,
    "The offset must be an integer: convert a bigint with Number()",
  );
}

function nonNegative(context: Context, offset: number, span: Span): number {
  if (offset >= 0) return offset;
  return context.fail(
    ErrorCode.OutOfRange,
    span,
    `Cannot access the packet at byte ${offset}`,
    "Offsets count from 0, the first byte of the Ethernet header",
  );
}

function parseMethod(name: string): Access {
  const [, verb, , sign, bits] = METHOD.exec(name)!;
  return { reads: verb === "get", bits: Number(bits), prefix: sign === "Int" ? "i" : "u" };
}

/** DataView's last argument says little-endian; network order without it. */
function scalarOf(context: Context, { bits, prefix }: Access, little: Operand | undefined, span: Span): AnyScalar {
  if (little && little.kind !== "static") {
    context.fail(ErrorCode.UnsupportedSyntax, span, "Cannot choose the byte order at run time", "Write true or false");
  }
  const size = bits / 8 as AnyScalar["size"];
  return {
    ...u8,
    name: size === 1 ? `${prefix}8` : `${little?.value ? "le" : "be"}${prefix === "i" ? "i" : ""}${bits}`,
    size,
    alignment: 1,
    signed: prefix === "i",
    endian: little?.value ? "little" : "big",
    value: size === 8 ? "bigint" : "number",
  };
}

/**
 * The kernel's helpers for packets that take memory of the program's: sums, copies, and what a packet may be as long as.
 *
 * @module
 */

import { helperId } from "../../bytecode/mod.ts";
import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import { array, type ArrayType } from "../../types/array.ts";
import { i32, u32, u8 } from "../../types/scalar.ts";
import type { Value } from "../ir.ts";
import { I32, ofInteger, type Range, U32 } from "../range.ts";
import { isArray } from "./arrays.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { elementsOf } from "./lists.ts";
import { converted, demand, moved, wrapped } from "./memory.ts";
import { known, type Operand, recordOf, UNDEFINED } from "./operand.ts";
import { found, near } from "./place.ts";
import { bytesOf, scratch } from "./scratch.ts";
import { LENGTH } from "./state.ts";

type Helper = (context: Context, operands: readonly Operand[], span: Span) => Operand;

/** By the names that `Unit.intrinsics` uses. */
export const PACKET_HELPERS: Readonly<Record<string, Helper>> = {
  csumDiff,
  checkMtu,
  xdpGetBuffLen: (context) =>
    word(context, call(context, "xdp_get_buff_len", [context.builder.programContext]), LENGTH),
  xdpLoadBytes: (context, operands, span) => transfer(context, "xdpLoadBytes", operands, span),
  xdpStoreBytes: (context, operands, span) => transfer(context, "xdpStoreBytes", operands, span),
  xdpAdjustHead: (context, [delta], span) => adjust(context, "xdp_adjust_head", delta, span),
  xdpAdjustTail: (context, [delta], span) => adjust(context, "xdp_adjust_tail", delta, span),
  xdpAdjustMeta: (context, [delta], span) => adjust(context, "xdp_adjust_meta", delta, span),
};

const U16 = ofInteger(2, false);
/** EINVAL, include/uapi/asm-generic/errno-base.h. */
const INVALID = -22n;
/** The most bytes that the kernel sums at once, both sides together, before Linux 6.13. */
const MOST_SUMMED = 512;

function call({ builder }: Context, name: string, inputs: Value[]): Value {
  return builder.emit({ kind: "call", callee: helperId(name) }, inputs);
}

/** An argument as the kernel takes it. */
function integer(context: Context, type: typeof u32, operand: Operand, span: Span): Value {
  return wrapped(context, type, converted(context, type, operand, span)).value;
}

/** The lower half of what a helper gives. */
function word(context: Context, result: Value, range: Range): Operand {
  const extend = { kind: "extend", bits: 32, signed: range === I32 } as const;
  return context.word("number", context.builder.emit(extend, [result], range), range);
}

function adjust(context: Context, helper: string, delta: Operand = UNDEFINED, span: Span): Operand {
  const by = integer(context, i32, delta, span);
  const result = call(context, helper, [context.builder.programContext, by]);
  context.builder.beginEpoch();
  return word(context, result, I32);
}

/** `this.bpf.checkMtu(ifindex, lengthDifference)`: the MTU comes back through memory. */
function checkMtu(context: Context, [ifindex = UNDEFINED, difference = known(0)]: readonly Operand[], span: Span) {
  const { builder } = context;
  const [index, by] = [integer(context, u32, ifindex, span), integer(context, i32, difference, span)];
  const address = scratch(context, "mtu", 4, span);
  const at = { size: 4, offset: 0, region: "stack" } as const;
  builder.emit({ kind: "store", ...at }, [address, builder.constant(0n)]);
  const result = call(context, "check_mtu", [builder.programContext, index, address, by, builder.constant(0n)]);
  const mtu = builder.emit({ kind: "load", ...at, signed: false }, [address], U32);
  return recordOf(new Map([["result", word(context, result, I32)], ["mtu", context.word("number", mtu, U32)]]));
}

/** Bytes in memory. */
interface Bytes {
  readonly address: Value;
  readonly length: number;
}

/** `this.bpf.csumDiff(from, to, seed)`: one's complement sums know no byte order, up to a swap of the result. */
function csumDiff(context: Context, [from, to, seed = known(0)]: readonly Operand[], span: Span): Operand {
  const { builder } = context;
  const [removed, added] = [summed(context, from, "from", span), summed(context, to, "to", span)];
  if (removed.length + added.length > MOST_SUMMED) {
    context.fail(
      ErrorCode.TooLarge,
      span,
      `Cannot sum ${removed.length + added.length} bytes at once: ${MOST_SUMMED} are the most`,
      "Sum parts of them, each with the sum before as its seed; or use packet.checksum()",
    );
  }
  const begin = networkOrder(context, folded(context, integer(context, u32, seed, span)));
  const sum = call(context, "csum_diff", [
    removed.address,
    builder.constant(BigInt(removed.length)),
    added.address,
    builder.constant(BigInt(added.length)),
    begin,
  ]);
  const whole = builder.emit({ kind: "extend", bits: 32, signed: false }, [sum], U32);
  // Before Linux 6.13 it is not folded.
  return context.word("number", networkOrder(context, folded(context, whole)), U16);
}

function networkOrder({ builder }: Context, value: Value): Value {
  return builder.emit({ kind: "swap", bits: 16 }, [value], U16);
}

/** A sum of 32 bits as one of 16. */
function folded({ builder }: Context, value: Value): Value {
  let sum = value;
  for (const max of [0x1fffen, 0xffffn]) {
    const low = builder.emit({ kind: "binary", operator: "and", width: 64 }, [sum, builder.constant(0xffffn)], U16);
    const high = builder.emit({ kind: "binary", operator: "lshr", width: 64 }, [sum, builder.constant(16n)], U16);
    sum = builder.emit({ kind: "binary", operator: "add", width: 64 }, [low, high], { min: 0n, max });
  }
  return sum;
}

function summed(context: Context, operand: Operand = UNDEFINED, use: string, span: Span): Bytes {
  if (operand.kind === "static" && (operand.value === undefined || operand.value === null)) {
    return { address: context.builder.constant(0n), length: 0 };
  }
  const bytes = inMemory(context, operand, true) ?? laidOut(context, operand, use, span);
  if (!bytes) return refuse(context, operand, "sum", span);
  if (bytes.length % 4 === 0) return bytes;
  return context.fail(
    ErrorCode.InvalidArgument,
    span,
    `Cannot sum ${bytes.length} bytes: kernels before 6.13 take multiples of 4`,
    "Take so many, or use packet.checksum()",
  );
}

/** Bytes that are in memory already: those of the packet, if helpers may look at it, and of variables. */
function inMemory(context: Context, operand: Operand, orPacket: boolean): Bytes | undefined {
  if (operand.kind !== "view" || !isArray(operand.place.type) || operand.place.type.element !== u8) return undefined;
  const { place, place: { type, indexes, nowhere } } = operand;
  if (indexes.length > 0 || nowhere || place.region === "packet" && !orPacket) return undefined;
  const { length } = type as ArrayType<unknown>;
  const { base, offset, ...rest } = near(context, found(context, place));
  demand(context, { ...rest, base, offset }, length, context.here);
  return { address: moved(context, base, offset), length };
}

/** Numbers as bytes on the stack. */
function laidOut(context: Context, operand: Operand, use: string, span: Span): Bytes | undefined {
  const length = operand.kind === "static" && typeof operand.value === "string" ? 0 : elementsOf(operand)?.length ?? 0;
  if (length === 0) return undefined;
  return { address: bytesOf(context, array(u8, length), operand, use, span), length };
}

function refuse(context: Context, operand: Operand, verb: string, span: Span): never {
  return context.fail(
    ErrorCode.TypeMismatch,
    span,
    `Cannot ${verb} ${describe(operand)} by a helper: it wants bytes in memory`,
    verb === "sum"
      ? "Give packet.bytes(offset, n), a variable of the type array(u8, n), or numbers"
      : "Give a variable of the type array(u8, n); packet.bytes(offset, n).set() copies within the packet",
  );
}

/** `this.bpf.xdpLoadBytes(offset, into, length)` and its counterpart. */
function transfer(
  context: Context,
  name: "xdpLoadBytes" | "xdpStoreBytes",
  [offset = UNDEFINED, bytes = UNDEFINED, length]: readonly Operand[],
  span: Span,
): Operand {
  const { builder } = context;
  const isLoad = name === "xdpLoadBytes";
  const from = integer(context, u32, offset, span);
  const memory = inMemory(context, bytes, false) ?? (isLoad ? undefined : laidOut(context, bytes, "bytes", span));
  if (!memory) return refuse(context, bytes, isLoad ? "fill" : "store", span);
  const helper = isLoad ? "xdp_load_bytes" : "xdp_store_bytes";
  const move = (size: Value) => call(context, helper, [builder.programContext, from, memory.address, size]);
  if (!length || length.kind === "static" && length.value === undefined) {
    return word(context, move(builder.constant(BigInt(memory.length))), I32);
  }
  const size = integer(context, u32, length, span);
  const [some, fits, wrong, join] = [builder.label(), builder.label(), builder.label(), builder.label()];
  // Two comparisons: the verifier wants to see both bounds.
  builder.branch("eq", size, builder.constant(0n), wrong, some, undefined, 64, true);
  builder.place(some);
  builder.branch("ugt", size, builder.constant(BigInt(memory.length)), wrong, fits, undefined, 64, true);
  builder.place(fits);
  const bounded = builder.emit({ kind: "bounded" }, [size], { min: 1n, max: BigInt(memory.length) });
  builder.goto(join, word(context, move(bounded), I32));
  builder.place(wrong);
  builder.goto(join, context.constant(INVALID, "number"));
  return builder.place(join) ?? UNDEFINED;
}

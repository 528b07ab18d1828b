/**
 * SYN cookies: sequence numbers that stand for a connection of which nothing is kept yet.
 *
 * @module
 */

import { helperId } from "../../bytecode/mod.ts";
import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import { u8 } from "../../types/scalar.ts";
import type { Value } from "../ir.ts";
import { I32, I64, ofInteger, U32 } from "../range.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { demand, load, moved } from "./memory.ts";
import { type Operand, recordOf, UNDEFINED } from "./operand.ts";
import { found, near, part, type Place, type ScalarPlace } from "./place.ts";
import { scratch } from "./scratch.ts";
import { socketAddress } from "./sockets.ts";
import { isStruct } from "./structs.ts";

type Helper = (context: Context, operands: readonly Operand[], span: Span) => Operand;

const IPV4_BYTES = 20, IPV6_BYTES = 40, TCP_BYTES = 20, MOST_TCP_BYTES = 60;
/** The byte of a TCP header whose high half is the header's length in words. */
const LENGTH_AT = 12;
/** EINVAL, include/uapi/asm-generic/errno-base.h. */
const INVALID = -22n;

/** By the names that `Unit.intrinsics` uses. */
export const SYNCOOKIES: Readonly<Record<string, Helper>> = {
  tcpGenSyncookie(context, [socket, ip, tcp], span) {
    const address = socketAddress(context, socket, span);
    const header = headerOf(context, ip, [IPV4_BYTES, IPV6_BYTES], span);
    const size = context.builder.constant(BigInt(header.size));
    return generate(context, "tcp_gen_syncookie", [address, header.address, size], tcp, span);
  },
  tcpCheckSyncookie(context, [socket, ip, tcp], span) {
    const { builder } = context;
    const address = socketAddress(context, socket, span);
    const headers = [headerOf(context, ip, [IPV4_BYTES, IPV6_BYTES], span), headerOf(context, tcp, [TCP_BYTES], span)];
    const inputs = headers.flatMap(({ address, size }) => [address, builder.constant(BigInt(size))]);
    return check(context, "tcp_check_syncookie", [address, ...inputs]);
  },
  tcpRawGenSyncookieIpv4: (context, operands, span) => generateRaw(context, "ipv4", IPV4_BYTES, operands, span),
  tcpRawGenSyncookieIpv6: (context, operands, span) => generateRaw(context, "ipv6", IPV6_BYTES, operands, span),
  tcpRawCheckSyncookieIpv4: (context, operands, span) => checkRaw(context, "ipv4", IPV4_BYTES, operands, span),
  tcpRawCheckSyncookieIpv6: (context, operands, span) => checkRaw(context, "ipv6", IPV6_BYTES, operands, span),
};

function generateRaw(
  context: Context,
  version: string,
  size: number,
  [ip, tcp]: readonly Operand[],
  span: Span,
): Operand {
  const { address } = headerOf(context, ip, [size], span);
  return generate(context, `tcp_raw_gen_syncookie_${version}`, [address], tcp, span);
}

function checkRaw(context: Context, version: string, size: number, [ip, tcp]: readonly Operand[], span: Span): Operand {
  const inputs = [headerOf(context, ip, [size], span).address, headerOf(context, tcp, [TCP_BYTES], span).address];
  return check(context, `tcp_raw_check_syncookie_${version}`, inputs);
}

function check(context: Context, helper: string, inputs: Value[]): Operand {
  const result = call(context, helper, inputs);
  const extend = { kind: "extend", bits: 32, signed: true } as const;
  return context.word("number", context.builder.emit(extend, [result], I32), I32);
}

function call({ builder }: Context, name: string, inputs: Value[]): Value {
  return builder.emit({ kind: "call", callee: helperId(name) }, inputs);
}

/** A header's bytes, where they are. */
function headerOf(
  context: Context,
  operand: Operand = UNDEFINED,
  sizes: readonly number[],
  span: Span,
): { readonly address: Value; readonly size: number } {
  const place = viewOf(context, operand, sizes, span);
  const { base, offset, ...rest } = near(context, found(context, place));
  demand(context, { ...rest, base, offset }, place.type.size, span);
  return { address: moved(context, base, offset), size: place.type.size };
}

function viewOf(context: Context, operand: Operand, sizes: readonly number[], span: Span): Place {
  const view = context.builder.current(operand);
  if (view.kind === "view" && isStruct(view.place.type) && sizes.includes(view.place.type.size)) {
    const { indexes, nowhere, region } = view.place;
    if (indexes.length === 0 && !nowhere && region !== "socket") return view.place;
  }
  return context.fail(
    ErrorCode.TypeMismatch,
    span,
    `Cannot make or check a SYN cookie with ${describe(view)}`,
    view.kind === "choice"
      ? "Test it first: if (ipv4 && tcp) { … }"
      : "Give the headers: packet.header(IPv4, 14) or packet.header(IPv6, 14), and packet.header(Tcp, 34)",
  );
}

/**
 * Calls a helper with the whole TCP header, which is as long as it says itself: its options are copied to the stack, where
 * the verifier lets the length be known at run time only.
 */
function generate(context: Context, helper: string, inputs: Value[], tcp: Operand = UNDEFINED, span: Span): Operand {
  const { builder } = context;
  const place = viewOf(context, tcp, [TCP_BYTES], span);
  const { packet } = place;
  if (!packet) {
    return context.fail(
      ErrorCode.TypeMismatch,
      span,
      "Cannot make a SYN cookie with a TCP header that is not in the packet",
      "Give packet.header(Tcp, 34): its options are behind it",
    );
  }
  const length = headerLength(context, place, span);
  const memory = scratch(context, "tcp", MOST_TCP_BYTES, span);
  for (let offset = 0; offset < MOST_TCP_BYTES; offset += 8) {
    builder.emit({ kind: "store", size: 8, offset, region: "stack" }, [memory, builder.constant(0n)]);
  }
  const [enough, fits, there, wrong, join] = [1, 2, 3, 4, 5].map(() => builder.label());
  // Two comparisons: the verifier wants to see both bounds.
  builder.branch("ult", length, builder.constant(BigInt(TCP_BYTES)), wrong, enough, undefined, 64, true);
  builder.place(enough);
  builder.branch("ugt", length, builder.constant(BigInt(MOST_TCP_BYTES)), wrong, fits, undefined, 64, true);
  builder.place(fits);
  const size = builder.emit({ kind: "bounded" }, [length], { min: BigInt(TCP_BYTES), max: BigInt(MOST_TCP_BYTES) });
  const copied = call(context, "xdp_load_bytes", [builder.programContext, distanceOf(context, place), memory, size]);
  builder.branch("eq", copied, builder.constant(0n), there, wrong);
  builder.place(there);
  builder.goto(join, context.word("bigint", call(context, helper, [...inputs, memory, size]), I64));
  builder.place(wrong);
  builder.goto(join, context.constant(INVALID, "bigint"));
  return cookieOf(context, context.toWord(builder.place(join) ?? UNDEFINED, span).value);
}

function headerLength(context: Context, place: Place, span: Span): Value {
  const { builder } = context;
  const at = near(context, found(context, part(place, u8, LENGTH_AT))) as ScalarPlace;
  const { value } = load(context, at, span);
  const words = { kind: "binary", operator: "and", width: 64 } as const;
  const high = builder.emit(words, [value, builder.constant(0xf0n)], ofInteger(1, false));
  const by = { kind: "binary", operator: "lshr", width: 64 } as const;
  return builder.emit(by, [high, builder.constant(2n)], { min: 0n, max: BigInt(MOST_TCP_BYTES) });
}

/** How far from the packet's start a place in it is. */
function distanceOf({ builder }: Context, { packet, offset }: Place): Value {
  const constant = builder.constant(BigInt(offset));
  if (!packet?.distance) return constant;
  return builder.emit({ kind: "binary", operator: "add", width: 64 }, [packet.distance.value, constant]);
}

/** What a negative number or a cookie and a segment size in one word say. */
function cookieOf(context: Context, both: Value): Operand {
  const { builder } = context;
  const binary = (operator: "ashr" | "lshr" | "and" | "xor", left: Value, right: Value) =>
    builder.emit({ kind: "binary", operator, width: 64 }, [left, right]);
  const failed = binary("ashr", both, builder.constant(63n));
  const kept = binary("and", both, binary("xor", failed, builder.constant(-1n)));
  const extend = (bits: 16 | 32, signed: boolean, value: Value) =>
    builder.emit({ kind: "extend", bits, signed }, [value]);
  const result = context.word("number", extend(32, true, binary("and", both, failed)), { min: I32.min, max: 0n });
  const cookie = context.word("number", extend(32, false, kept), U32);
  const mss = context.word(
    "number",
    extend(16, false, binary("lshr", kept, builder.constant(32n))),
    ofInteger(2, false),
  );
  return recordOf(new Map([["result", result], ["cookie", cookie], ["mss", mss]]));
}

/**
 * Sockets: looked up, read, and given back on every path.
 *
 * @module
 */

import { helperId } from "../../bytecode/mod.ts";
import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import { type AnyType, i32 } from "../../types/scalar.ts";
import { CommonSocket, Socket, SocketTuple4, SocketTuple6 } from "../../types/sockets.ts";
import type { Value } from "../ir.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { converted, wrapped } from "./memory.ts";
import { known, type Operand, UNDEFINED, type View } from "./operand.ts";
import { refuseEnded } from "./place.ts";
import { endReservation, lent, reservationOf, type Resource } from "./reservations.ts";
import { bytesOf } from "./scratch.ts";
import { isStruct } from "./structs.ts";

type Helper = (context: Context, operands: readonly Operand[], span: Span) => Operand;

/** By the names that `Unit.intrinsics` uses. */
export const SOCKET_HELPERS: Readonly<Record<string, Helper>> = {
  skLookupTcp: lookUp("skLookupTcp", "sk_lookup_tcp", Socket),
  skLookupUdp: lookUp("skLookupUdp", "sk_lookup_udp", Socket),
  skcLookupTcp: lookUp("skcLookupTcp", "skc_lookup_tcp", CommonSocket),
  skRelease: (context, [socket], span) => release(context, socket, span),
};

/** The kernel counts who holds a socket. */
const SOCKET: Resource = {
  loan: "socket",
  taking: "look up a socket",
  giving: "bpf.skRelease()",
  giveUp: (builder, address) => void builder.emit({ kind: "call", callee: helperId("sk_release") }, [address]),
};

/** `BPF_F_CURRENT_NETNS`, include/uapi/linux/bpf.h. */
const CURRENT_NAMESPACE = -1;
/** Fields of sockets have 4 bytes, and the kernel gives no more at once. */
const ALIGNMENT = 4;

/** `this.bpf.skLookupTcp(tuple, namespace)`: a socket, or undefined. */
function lookUp(method: string, helper: string, type: AnyType): Helper {
  return (context, [tuple = UNDEFINED, namespace], span) => {
    const { builder } = context;
    const isGiven = namespace !== undefined && (namespace.kind !== "static" || namespace.value !== undefined);
    const number = converted(context, i32, isGiven ? namespace : known(CURRENT_NAMESPACE), span);
    const tupleType = tupleTypeOf(context, tuple, span);
    const address = bytesOf(context, tupleType, tuple, "tuple", span);
    const size = builder.constant(BigInt(tupleType.size));
    const inputs = [builder.programContext, address, size, wrapped(context, i32, number).value, builder.constant(0n)];
    const found = builder.emit({ kind: "call", callee: helperId(helper) }, inputs);
    const taken = { resource: SOCKET, name: `${method}()`, address: found, type, region: "socket" } as const;
    return lent(context, { ...taken, alignment: ALIGNMENT }, span);
  };
}

/** The addresses tell: those of IPv6 are objects. */
function tupleTypeOf(context: Context, tuple: Operand, span: Span): typeof SocketTuple4 | typeof SocketTuple6 {
  const source = sourceOf(tuple);
  if (source?.kind === "word" || source?.kind === "static" && typeof source.value === "number") return SocketTuple4;
  if (
    source?.kind === "view" || source?.kind === "record" || source?.kind === "static" && source.value instanceof Object
  ) {
    return SocketTuple6;
  }
  return context.fail(
    ErrorCode.TypeMismatch,
    span,
    `Cannot look up a socket by ${describe(tuple)}`,
    "Give both ends: { source: ipv4.source, destination: ipv4.destination, sourcePort: tcp.source, destinationPort: tcp.destination }",
  );
}

/** What stands for the source's address; of a view, its type alone is asked. */
function sourceOf(tuple: Operand): Operand | undefined {
  if (tuple.kind === "record") return tuple.fields.get("source");
  if (tuple.kind === "static" && tuple.value instanceof Object) return known(Reflect.get(tuple.value, "source"));
  if (tuple.kind !== "view" || !isStruct(tuple.place.type)) return undefined;
  const type = tuple.place.type.fields.source;
  return type && (isStruct(type) ? tuple : known(0));
}

/** The socket that an operand is; an error if it may be something else. */
function demandSocket(context: Context, operand: Operand = UNDEFINED, verb: string, span: Span): View {
  const socket = context.builder.current(operand);
  if (socket.kind === "view" && reservationOf(socket.place)?.resource === SOCKET) {
    refuseEnded(context, socket.place);
    return socket;
  }
  const isMany = socket.kind === "view" && socket.place.loans?.some(({ kind }) => kind === "socket");
  return context.fail(
    ErrorCode.TypeMismatch,
    span,
    `Cannot ${verb} ${socket.kind === "choice" ? "what may be undefined" : isMany ? "this" : describe(socket)}: ${
      isMany ? "different paths have looked it up" : "it is no socket"
    }`,
    socket.kind === "choice"
      ? "Test it first: if (socket) { … }"
      : isMany
      ? "Do that on each path, where it was looked up"
      : "Give what skLookupTcp() and its like gave",
  );
}

/** `this.bpf.skRelease(socket)`. */
function release(context: Context, operand: Operand | undefined, span: Span): Operand {
  const { place } = demandSocket(context, operand, "release", span);
  SOCKET.giveUp(context.builder, place.base);
  endReservation(context.builder, reservationOf(place)!, "skRelease() has released it");
  return UNDEFINED;
}

/** The address that helpers want of a socket. */
export function socketAddress(context: Context, operand: Operand | undefined, span: Span): Value {
  return demandSocket(context, operand, "use", span).place.base;
}

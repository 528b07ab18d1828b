/**
 * Methods of ring buffers: records for user space.
 *
 * @module
 */

import { helperId } from "../../bytecode/mod.ts";
import { type EbpfError, ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import { u32 } from "../../types/scalar.ts";
import type { Value } from "../ir.ts";
import { describe } from "./describe.ts";
import type { Context } from "./context.ts";
import { callHelper, demandGiven } from "./map_elements.ts";
import type { MapCall, MapMethods } from "./maps.ts";
import { converted } from "./memory.ts";
import { known, type Operand, UNDEFINED } from "./operand.ts";
import { type Loan, type Place, placeAt, refuseEnded } from "./place.ts";
import type { Reservation } from "./reservations.ts";
import { bytesOf } from "./scratch.ts";

/** Records that programs write. */
export const RING_BUFFER: MapMethods = {
  output: (call) => output(call),
  reserve: (call) => reserve(call),
  submit: (call) => release(call, "submit"),
  discard: (call) => release(call, "discard"),
};

/** Sends a copy; whether there was room. */
function output(call: MapCall): Operand {
  const { context, map, operands: [value = UNDEFINED], span } = call;
  const { builder } = context;
  demandGiven(context, map, value, "value", span);
  const address = bytesOf(context, map.valueType!, value, "value", span);
  const size = builder.constant(BigInt(map.valueType!.size));
  return whether(call, callHelper(call, "ringbuf_output", [address, size, builder.constant(0n)]));
}

/** Samples, with bytes of the packet behind them. */
export const PERF_EVENT_ARRAY: MapMethods = { output: (call) => outputSample(call) };

/** `BPF_F_CURRENT_CPU`, from include/uapi/linux/bpf.h; above it, how much of the packet is added. */
const CURRENT_CPU = 0xffff_ffffn;

function outputSample(call: MapCall): Operand {
  const { context, map: { reference, valueType }, operands: [value = UNDEFINED, packet = UNDEFINED], span } = call;
  const { builder } = context;
  demandGiven(context, call.map, value, "value", span);
  const bytes = packet.kind === "packet" ? call.operands[2] ?? known(0) : known(0);
  if (packet.kind !== "packet" && (packet.kind !== "static" || packet.value !== undefined)) {
    context.fail(ErrorCode.TypeMismatch, span, `Cannot add bytes of ${describe(packet)}: it is not the packet`, PACKET);
  }
  const count = converted(context, u32, bytes, span);
  // The kernel rounds a sample's length up, so that it does not tell how much of it is the packet's.
  const sample: Operand = { kind: "record", fields: new Map([["event", value], ["bytes", count]]) };
  const address = bytesOf(context, valueType!, sample, "value", span);
  const low = builder.emit({ kind: "extend", bits: 32, signed: false }, [count.value]);
  const high = builder.emit({ kind: "binary", operator: "shl", width: 64 }, [low, builder.constant(32n)]);
  const flags = builder.emit({ kind: "binary", operator: "or", width: 64 }, [high, builder.constant(CURRENT_CPU)]);
  const map = builder.emit({ kind: "mapReference", map: reference });
  const inputs = [builder.programContext, map, flags, address, builder.constant(BigInt(valueType!.size))];
  return whether(call, builder.emit({ kind: "call", callee: helperId("perf_event_output") }, inputs));
}

const PACKET = "Give the parameter of program(), and how many of its bytes: output(event, packet, 64)";

/** Whether a helper answered 0. If not, an event is lost, and counted. */
export function whether(call: MapCall, result: Value): Operand {
  const { builder } = call.context;
  const [sent, lost, join] = [builder.label(), builder.label(), builder.label()];
  builder.branch("eq", result, builder.constant(0n), sent, lost);
  builder.place(sent);
  builder.goto(join, known(true));
  builder.place(lost);
  countLost(call);
  builder.goto(join, known(false));
  return builder.place(join) ?? known(false);
}

function countLost({ context: { builder }, map: { dropped } }: MapCall): void {
  const address = builder.emit({ kind: "mapValue", map: dropped!, offset: 0 });
  const add = { kind: "atomic", operator: "add", size: 8, fetch: false, offset: 0, region: "map" } as const;
  builder.emit(add, [address, builder.constant(1n)]);
}

/** A record to be written in place: undefined if there is no room. */
function reserve(call: MapCall): Operand {
  const { context, map, span } = call;
  const { builder } = context;
  const type = map.valueType!;
  if (type.kind === "scalar") {
    context.fail(
      ErrorCode.TypeMismatch,
      span,
      `Cannot reserve a record of ${map.reference.name}: it would be a single number`,
      "Use output(), or make the events structs",
    );
  }
  const address = callHelper(call, "ringbuf_reserve", [builder.constant(BigInt(type.size)), builder.constant(0n)]);
  const { reference } = map;
  const reservation: Reservation = {
    name: reference.name,
    ring: reference,
    address,
    error: errorAt(context, span),
  };
  const [found, missing, join] = [builder.label(), builder.label(), builder.label()];
  builder.branch("ne", address, builder.constant(0n), found, missing);
  builder.place(found);
  clear(context, address, type.size);
  const loans: Loan[] = [{ map: reservation, since: builder.tick(), kind: "record" }];
  builder.state.reservations = new Set([...builder.state.reservations, reservation]);
  builder.goto(join, { kind: "view", place: { ...placeAt(type, "map", address, 0, 8), loans } });
  builder.place(missing);
  countLost(call);
  builder.goto(join, UNDEFINED);
  const record = builder.place(join) ?? UNDEFINED;
  if (record.kind === "choice") {
    const option = record.options.findIndex(({ kind }) => kind === "view");
    reservation.choice = { selector: record.selector, option: BigInt(option) };
  }
  return record;
}

/** What fails at the user's place of now, also later. */
function errorAt({ frame }: Context, span: Span): (what: string, remedy: string) => EbpfError {
  return (what, remedy) => frame.source.error(ErrorCode.RecordLeak, what, span, remedy);
}

/** The kernel hands out what an older record has left there. */
function clear({ builder }: Context, address: Value, size: number): void {
  for (let offset = 0; offset < size;) {
    const piece = ([8, 4, 2, 1] as const).find((bytes) => bytes <= size - offset)!;
    builder.emit({ kind: "store", size: piece, offset, region: "map" }, [address, builder.constant(0n)]);
    offset += piece;
  }
}

/** Gives a record to user space, or takes it back. */
function release(call: MapCall, how: "submit" | "discard"): Operand {
  const { context, context: { builder }, operands: [operand = UNDEFINED], span } = call;
  const record = builder.current(operand);
  const reservation = record.kind === "view" ? reservationOf(call, record.place) : undefined;
  if (record.kind !== "view" || !reservation) {
    const mayBeMissing = record.kind === "choice";
    return context.fail(
      ErrorCode.TypeMismatch,
      span,
      `Cannot ${how} ${
        mayBeMissing ? "what may be undefined" : describe(record)
      }: it is no record of ${call.map.reference.name}`,
      mayBeMissing ? "Test it first: if (record) { … }" : "Give what reserve() of this ring buffer gave",
    );
  }
  refuseEnded(context, record.place);
  builder.emit({ kind: "call", callee: helperId(`ringbuf_${how}`) }, [record.place.base, builder.constant(0n)]);
  const others = [...builder.state.reservations].filter((other) => other !== reservation);
  builder.state.reservations = new Set(others);
  builder.endViews(reservation, `${how}() has given it away`);
  return UNDEFINED;
}

/** The reservation whose record, from its first byte on, a place is. */
function reservationOf({ map }: MapCall, { type, offset, indexes, loans = [] }: Place): Reservation | undefined {
  const records = loans.filter(({ kind }) => kind === "record");
  const [loan] = records;
  const isWhole = records.length === 1 && type === map.valueType && offset === 0 && indexes.length === 0;
  const reservation = loan?.map as Reservation | undefined;
  return isWhole && reservation?.ring === map.reference ? reservation : undefined;
}

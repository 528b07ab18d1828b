/**
 * Methods of ring buffers: records for user space.
 *
 * @module
 */

import { helperId } from "../../bytecode/mod.ts";
import { ErrorCode } from "../../errors.ts";
import { u32 } from "../../types/scalar.ts";
import type { Value } from "../ir.ts";
import type { Context } from "./context.ts";
import { describe } from "./describe.ts";
import { callHelper, demandGiven } from "./map_elements.ts";
import type { MapCall, MapMethods } from "./maps.ts";
import { converted } from "./memory.ts";
import { known, type Operand, UNDEFINED } from "./operand.ts";
import { type Place, refuseEnded } from "./place.ts";
import { endReservation, lent, type Reservation, reservationOf, type Resource } from "./reservations.ts";
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
  return lent(context, {
    resource: RECORD,
    ring: reference,
    name: reference.name,
    address,
    type,
    region: "map",
    alignment: 8,
    found: () => clear(context, address, type.size),
    missing: () => countLost(call),
  }, span);
}

const RECORD: Resource = {
  loan: "record",
  taking: "reserve a record",
  giving: "submit() or discard()",
  giveUp(builder, address) {
    builder.emit({ kind: "call", callee: helperId("ringbuf_discard") }, [address, builder.constant(0n)]);
  },
};

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
  const reservation = record.kind === "view" ? ownOf(call, record.place) : undefined;
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
  endReservation(builder, reservation, `${how}() has given it away`);
  return UNDEFINED;
}

/** The reservation of a record of this ring that a place is as a whole. */
function ownOf({ map }: MapCall, place: Place): Reservation | undefined {
  const reservation = reservationOf(place);
  return place.type === map.valueType && reservation?.ring === map.reference ? reservation : undefined;
}

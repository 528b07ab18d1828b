/**
 * Places in memory, whatever memory it is: a path from a variable through fields and elements to something that is read
 * or written.
 *
 * @module
 */

import type { MapReference } from "../../bytecode/instruction.ts";
import { ErrorCode } from "../../errors.ts";
import type { AnyScalar, AnyType } from "../../types/scalar.ts";
import type { Operation, Region, Value } from "../ir.ts";
import { contains, exactly, intersection, type Range } from "../range.ts";
import type { Label } from "./builder.ts";
import type { Context } from "./context.ts";
import { pointerAt } from "./offsets.ts";
import type { Operand, Word } from "./operand.ts";
import type { Bounds, State } from "./state.ts";

/** Where a value of a type is: so many bytes from an address. */
export interface Place {
  readonly type: AnyType;
  readonly region: Region;
  readonly base: Value;
  /** Bytes from the base. */
  readonly offset: number;
  /** Of a bit field: how many bits of its first byte lie below it. */
  readonly shift: number;
  /** A power of two, 8 at most, that the base is a multiple of. */
  readonly alignment: number;
  /** Indexes on the way that may be outside: there reads give 0, and writes are dropped (rule 15). */
  readonly indexes: readonly Index[];
  /** An index on the way is outside for sure. */
  readonly nowhere: boolean;
  /** Of a place in the packet: what it was made with. */
  readonly packet?: PacketBase;
  /** No other CPU writes it: nothing needs to be atomic. */
  readonly isOwn?: boolean;
  /** It is a map's own copy of a key: nobody may write it. */
  readonly isKey?: boolean;
  /** The maps that lend the memory: none do of memory that is there for good. */
  readonly loans?: readonly Loan[];
}

/** Memory of a map's entry, which the map may give to another entry. */
export interface Loan {
  readonly map: MapReference;
  /** When it was looked up, by `Builder.tick`. */
  readonly since: number;
  /** A record of a ring buffer, a socket, or a copy that a helper made on the stack: `map` then stands for it alone. */
  readonly kind?: "record" | "socket" | "copy";
}

/** Where in the packet a place is. */
export interface PacketBase {
  /** The limits that it counts from: no other epoch has the place (rule 18). */
  readonly bounds: Bounds;
  /** The base's distance from the packet's start, known at run time; the base itself is found when it is needed. */
  readonly distance: Word | undefined;
}

/** A place of a scalar. */
export type ScalarPlace = Place & { readonly type: AnyScalar };

/** A run-time index of an array. */
export interface Index {
  readonly word: Word;
  readonly length: number;
  /** Bytes from one element to the next. */
  readonly stride: number;
}

/** The largest offset that an instruction takes, less the largest scalar. */
const FARTHEST = 0x7fff - 8;

/** A place that exists. */
export function placeAt(type: AnyType, region: Region, base: Value, offset: number, alignment: number): Place {
  return { type, region, base, offset, shift: 0, alignment, indexes: [], nowhere: false };
}

/** A place in the packet: so many bytes from a distance that is known at run time, if there is one. */
export function placeInPacket<T extends AnyType>(
  { builder: { bounds } }: Context,
  type: T,
  distance: Word | undefined,
  offset: number,
): Place & { readonly type: T } {
  return { ...placeAt(type, "packet", bounds.start, offset, 1), type, packet: { bounds, distance } };
}

/** A part of a place: a field, or an element at an index that is known. */
export function part(place: Place, type: AnyType, offset: number, shift = 0): Place {
  return { ...place, type, offset: place.offset + offset, shift };
}

/** The largest power of two, 8 at most, that a distance is a multiple of. */
export function alignmentOf(distance: number): number {
  const lowest = distance & -distance;
  return lowest === 0 || lowest > 8 ? 8 : lowest;
}

/** What the address of a place is known to be a multiple of. */
export function placeAlignment({ alignment, offset }: Place): number {
  return Math.min(alignment, alignmentOf(offset));
}

/** Does something at a place where it exists, and something else where an index is outside. */
export function reach(
  context: Context,
  path: Place,
  inside: (place: Place) => Operand,
  outside: () => Operand,
): Operand {
  refuseEnded(context, path);
  if (path.nowhere) return outside();
  const place = found(context, path);
  if (place.indexes.length === 0) return inside(near(context, place));
  const { builder } = context;
  const [missed, join] = [builder.label(), builder.label()];
  let base = place.base;
  for (const index of place.indexes) {
    const exists = builder.label();
    // Since the path was written down, a test may have shown that the index is inside.
    const isSafe = isInside({ ...index, word: builder.refined(index.word) });
    testIndex(context, index, exists, isSafe ? context.leave : missed);
    builder.place(exists);
    base = advance(context, base, index);
  }
  const result = inside(near(context, { ...place, base, indexes: [] }));
  builder.goto(join, result);
  builder.place(missed);
  if (builder.reachable) builder.goto(join, outside());
  return builder.place(join) ?? result;
}

/** The place with the base that it has: of one in the packet it is found only now. */
export function found(context: Context, place: Place): Place {
  const { packet, offset, type } = place;
  if (!packet) return place;
  const { bounds, distance } = packet;
  if (bounds !== context.builder.state.bounds && context.builder.reachable) {
    context.fail(
      ErrorCode.StaleView,
      context.here,
      "Cannot use this header: it was taken before the packet's ends were moved",
      "Take it again, with packet.header()",
    );
  }
  if (!distance) return place;
  const reach = offset + (type.kind === "bits" ? 8 : type.size);
  return {
    ...place,
    base: pointerAt(context, distance, reach, context.leave),
    packet: { bounds, distance: undefined },
  };
}

/** What is said of memory that is no map's entry. */
const ENDED = {
  record: { what: "record of", remedy: "Use it before that, and reserve another one after it" },
  socket: { what: "socket of", remedy: "Use it before that, or keep its fields in locals" },
  copy: { what: "value of", remedy: "Use it before that, or keep its fields in locals" },
} as const;

/** Rule 16: the kernel would happily read or write what is another key's by now. */
export function refuseEnded(context: Context, { loans = [] }: Pick<Place, "loans">): void {
  const { builder } = context;
  const loan = loans.find((loan) => builder.isEnded(loan));
  if (!loan) return;
  const { name } = loan.map;
  const { by } = builder.state.endings.get(loan.map)!;
  if (loan.kind) {
    const { what, remedy } = ENDED[loan.kind];
    context.fail(ErrorCode.StaleView, context.here, `Cannot use this ${what} ${name} any more: ${by}`, remedy);
  }
  context.fail(
    ErrorCode.StaleView,
    context.here,
    `Cannot use this view of the map ${name} any more: ${by} may have given its memory to another key`,
    `Use it before that, or look it up again: this.${name}.get(…)`,
  );
}

/** Whether ranges show that an index is inside, or that it is outside; `undefined` if neither. */
export function isInside({ word, length }: Index): boolean | undefined {
  const range = inside(length);
  if (contains(range, word.range)) return true;
  return intersection(range, word.range) ? undefined : false;
}

function inside(length: number): Range {
  return { min: 0n, max: BigInt(length - 1) };
}

/** Goes by whether an index is inside. One unsigned comparison: negative numbers are large ones. */
export function testIndex({ builder }: Context, { word, length }: Index, yes: Label, no: Label): void {
  const { value } = word;
  const note = (state: State) => {
    const range = intersection(inside(length), builder.refined(word).range);
    if (range) state.refined.set(value, { range, nonZero: range.min > 0n });
  };
  builder.branch("ult", value, builder.constant(BigInt(length)), yes, no, { yes: note }, 64, true);
}

/** The address of an element whose index has just been compared: first the comparison, then the scaling. */
export function advance({ builder }: Context, base: Value, { word, length, stride }: Index): Value {
  const furthest = BigInt((length - 1) * stride);
  const bits = Math.log2(stride);
  const [operator, operand] = Number.isInteger(bits) ? ["shl", bits] as const : ["mul", stride] as const;
  const bounded = builder.emit({ kind: "bounded" }, [word.value], inside(length));
  const distance = stride === 1 ? bounded : builder.emit(
    { kind: "binary", operator, width: 64 },
    [bounded, builder.constant(BigInt(operand))],
    { min: 0n, max: furthest },
  );
  return builder.emit({ kind: "binary", operator: "add", width: 64 }, [distance, base]);
}

/** The place with an offset that instructions take. */
export function near({ builder }: Context, place: Place): Place {
  const { base, offset, type } = place;
  if (offset + type.size <= FARTHEST) return place;
  const { operation } = base;
  const moved = operation.kind === "mapValue"
    ? builder.emit({ ...operation, offset: operation.offset + offset })
    : builder.emit({ kind: "binary", operator: "add", width: 64 }, [base, builder.constant(BigInt(offset))]);
  return { ...place, base: moved, offset: 0, alignment: placeAlignment(place) };
}

/** Whether two places are one, as far as can be seen. */
export function isSamePlace(a: Place, b: Place): boolean {
  return a.type === b.type && a.region === b.region && isSameAddress(a.base, b.base) && a.offset === b.offset &&
    a.packet?.bounds === b.packet?.bounds && a.packet?.distance?.value === b.packet?.distance?.value &&
    a.shift === b.shift && a.nowhere === b.nowhere && a.indexes.length === b.indexes.length &&
    a.indexes.every(({ word, length, stride }, i) =>
      word.value === b.indexes[i].word.value && length === b.indexes[i].length && stride === b.indexes[i].stride
    );
}

/** Whether the place exists for sure, and its address is a sum that any path can make. */
export function isDirect({ indexes, nowhere, region }: Place): boolean {
  return indexes.length === 0 && !nowhere && region !== "packet";
}

/** Whether the place is in the packet, at a distance from its start that any path can have. */
export function isWithinPacket(place: Place): place is Place & { readonly packet: PacketBase } {
  const { packet, base, indexes, nowhere } = place;
  return packet !== undefined && base === packet.bounds.start && indexes.length === 0 && !nowhere;
}

/** The address of a direct place, and the instructions that make it. */
export function addressOf(
  { base, offset }: Place,
  newId: () => number,
): { readonly address: Value; readonly instructions: readonly Value[] } {
  if (offset === 0) return { address: base, instructions: [] };
  const make = (operation: Operation, inputs: Value[], range?: Range): Value => {
    return { id: newId(), operation, inputs, origin: base.origin, range };
  };
  const { operation } = base;
  if (operation.kind === "mapValue") {
    const address = make({ ...operation, offset: operation.offset + offset }, []);
    return { address, instructions: [address] };
  }
  const distance = make({ kind: "constant", value: BigInt(offset) }, [], exactly(BigInt(offset)));
  const address = make({ kind: "binary", operator: "add", width: 64 }, [base, distance]);
  return { address, instructions: [distance, address] };
}

/** Addresses of maps' values are made anew at each use. */
function isSameAddress(a: Value, b: Value): boolean {
  if (a === b) return true;
  const [x, y] = [a.operation, b.operation];
  return x.kind === "mapValue" && y.kind === "mapValue" && x.map === y.map && x.offset === y.offset;
}

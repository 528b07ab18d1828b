/**
 * Maps in a program: which methods each kind has. A kind's table is a line here; what the methods do stands in files of their
 * own (`map_elements.ts`).
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import type { Value } from "../ir.ts";
import type { MapShape } from "../unit.ts";
import type { Context } from "./context.ts";
import { ARRAY, HASH, LRU_HASH, PER_CPU_ARRAY, TRIE } from "./map_elements.ts";
import { locked } from "./map_locks.ts";
import { ELEMENTS, Listing } from "./map_loops.ts";
import { BLOOM_FILTER, QUEUE, USER_RING_BUFFER } from "./map_queues.ts";
import { MAPS, type MapType, PROGRAMS } from "./map_references.ts";
import { PERF_EVENT_ARRAY, RING_BUFFER } from "./map_rings.ts";
import { CPUS, DEVICES, SOCKETS } from "./map_targets.ts";
import { known, type Operand, type View } from "./operand.ts";

/** A call of a map's method. */
export interface MapCall {
  readonly context: Context;
  readonly map: MapShape;
  /** Where the map is, if that is known at run time only: it came out of a map of maps. */
  readonly address?: Value;
  /** The map, as the text has it. */
  readonly owner: Operand;
  /** The arguments. */
  readonly operands: readonly Operand[];
  readonly span: Span;
}

/** What a method of a map becomes. */
export type MapMethod = (call: MapCall) => Operand;

/** The methods of a kind, by name. */
export type MapMethods = Readonly<Record<string, MapMethod>>;

/** The kinds that programs can use, by the names of `MapShape.kind`. */
const KINDS: Readonly<Record<string, MapMethods>> = {
  hash: { ...HASH, ...ELEMENTS, locked },
  array: { ...ARRAY, ...ELEMENTS, locked },
  devMap: DEVICES,
  devMapHash: DEVICES,
  cpuMap: CPUS,
  xskMap: SOCKETS,
  programArray: PROGRAMS,
  arrayOfMaps: MAPS,
  hashOfMaps: MAPS,
  perCpuHash: { ...HASH, ...ELEMENTS },
  perCpuArray: { ...PER_CPU_ARRAY, ...ELEMENTS },
  lruHash: { ...LRU_HASH, ...ELEMENTS },
  lruPerCpuHash: { ...LRU_HASH, ...ELEMENTS },
  lpmTrie: TRIE,
  queue: QUEUE,
  stack: QUEUE,
  bloomFilter: BLOOM_FILTER,
  ringBuffer: RING_BUFFER,
  perfEventArray: PERF_EVENT_ARRAY,
  userRingBuffer: USER_RING_BUFFER,
};

/** Whether a value of this generation is a map. */
export function isMap({ unit }: Context, value: unknown): value is object {
  return typeof value === "object" && value !== null && unit.map?.(value) !== undefined;
}

/** What a `for…of` goes over, if that is a map or something of one. */
export function listingOf(context: Context, operand: Operand, span: Span): Listing | undefined {
  if (operand.kind === "static" && operand.value instanceof Listing) return operand.value;
  const which = mapOf(context, operand);
  if (!which) return undefined;
  if (Object.hasOwn(KINDS[which.map.kind], "entries")) return new Listing(which, "entries");
  return context.fail(
    ErrorCode.UnsupportedSyntax,
    span,
    `Cannot loop over the map ${which.map.reference.name} in a program: the kernel does not go over maps of this kind`,
    "It goes over HashMap, LruHash, ArrayMap and their per-CPU kinds",
  );
}

/** Refuses to take a map for what is in it now, at generation. */
export function refuseMap(context: Context, operand: Operand, span: Span): void {
  const listed = operand.kind === "static" && operand.value instanceof Listing ? operand.value.which : undefined;
  const which = listed ?? mapOf(context, operand);
  if (!which) return;
  const { name } = which.map.reference;
  context.fail(
    ErrorCode.UnsupportedSyntax,
    span,
    `Cannot take what is in the map ${name} here: only the run tells`,
    `Use get(), or loop over it: for (const [key, value] of this.${name})`,
  );
}

/** Which map an operand is, if it is one. */
function mapOf(context: Context, operand: Operand): Which | undefined {
  if (operand.kind === "static") {
    return isMap(context, operand.value) ? { map: context.unit.map!(operand.value)! } : undefined;
  }
  if (operand.kind !== "view" || operand.place.type.kind !== "map") return undefined;
  return { map: (operand.place.type as MapType).shape, address: operand.place.base };
}

/** A member of a map: a method to be called, or a constant. */
export function mapMember(context: Context, object: object, name: string, span: Span): Operand {
  return memberOf(context, known(object), { map: context.unit.map!(object)! }, name, span);
}

/** A member of a map that came out of a map of maps. */
export function innerMapMember(context: Context, view: View, name: string, span: Span): Operand {
  const { type, base } = view.place;
  return memberOf(context, view, { map: (type as MapType).shape, address: base }, name, span);
}

/** What only some kinds have. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys(ELEMENTS).map((name) => [name, "the kernel does not go over maps of this kind"])),
  locked: "the kernel has locks only in values of HashMap and ArrayMap",
};

type Which = Pick<MapCall, "map" | "address">;

function memberOf(context: Context, owner: Operand, which: Which, name: string, span: Span): Operand {
  const { kind, maxEntries, reference } = which.map;
  if (name === "maxEntries") return known(maxEntries);
  const methods = KINDS[kind] ?? {};
  if (!Object.hasOwn(methods, name)) {
    const reason = Object.hasOwn(ELSEWHERE, name) ? `: ${ELSEWHERE[name]}` : "";
    context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      `Cannot use .${name} of the map ${reference.name} in a program${reason}`,
      `It has ${[...Object.keys(methods), "maxEntries"].join(", ")} there; the rest is for user space`,
    );
  }
  return {
    kind: "callable",
    owner,
    name,
    method: (operands, span) => methods[name]({ context, ...which, owner, operands, span }),
  };
}

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
import { MAPS, type MapType, PROGRAMS } from "./map_references.ts";
import { CPUS, DEVICES, SOCKETS } from "./map_targets.ts";
import { BLOOM_FILTER, QUEUE, USER_RING_BUFFER } from "./map_queues.ts";
import { PERF_EVENT_ARRAY, RING_BUFFER } from "./map_rings.ts";
import { known, type Operand, type View } from "./operand.ts";

/** A call of a map's method. */
export interface MapCall {
  readonly context: Context;
  readonly map: MapShape;
  /** Where the map is, if that is known at run time only: it came out of a map of maps. */
  readonly address?: Value;
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
  hash: { ...HASH, locked },
  array: { ...ARRAY, locked },
  devMap: DEVICES,
  devMapHash: DEVICES,
  cpuMap: CPUS,
  xskMap: SOCKETS,
  programArray: PROGRAMS,
  arrayOfMaps: MAPS,
  hashOfMaps: MAPS,
  perCpuHash: HASH,
  perCpuArray: PER_CPU_ARRAY,
  lruHash: LRU_HASH,
  lruPerCpuHash: LRU_HASH,
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

/** A member of a map: a method to be called, or a constant. */
export function mapMember(context: Context, object: object, name: string, span: Span): Operand {
  return memberOf(context, known(object), { map: context.unit.map!(object)! }, name, span);
}

/** A member of a map that came out of a map of maps. */
export function innerMapMember(context: Context, view: View, name: string, span: Span): Operand {
  const { type, base } = view.place;
  return memberOf(context, view, { map: (type as MapType).shape, address: base }, name, span);
}

type Which = Pick<MapCall, "map" | "address">;

function memberOf(context: Context, owner: Operand, which: Which, name: string, span: Span): Operand {
  const { kind, maxEntries, reference } = which.map;
  if (name === "maxEntries") return known(maxEntries);
  const methods = KINDS[kind] ?? {};
  if (!Object.hasOwn(methods, name)) {
    context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      `Cannot use .${name} of the map ${reference.name} in a program`,
      `It has ${[...Object.keys(methods), "maxEntries"].join(", ")} there; the rest is for user space`,
    );
  }
  return {
    kind: "callable",
    owner,
    name,
    method: (operands, span) => methods[name]({ context, ...which, operands, span }),
  };
}

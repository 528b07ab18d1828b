/**
 * Methods of maps whose entries are objects: programs to go on with, other maps.
 *
 * @module
 */

import { helperId } from "../../bytecode/mod.ts";
import { type AnyType, u32 } from "../../types/scalar.ts";
import type { MapShape } from "../unit.ts";
import { addressOf, has, ifFound } from "./map_elements.ts";
import type { MapCall, MapMethods } from "./maps.ts";
import { converted } from "./memory.ts";
import { type Operand, UNDEFINED } from "./operand.ts";
import { placeAt } from "./place.ts";
import { refuseOpen } from "./reservations.ts";

/** What is at the address of a map that came out of another. */
export interface MapType extends AnyType {
  readonly kind: "map";
  /** What the map is like; its reference is that of the map that shows what all are like. */
  readonly shape: MapShape;
}

/** Programs. */
export const PROGRAMS: MapMethods = { tailCall: (call) => tailCall(call) };

/** Maps. */
export const MAPS: MapMethods = { get: (call) => innerMap(call), has: (call) => has(call) };

/** Goes on after the call if it fails (rule 19): it gives nothing back, not even whether. */
function tailCall({ context, context: { builder }, map, operands: [index = UNDEFINED], span }: MapCall): Operand {
  const { value } = converted(context, u32, index, span);
  refuseOpen(builder, "the tail call may go on with another program");
  const programs = builder.emit({ kind: "mapReference", map: map.reference });
  const callee = helperId("tail_call");
  builder.emit({ kind: "call", callee }, [builder.programContext, programs, value]);
  return UNDEFINED;
}

/** The map of a key: undefined if there is none. It stays good until the program ends, whatever becomes of its entry. */
function innerMap(call: MapCall): Operand {
  const type: MapType = { kind: "map", size: 0, alignment: 8, shape: call.map.inner! };
  return ifFound(call.context, addressOf(call), (base) => ({ kind: "view", place: placeAt(type, "map", base, 0, 8) }));
}

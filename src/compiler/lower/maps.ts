/**
 * Maps in a program: which methods each kind has. A kind's table is a line here; what the methods do stands in files of their
 * own (`map_elements.ts`).
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import type { MapShape } from "../unit.ts";
import type { Context } from "./context.ts";
import { ARRAY, HASH } from "./map_elements.ts";
import { CPUS, DEVICES, SOCKETS } from "./map_targets.ts";
import { known, type Operand } from "./operand.ts";

/** A call of a map's method. */
export interface MapCall {
  readonly context: Context;
  readonly map: MapShape;
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
  hash: HASH,
  array: ARRAY,
  devMap: DEVICES,
  devMapHash: DEVICES,
  cpuMap: CPUS,
  xskMap: SOCKETS,
};

/** Whether a value of this generation is a map. */
export function isMap({ unit }: Context, value: unknown): value is object {
  return typeof value === "object" && value !== null && unit.map?.(value) !== undefined;
}

/** A member of a map: a method to be called, or a constant. */
export function mapMember(context: Context, object: object, name: string, span: Span): Operand {
  const map = context.unit.map!(object)!;
  if (name === "maxEntries") return known(map.maxEntries);
  const methods = KINDS[map.kind] ?? {};
  if (!Object.hasOwn(methods, name)) {
    return context.fail(
      ErrorCode.UnsupportedSyntax,
      span,
      `Cannot use .${name} of the map ${map.reference.name} in a program`,
      `It has ${[...Object.keys(methods), "maxEntries"].join(", ")} there; the rest is for user space`,
    );
  }
  return {
    kind: "callable",
    owner: known(object),
    name,
    method: (operands, span) => methods[name]({ context, map, operands, span }),
  };
}

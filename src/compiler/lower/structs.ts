/**
 * Structs in memory: where their fields are.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import type { AnyType } from "../../types/scalar.ts";
import type { Fields, Struct } from "../../types/struct.ts";
import type { Context } from "./context.ts";
import { part, type Place } from "./place.ts";

export function isStruct(type: AnyType): type is Struct<Fields> {
  return type.kind === "struct";
}

/** The place of a field. */
export function fieldPlace(context: Context, struct: Place, name: string, span: Span): Place {
  const { fields, places } = struct.type as Struct<Fields>;
  if (Object.hasOwn(fields, name)) return part(struct, fields[name], places[name].offset, places[name].shift);
  return context.fail(
    ErrorCode.UnknownName,
    span,
    `Cannot find the field ${name} of this struct`,
    `It has ${Object.keys(fields).join(", ")}`,
  );
}

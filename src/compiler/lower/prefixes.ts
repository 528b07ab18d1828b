/**
 * Keys of tries in a program: an address stands for all of its bits, an object says how many count.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import type { Fields, Struct } from "../../types/struct.ts";
import type { MapShape } from "../unit.ts";
import type { Context } from "./context.ts";
import { known, type Operand } from "./operand.ts";
import { isStruct } from "./structs.ts";

/** The key that an operand stands for, as an object with the fields of the map's keys. */
export function prefixOf(context: Context, map: MapShape, operand: Operand, span: Span): Operand {
  const key = operand.kind === "static" ? known(constantKey(context, map, operand.value, span)) : operand;
  if (isPrefix(key)) return key;
  const { address } = (map.keyType as Struct<Fields>).fields;
  return { kind: "record", fields: new Map([["prefixlen", known(8 * address.size)], ["address", key]]) };
}

function isPrefix(operand: Operand): boolean {
  if (operand.kind === "record") return operand.fields.has("prefixlen");
  if (operand.kind === "view") return isStruct(operand.place.type) && "prefixlen" in operand.place.type.fields;
  if (operand.kind !== "static") return false;
  return typeof operand.value === "object" && operand.value !== null && "prefixlen" in operand.value;
}

/** Texts are read when the program is generated. */
function constantKey(context: Context, map: MapShape, key: unknown, span: Span): unknown {
  try {
    return map.constantKey!(key);
  } catch (error) {
    if (!(error instanceof EbpfError)) throw error;
    return context.fail(ErrorCode.InvalidArgument, span, error.message.split("\n")[0], 'Write it as in "10.0.0.0/8"');
  }
}

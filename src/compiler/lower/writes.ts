/**
 * Which memory an instruction may write: what decides whether the right side of `x op= y` can be evaluated first.
 *
 * @module
 */

import type { MapReference } from "../../bytecode/instruction.ts";
import { helperId } from "../../bytecode/mod.ts";
import type { Value } from "../ir.ts";
import type { Place } from "./place.ts";

/** Bytes of the value of a map. */
interface Extent {
  readonly map: MapReference;
  readonly from: number;
  /** The first byte that does not belong to it. */
  readonly to: number;
}

/** Helpers that write nothing that programs can see. */
const READERS: ReadonlySet<unknown> = new Set(
  ["map_lookup_elem", "ktime_get_ns", "get_prandom_u32", "get_smp_processor_id"].map(helperId),
);

/** Whether an instruction may write bytes of a place. */
export function mayWrite({ operation, inputs }: Value, place: Place): boolean {
  if (operation.kind === "call") return !READERS.has(operation.callee);
  if (operation.kind !== "store" && operation.kind !== "atomic" || operation.region !== place.region) return false;
  const written = extentOf(inputs[0], operation.offset, operation.size);
  const length = place.indexes.reduce((sum, { length, stride }) => sum + (length - 1) * stride, place.type.size);
  const read = extentOf(place.base, place.offset, length);
  if (!written || !read) return true;
  return written.map === read.map && written.from < read.to && read.from < written.to;
}

/** So many bytes from an address and an offset on; `undefined` if it is not known where they may be. */
function extentOf({ operation, inputs }: Value, offset: number, size: number): Extent | undefined {
  if (operation.kind === "mapValue") {
    const from = operation.offset + offset;
    return { map: operation.map, from, to: from + size };
  }
  if (operation.kind !== "binary" || operation.operator !== "add") return undefined;
  const [distance, base] = inputs;
  const at = extentOf(base, offset, size);
  if (!at || !distance.range) return undefined;
  return { ...at, from: at.from + Number(distance.range.min), to: at.to + Number(distance.range.max) };
}

/**
 * Variables that live in the only entry of a map: each use looks it up.
 *
 * @module
 */

import type { Span } from "../../syntax/ast.ts";
import type { Variable } from "../unit.ts";
import { leaveNothing } from "./choices.ts";
import type { Context } from "./context.ts";
import { getOrInsert, look } from "./map_elements.ts";
import { known, UNDEFINED } from "./operand.ts";
import type { Place } from "./place.ts";
import { fieldPlace } from "./structs.ts";

type EntryVariable = Extract<Variable, { readonly kind: "entry" }>;

/**
 * Where the variable is: of one that each CPU has for itself, an object with the `value`. Where there is nothing the program
 * leaves: arrays have all their elements, and other maps get the entry anew if somebody has deleted it.
 */
export function entryPlace(context: Context, { map, initial }: EntryVariable, span: Span): Place {
  const call = { context, map, owner: UNDEFINED, operands: [known(0), known({ value: initial })], span };
  const found = map.isPerCpu ? look(call) : getOrInsert(call);
  const entry = found.kind === "choice"
    ? leaveNothing(context, found, () => context.builder.goto(context.leave))
    : found;
  if (entry.kind !== "view") throw new Error("an entry is no view");
  return map.isPerCpu ? entry.place : fieldPlace(context, entry.place, "value", span);
}

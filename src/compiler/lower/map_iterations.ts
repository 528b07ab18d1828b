/**
 * What may be done to a map while a loop goes over it. JavaScript visits what is stored meanwhile and not what is deleted; the
 * kernel may do either, so that only the entry at hand may be changed or deleted.
 *
 * @module
 */

import { ErrorCode } from "../../errors.ts";
import { demandGiven, flagOf } from "./map_elements.ts";
import type { Iteration } from "./map_loops.ts";
import type { MapCall } from "./maps.ts";
import { known, type Operand, UNDEFINED } from "./operand.ts";
import { placeAt, refuseEnded } from "./place.ts";
import { writePlace } from "./views.ts";
import { isSame } from "./word_types.ts";

/** The loops around a call that go over its map. */
function iterationsOver({ context, map: { reference } }: MapCall): readonly Iteration[] {
  return context.iterations.filter(({ map }) => map.reference === reference);
}

/** Whether a call is about the entry that all loops over its map are at. */
function isAtHand({ context, operands: [key = UNDEFINED] }: MapCall, iterations: readonly Iteration[]): boolean {
  const current = context.builder.current(key);
  return iterations.every((iteration) => isSame(iteration.key, current));
}

/** Notes that the entry at hand is deleted, and refuses to delete another one. */
export function deleteHere(call: MapCall): void {
  const { context, map: { reference: { name } }, span } = call;
  const iterations = iterationsOver(call);
  if (isAtHand(call, iterations)) {
    return iterations.forEach(({ entry }) => context.builder.endViews(entry.map, `delete() of ${name}`));
  }
  context.fail(
    ErrorCode.UnsupportedSyntax,
    span,
    `Cannot delete this key of ${name} while going over ${name}: the kernel may still come to it`,
    "Delete the entry at hand, by the key that the loop gives; others after the loop",
  );
}

/** Refuses to make new entries. */
export function refuseNew(call: MapCall, what: string): void {
  const { context, map: { reference: { name } }, span } = call;
  if (iterationsOver(call).length === 0) return;
  context.fail(
    ErrorCode.UnsupportedSyntax,
    span,
    `Cannot call ${what}() of ${name} while going over ${name}: the kernel may come to what is new, or not`,
    "Change the entry at hand, by the key that the loop gives; store others after the loop",
  );
}

/** `set` of the entry at hand writes where it is; `undefined` if no loop goes over the map. */
export function setHere(call: MapCall): Operand | undefined {
  const { context, map, operands: [, value = UNDEFINED, flag = UNDEFINED], span } = call;
  const iterations = iterationsOver(call);
  if (iterations.length === 0) return undefined;
  if (!isAtHand(call, iterations)) refuseNew(call, "set");
  demandGiven(context, map, value, "value", span);
  if (flagOf(call, flag) === NOEXIST) return known(false);
  const [iteration] = iterations;
  refuseEnded(context, { loans: [iteration.entry] });
  // As programs see it: a lock is nobody's to write.
  const type = map.isPerCpu ? map.valueType! : map.foundType!;
  writePlace(context, placeAt(type, "map", iteration.value, 0, 8), value, span);
  return known(true);
}

/** `BPF_NOEXIST`, from include/uapi/linux/bpf.h. */
const NOEXIST = 1n;

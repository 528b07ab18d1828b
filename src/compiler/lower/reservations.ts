/**
 * Records that a program has reserved in a ring buffer: on every path from there, each must be submitted or discarded
 * once. The kernel refuses a program that may forget one; here it is an error at the line that reserved it.
 *
 * @module
 */

import type { MapReference } from "../../bytecode/instruction.ts";
import { helperId } from "../../bytecode/mod.ts";
import type { EbpfError } from "../../errors.ts";
import type { Origin, Value } from "../ir.ts";
import type { Builder, Incoming, Label } from "./builder.ts";
import type { State } from "./state.ts";
import type { Word } from "./operand.ts";

/** One reservation of the text; what it stands for in messages is the ring. */
export interface Reservation extends MapReference {
  readonly ring: MapReference;
  /** Where the record is; null if there was no room. */
  readonly address: Value;
  /** Which option the record is of what `reserve()` gave: the others are not one. Unknown while that is being built. */
  choice?: { readonly selector: Word; readonly option: bigint };
  /** The error at its line. */
  readonly error: (what: string, remedy: string) => EbpfError;
}

/** The reservations that are open in a state, as far as tests on the way have shown. */
export function openReservations({ reservations, refined }: State): Reservation[] {
  return [...reservations].filter(({ choice }) => {
    if (!choice) return true;
    const { value, range } = choice.selector;
    const { min, max } = refined.get(value)?.range ?? range;
    return min <= choice.option && choice.option <= max;
  });
}

/** Refuses a program that may end with an open reservation: by any of the paths to a label. */
export function refuseLeaks({ incoming }: Label): void {
  for (const { from, state } of incoming) {
    const [leak] = openReservations(state);
    if (leak) throw leakError(leak, from.terminator?.origin);
  }
}

/**
 * Gives up the records that are open where the packet ends: in JavaScript nothing after that is done either. (Many of these
 * paths are never taken, but the verifier does not see that.)
 */
export function discardAtEnd(builder: Builder, leave: Label): void {
  const open = leave.incoming.filter(({ state }) => openReservations(state).length > 0);
  for (const path of open) {
    leave.incoming.splice(leave.incoming.indexOf(path), 1);
    discardOn(builder, path, leave);
  }
}

function discardOn(builder: Builder, path: Incoming, leave: Label): void {
  const start = builder.label();
  start.incoming.push(path);
  builder.place(start);
  discardOpen(builder);
  builder.goto(leave);
}

/** Gives up the records that are open here: the last one first, so that a turn of a loop can give back its own. */
export function discardOpen(builder: Builder): void {
  for (const { address } of openReservations(builder.state).reverse()) {
    const [found, next] = [builder.label(), builder.label()];
    builder.branch("ne", address, builder.constant(0n), found, next);
    builder.place(found);
    builder.emit({ kind: "call", callee: helperId("ringbuf_discard") }, [address, builder.constant(0n)]);
    builder.goto(next);
    builder.place(next);
  }
  builder.state.reservations = new Set();
}

/** Refuses a loop whose turn leaves a reservation open that was not there before. */
export function refuseTurnLeaks(after: State, before: ReadonlySet<Reservation>): void {
  const leak = openReservations(after).find((reservation) => !before.has(reservation));
  if (leak) throw leak.error("Cannot reserve a record here: the next turn of the loop may begin without it", REMEDY);
}

const REMEDY = "Call submit() or discard() on every path: before each return, exit() and throw";

function leakError({ error }: Reservation, origin: Origin | undefined): EbpfError {
  const line = origin?.source.locate(origin.offset)?.line;
  const where = line === undefined ? "the program may end" : `the program may end at line ${line}`;
  return error(`Cannot reserve a record here: ${where} without submit() or discard()`, REMEDY);
}

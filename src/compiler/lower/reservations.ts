/**
 * What the kernel lends to a program: records of ring buffers, and sockets. On every path from there, each must be given back
 * once. The kernel refuses a program that may forget one; here it is an error at the line that took it.
 *
 * @module
 */

import type { MapReference } from "../../bytecode/instruction.ts";
import { type EbpfError, ErrorCode } from "../../errors.ts";
import type { Span } from "../../syntax/ast.ts";
import type { AnyType } from "../../types/scalar.ts";
import type { Origin, Region, Value } from "../ir.ts";
import type { Arrival, Builder, Label } from "./builder.ts";
import type { Context } from "./context.ts";
import { type Operand, UNDEFINED, type Word } from "./operand.ts";
import { type Loan, type Place, placeAt } from "./place.ts";
import type { State } from "./state.ts";

/** A kind of what is lent. */
export interface Resource {
  readonly loan: "record" | "socket";
  /** What the program does to get one, in words. */
  readonly taking: string;
  /** What it must call. */
  readonly giving: string;
  /** Gives one up where the packet ends. */
  readonly giveUp: (builder: Builder, address: Value) => void;
}

/** One place of the text where something is taken; in messages it stands for who lends. */
export interface Reservation extends MapReference {
  readonly resource: Resource;
  /** The ring buffer that it is of, if it is a record. */
  readonly ring?: MapReference;
  /** Where it is; null if there was none. */
  readonly address: Value;
  /** Which option it is of what the call gave: the others are nothing. Unknown while that is being built. */
  choice?: { readonly selector: Word; readonly option: bigint };
  /** The error at its line. */
  readonly error: (what: string, remedy: string) => EbpfError;
}

/** What is known of something that has just been taken. */
export interface Taken extends Pick<Reservation, "resource" | "ring" | "name" | "address"> {
  readonly type: AnyType;
  readonly region: Region;
  /** What the address is a multiple of. */
  readonly alignment: number;
  /** What is done first with what was got, and where nothing was. */
  readonly found?: () => void;
  readonly missing?: () => void;
}

/** A view of what was taken, to be given back; undefined if there was nothing. */
export function lent(context: Context, taken: Taken, span: Span): Operand {
  const { builder, frame } = context;
  const { resource, ring, name, address, type, region, alignment } = taken;
  const error: Reservation["error"] = (what, remedy) => frame.source.error(ErrorCode.RecordLeak, what, span, remedy);
  const reservation: Reservation = { resource, ring, name, address, error };
  const [found, missing, join] = [builder.label(), builder.label(), builder.label()];
  builder.branch("ne", address, builder.constant(0n), found, missing);
  builder.place(found);
  taken.found?.();
  const loans: Loan[] = [{ map: reservation, since: builder.tick(), kind: resource.loan }];
  builder.state.reservations = new Set([...builder.state.reservations, reservation]);
  builder.goto(join, { kind: "view", place: { ...placeAt(type, region, address, 0, alignment), loans } });
  builder.place(missing);
  taken.missing?.();
  builder.goto(join, UNDEFINED);
  const record = builder.place(join) ?? UNDEFINED;
  if (record.kind === "choice") {
    const option = record.options.findIndex(({ kind }) => kind === "view");
    reservation.choice = { selector: record.selector, option: BigInt(option) };
  }
  return record;
}

/** The reservation of what a place is, from its first byte on. */
export function reservationOf({ offset, indexes, loans = [] }: Place): Reservation | undefined {
  const own = loans.filter(({ kind }) => kind === "record" || kind === "socket");
  return own.length === 1 && offset === 0 && indexes.length === 0 ? own[0].map as Reservation : undefined;
}

/** Notes that something was given back: nobody may use it from here on. */
export function endReservation(builder: Builder, reservation: Reservation, by: string): void {
  const others = [...builder.state.reservations].filter((other) => other !== reservation);
  builder.state.reservations = new Set(others);
  builder.endViews(reservation, by);
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

/** Refuses what may end the program here while something is open. */
export function refuseOpen({ state }: Builder, why: string): void {
  const [leak] = openReservations(state);
  if (leak) {
    throw leak.error(`Cannot ${leak.resource.taking} here: ${why} without ${leak.resource.giving}`, remedyOf(leak));
  }
}

/** Refuses a program that may end with an open reservation: by any of the paths to a label. */
export function refuseLeaks({ incoming }: Label): void {
  for (const { from, state } of incoming) {
    const [leak] = openReservations(state);
    if (leak) throw leakError(leak, from.terminator?.origin);
  }
}

/**
 * Gives up what is open where the packet ends: in JavaScript nothing after that is done either. (Many of these
 * paths are never taken, but the verifier does not see that.)
 */
export function discardAtEnd(builder: Builder, leave: Label): void {
  const open = leave.incoming.filter(({ state }) => openReservations(state).length > 0);
  for (const path of open) {
    leave.incoming.splice(leave.incoming.indexOf(path), 1);
    discardOn(builder, path, leave);
  }
}

function discardOn(builder: Builder, path: Arrival, leave: Label): void {
  const start = builder.label();
  start.incoming.push(path);
  builder.place(start);
  discardOpen(builder);
  builder.goto(leave);
}

/** Gives up what is open here: the last one first, so that a turn of a loop can give back its own. */
export function discardOpen(builder: Builder): void {
  for (const { address, resource } of openReservations(builder.state).reverse()) {
    const [found, next] = [builder.label(), builder.label()];
    builder.branch("ne", address, builder.constant(0n), found, next);
    builder.place(found);
    resource.giveUp(builder, address);
    builder.goto(next);
    builder.place(next);
  }
  builder.state.reservations = new Set();
}

/** Refuses a loop whose turn leaves a reservation open that was not there before. */
export function refuseTurnLeaks(after: State, before: ReadonlySet<Reservation>): void {
  const leak = openReservations(after).find((reservation) => !before.has(reservation));
  if (!leak) return;
  const what = `Cannot ${leak.resource.taking} here: the next turn of the loop may begin without it`;
  throw leak.error(what, remedyOf(leak));
}

function remedyOf({ resource }: Reservation): string {
  return `Call ${resource.giving} on every path: before each return, exit() and throw`;
}

function leakError(leak: Reservation, origin: Origin | undefined): EbpfError {
  const { error, resource } = leak;
  const line = origin?.source.locate(origin.offset)?.line;
  const where = line === undefined ? "the program may end" : `the program may end at line ${line}`;
  return error(`Cannot ${resource.taking} here: ${where} without ${resource.giving}`, remedyOf(leak));
}

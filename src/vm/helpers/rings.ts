/**
 * Helpers for ring buffers.
 *
 * @module
 */

import { MachineRingBuffer } from "../maps/events.ts";
import { Errno, type MachineMap } from "../maps/map.ts";
import { type Region, Taint } from "../region.ts";
import type { HelperCall, State } from "../state.ts";

/** The ring buffer in r1. */
function ringOf(state: State): MachineRingBuffer {
  const map = state.meaning<MachineMap>(1, "map");
  if (!(map instanceof MachineRingBuffer)) throw state.fault("r1 must be a ring buffer");
  return map;
}

/** Ends the reservation of a record. */
export function commitRecord(state: State, region: Region, how: "submitted" | "discarded"): void {
  const ring = state.reservations.find(([held]) => held === region)?.[1] as MachineRingBuffer | undefined;
  if (!ring?.commit(region, how)) throw state.fault("r1 must be a reserved record");
  if (how === "submitted" && state.tracking && region.shadow?.some((taint) => taint !== Taint.Clean)) {
    state.depend("it submits a record that is not comparable");
  }
  state.reservations = state.reservations.filter(([held]) => held !== region);
}

/** The record in r1. */
function commit(state: State, how: "submitted" | "discarded"): void {
  const { region, offset } = state.regionArgument(1);
  if (offset !== 0) throw state.fault("r1 must be the beginning of a record");
  commitRecord(state, region, how);
  state.taints[0] = Taint.None;
}

/** The kernel does not clear what it hands out: an older record may have left anything there. */
export function leaveDirty(region: Region): void {
  region.bytes().fill(0xa5);
}

/** The helpers by name. */
export const ringHelpers: Readonly<Record<string, HelperCall>> = {
  ringbuf_output: (state) => {
    const ring = ringOf(state);
    const stored = ring.output(state.input(2, Number(state.wideArgument(3))));
    state.put(0, stored ? 0 : -Errno.EAGAIN);
  },
  ringbuf_reserve: (state) => {
    const ring = ringOf(state);
    const size = Number(state.wideArgument(2));
    const region = state.wideArgument(3) === 0n ? ring.reserve(size) : undefined;
    if (!region) return state.put(0, 0);
    leaveDirty(region);
    if (state.tracking) region.mark(0, size, Taint.Dirty);
    state.reservations.push([region, ring]);
    state.point(0, region, 0);
  },
  ringbuf_submit: (state) => commit(state, "submitted"),
  ringbuf_discard: (state) => commit(state, "discarded"),
  ringbuf_query: (state) => state.putWide(0, BigInt(ringOf(state).query(Number(state.wideArgument(2))))),
};

/**
 * Helpers for dynptrs, pointers that know their size, and for the ring that user space fills.
 *
 * A dynptr takes 16 bytes of the program's stack, which the program cannot read:
 *
 * ```text
 *  0                       8               12              16
 *  +-----------------------+---------------+---------------+
 *  | pointer, 0: none      | size          | 1: read-only  |
 *  +-----------------------+---------------+---------------+
 * ```
 *
 * @module
 */

import { MachineRingBuffer, MachineUserRingBuffer } from "../maps/events.ts";
import { Errno, type MachineMap } from "../maps/map.ts";
import { origin, Region, regionTag, Taint } from "../region.ts";
import type { HelperCall, State } from "../state.ts";
import { commitRecord, leaveDirty } from "./rings.ts";

const dynptrBytes = 16;
const largest = 0xffffff;

interface Dynptr {
  readonly region: Region;
  readonly offset: number;
  readonly size: number;
  readonly readOnly: boolean;
}

/** Fills in the dynptr that an argument points to; without a target it points nowhere. */
function write(state: State, argument: number, to: Dynptr | undefined): void {
  const bytes = state.output(argument, dynptrBytes);
  fill(state, new DataView(bytes.buffer, bytes.byteOffset, dynptrBytes), to);
}

function fill(state: State, view: DataView, to: Dynptr | undefined): void {
  view.setInt32(0, to ? origin + to.offset : 0, true);
  view.setInt32(4, to ? regionTag + state.indexOf(to.region) : 0, true);
  view.setUint32(8, to?.size ?? 0, true);
  view.setUint32(12, to?.readOnly ? 1 : 0, true);
}

/** The dynptr that an argument points to; `undefined` if it points nowhere. */
function read(state: State, argument: number): Dynptr | undefined {
  const bytes = state.input(argument, dynptrBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, dynptrBytes);
  const high = view.getInt32(4, true);
  if (high === 0) return undefined;
  const region = state.find(high);
  if (!region) throw state.fault(`the helper's argument r${argument} must point to a dynptr`);
  const offset = view.getInt32(0, true) - origin;
  return { region, offset, size: view.getUint32(8, true), readOnly: view.getUint32(12, true) === 1 };
}

function fromMemory(state: State): void {
  const size = state.low(2) >>> 0;
  const { region, offset } = state.regionArgument(1);
  const error = state.wideArgument(3) !== 0n ? -Errno.EINVAL : size > largest ? -Errno.E2BIG : 0;
  if (error === 0 && offset + size > region.writableEnd) throw state.fault("the helper's memory is too small");
  write(state, 4, error === 0 ? { region, offset, size, readOnly: false } : undefined);
  state.put(0, error);
}

function reserve(state: State): void {
  const ring = state.meaning<MachineMap>(1, "map");
  if (!(ring instanceof MachineRingBuffer)) throw state.fault("r1 must be a ring buffer");
  const size = state.low(2) >>> 0;
  const region = state.wideArgument(3) === 0n && size <= largest ? ring.reserve(size) : undefined;
  write(state, 4, region && { region, offset: 0, size, readOnly: false });
  if (!region) return state.put(0, -Errno.EINVAL);
  leaveDirty(region);
  if (state.tracking) region.mark(0, size, Taint.Dirty);
  state.reservations.push([region, ring]);
  state.put(0, 0);
}

function commit(how: "submitted" | "discarded"): HelperCall {
  return (state) => {
    const dynptr = read(state, 1);
    write(state, 1, undefined);
    if (dynptr) commitRecord(state, dynptr.region, how);
    state.taints[0] = Taint.None;
  };
}

/** Whether a part of a dynptr is there: 0, or the error. */
function check(dynptr: Dynptr | undefined, offset: number, size: number, flags: bigint): number {
  if (!dynptr || flags !== 0n) return -Errno.EINVAL;
  return offset + size > dynptr.size ? -Errno.E2BIG : 0;
}

function copyOut(state: State): void {
  const size = state.low(2) >>> 0, offset = state.low(4) >>> 0;
  const dynptr = read(state, 3);
  const error = check(dynptr, offset, size, state.wideArgument(5));
  if (error === 0) {
    const { region, offset: from } = dynptr!;
    const taint = state.tracking ? region.marked(from + offset, size) : Taint.Clean;
    state.output(1, size, taint).set(region.bytes(from + offset, size));
  }
  state.put(0, error);
}

function copyIn(state: State): void {
  const offset = state.low(2) >>> 0, size = state.low(4) >>> 0;
  const dynptr = read(state, 1);
  const error = dynptr?.readOnly ? -Errno.EINVAL : check(dynptr, offset, size, state.wideArgument(5));
  if (error === 0) {
    const { region, offset: to } = dynptr!;
    region.bytes(to + offset, size).set(state.input(3, size));
    if (state.tracking) region.mark(to + offset, size, Taint.Clean);
  }
  state.put(0, error);
}

function part(state: State): void {
  const dynptr = read(state, 1);
  const offset = state.low(2) >>> 0, size = state.low(3) >>> 0;
  if (check(dynptr, offset, size, 0n) !== 0 || dynptr!.readOnly) state.put(0, 0);
  else state.point(0, dynptr!.region, dynptr!.offset + offset);
}

/** Calls the function in r2 with each sample, until it answers 1. */
function drain(state: State): void {
  const ring = state.meaning<MachineMap>(1, "map");
  if (!(ring instanceof MachineUserRingBuffer)) throw state.fault("r1 must be a user ring buffer");
  const callback = state.meaning<number>(2, "function");
  const context = state.wide[3], contextTaint = state.taints[3];
  let count = 0;
  for (let sample = ring.take(); sample; sample = ring.take()) {
    count++;
    const region = new Region("memory", "of a sample", new DataView(sample.buffer));
    const dynptr = new Region("memory", "of a dynptr", new DataView(new ArrayBuffer(dynptrBytes)));
    fill(state, dynptr.view, { region, offset: 0, size: sample.length, readOnly: true });
    state.point(1, dynptr, 0);
    state.putWide(2, context, contextTaint);
    if (state.callback(callback) !== 0) break;
  }
  state.put(0, count);
}

/** The helpers by name. */
export const dynptrHelpers: Readonly<Record<string, HelperCall>> = {
  dynptr_from_mem: fromMemory,
  dynptr_read: copyOut,
  dynptr_write: copyIn,
  dynptr_data: part,
  ringbuf_reserve_dynptr: reserve,
  ringbuf_submit_dynptr: commit("submitted"),
  ringbuf_discard_dynptr: commit("discarded"),
  user_ringbuf_drain: drain,
};

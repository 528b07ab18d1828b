/**
 * Helpers for packets: moving their ends, copying, checksums, redirecting.
 *
 * @module
 */

import { MachineTargetArray, MachineTargetHash, type RedirectMap } from "../maps/targets.ts";
import { Errno, type MachineMap } from "../maps/map.ts";
import type { HelperCall, State } from "../state.ts";
import type { XdpDevice } from "../xdp.ts";

const aborted = 0, redirected = 4;
const ethernetBytes = 14;
/** The kernel keeps struct xdp_frame at the beginning of the buffer. */
const frameStructBytes = 40;
const largestMetadata = 255;
const EACCES = 13;

/** The packet, if r1 is the context. */
function deviceOf(state: State): XdpDevice {
  const { device } = state;
  if (!device || state.find(state.registers[3]) !== device.contextRegion) {
    throw state.fault(`the helper's argument r1 must be the context, but is ${state.describe(1)}`);
  }
  return device;
}

/** The packet's limits, metadata apart. */
function limits(device: XdpDevice): { readonly start: number; readonly end: number; readonly metadata: number } {
  const { region, metadata } = device;
  return { start: region.start + metadata, end: region.end, metadata };
}

function adjustHead(state: State): void {
  const device = deviceOf(state);
  const { start, end, metadata } = limits(device);
  const moved = start + state.low(2);
  const fits = moved >= frameStructBytes + metadata && moved <= end - ethernetBytes;
  state.put(0, fits && device.move(moved, end, metadata) ? 0 : -Errno.EINVAL);
}

function adjustTail(state: State): void {
  const device = deviceOf(state);
  const { start, end, metadata } = limits(device);
  const moved = end + state.low(2);
  state.put(0, moved >= start + ethernetBytes && device.move(start, moved, metadata) ? 0 : -Errno.EINVAL);
}

function adjustMeta(state: State): void {
  const device = deviceOf(state);
  const { start, end, metadata } = limits(device);
  const size = metadata - state.low(2);
  if (size < 0 || start - size < frameStructBytes) return state.put(0, -Errno.EINVAL);
  if (size % 4 !== 0 || size > largestMetadata) return state.put(0, -EACCES);
  state.put(0, device.move(start, end, size) ? 0 : -Errno.EINVAL);
}

/** Bytes of the packet, for copying; `undefined` if they are not all there. */
function part(state: State): { readonly device: XdpDevice; readonly from: number; readonly size: number } | undefined {
  const device = deviceOf(state);
  const { start, end } = limits(device);
  const from = start + (state.low(2) >>> 0), size = state.low(4) >>> 0;
  return from + size <= end ? { device, from, size } : undefined;
}

function redirectMap(state: State): void {
  const map = state.meaning<MachineMap>(1, "map");
  if (!(map instanceof MachineTargetArray || map instanceof MachineTargetHash)) {
    throw state.fault(`packets cannot be redirected to a ${map.kind}`);
  }
  const index = state.low(2) >>> 0, flags = state.wideArgument(3);
  const action = 3n, broadcast = 8n;
  if (flags & ~(action | BigInt(map.redirectFlags))) return state.put(0, aborted);
  const value = (map as RedirectMap).target(index);
  if (value === undefined && !(flags & broadcast)) return state.put(0, Number(flags & action));
  if (state.device) state.device.redirect = { to: map.name, index, value, flags };
  state.put(0, redirected);
}

function redirect(state: State): void {
  const index = state.low(1) >>> 0, flags = state.wideArgument(2);
  if (flags !== 0n) return state.put(0, aborted);
  if (state.device) state.device.redirect = { to: "interface", index, value: index, flags };
  state.put(0, redirected);
}

/** Adds as ones' complement numbers of 32 bits. */
function add(a: number, b: number): number {
  const sum = (a >>> 0) + (b >>> 0);
  return sum > 0xffffffff ? sum - 0xffffffff : sum;
}

/** The kernel's csum_partial: little-endian words of 32 bits, the last one filled up with zeros. */
function partial(bytes: Uint8Array, seed: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~3;
  let sum = seed >>> 0, last = 0;
  for (let at = 0; at < whole; at += 4) sum = add(sum, view.getUint32(at, true));
  for (let at = bytes.length; at > whole; at--) last = last << 8 | bytes[at - 1];
  return add(sum, last);
}

/** Folds to 16 bits. */
function fold(sum: number): number {
  return add(sum, (sum << 16 | sum >>> 16) >>> 0) >>> 16;
}

function checksumDifference(state: State): void {
  const fromSize = state.low(2) >>> 0, toSize = state.low(4) >>> 0, seed = state.low(5) >>> 0;
  const from = fromSize ? state.input(1, fromSize) : undefined, to = toSize ? state.input(3, toSize) : undefined;
  if (from && to) state.put(0, fold(add(partial(to, seed), ~partial(from, 0))));
  else if (to) state.put(0, fold(partial(to, seed)));
  else if (from) state.put(0, fold(~partial(from, ~seed) >>> 0));
  else state.put(0, fold(seed));
}

/** The helpers by name. */
export const packetHelpers: Readonly<Record<string, HelperCall>> = {
  xdp_adjust_head: adjustHead,
  xdp_adjust_tail: adjustTail,
  xdp_adjust_meta: adjustMeta,
  xdp_get_buff_len: (state) => {
    const { start, end } = limits(deviceOf(state));
    state.put(0, end - start);
  },
  xdp_load_bytes: (state) => {
    const found = part(state);
    if (!found) return state.put(0, -Errno.EINVAL);
    const { device: { region }, from, size } = found;
    state.output(3, size, state.tracking ? region.marked(from, size) : 0).set(region.bytes(from, size));
    state.put(0, 0);
  },
  xdp_store_bytes: (state) => {
    const found = part(state);
    if (!found) return state.put(0, -Errno.EINVAL);
    const { device: { region }, from, size } = found;
    region.bytes(from, size).set(state.input(3, size));
    if (state.tracking) region.mark(from, size, 0);
    state.put(0, 0);
  },
  redirect,
  redirect_map: redirectMap,
  csum_diff: checksumDifference,
  check_mtu: (state) => state.put(0, 0),
  fib_lookup: (state) => {
    const size = state.low(3);
    if (size < 64) return state.put(0, -Errno.EINVAL);
    const bytes = state.output(2, size);
    const parameters = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    state.put(0, state.environment.fibLookup(parameters, state.low(4)));
  },
};

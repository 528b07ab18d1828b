/**
 * Helpers for packets: moving their ends, copying, checksums, redirecting.
 *
 * @module
 */

import { checksumDifference } from "../checksum.ts";
import { Errno, type MachineMap } from "../maps/map.ts";
import { MachineTargetArray, MachineTargetHash, type RedirectMap } from "../maps/targets.ts";
import type { HelperCall, State } from "../state.ts";
import type { XdpDevice } from "../xdp.ts";

const aborted = 0, redirected = 4;
const ethernetBytes = 14;
/** The kernel keeps struct xdp_frame at the beginning of the buffer. */
const frameStructBytes = 40;
const largestMetadata = 255;
const EACCES = 13, EFAULT = 14;
/** BPF_MTU_CHK_RET_FRAG_NEEDED, include/uapi/linux/bpf.h. */
const fragmentationNeeded = 1;
/** Copies look no farther than that. */
const farthest = 0xffff;

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

/** Does something with bytes of the packet, if they are all there. */
function withPart(state: State, work: (region: XdpDevice["region"], from: number, size: number) => void): void {
  const device = deviceOf(state);
  const { start, end } = limits(device);
  const offset = state.low(2) >>> 0, size = state.low(4) >>> 0;
  if (offset > farthest || size > farthest) return state.put(0, -EFAULT);
  if (start + offset + size > end) return state.put(0, -Errno.EINVAL);
  work(device.region, start + offset, size);
  state.put(0, 0);
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

function csumDiff(state: State): void {
  const fromSize = state.low(2) >>> 0, toSize = state.low(4) >>> 0, seed = state.low(5) >>> 0;
  const from = fromSize ? state.input(1, fromSize) : undefined, to = toSize ? state.input(3, toSize) : undefined;
  state.put(0, checksumDifference(from, to, seed));
}

/** The length that the packet would have against the MTU, which takes the input's place. */
function checkMtu(state: State): void {
  const { start, end } = limits(deviceOf(state));
  const output = state.output(3, 4);
  const mtuLength = new DataView(output.buffer, output.byteOffset, 4);
  if (state.wideArgument(5) !== 0n) return state.put(0, -Errno.EINVAL);
  const { mtu } = state.environment;
  const given = mtuLength.getUint32(0, true);
  const length = (given === 0 ? end - start : given + ethernetBytes) + state.low(4);
  mtuLength.setUint32(0, mtu, true);
  state.put(0, length > mtu + ethernetBytes ? fragmentationNeeded : 0);
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
  xdp_load_bytes: (state) =>
    withPart(state, (region, from, size) => {
      state.output(3, size, state.tracking ? region.marked(from, size) : 0).set(region.bytes(from, size));
    }),
  xdp_store_bytes: (state) =>
    withPart(state, (region, from, size) => {
      region.bytes(from, size).set(state.input(3, size));
      if (state.tracking) region.mark(from, size, 0);
    }),
  redirect,
  redirect_map: redirectMap,
  csum_diff: csumDiff,
  check_mtu: checkMtu,
  fib_lookup: (state) => {
    const size = state.low(3);
    if (size < 64) return state.put(0, -Errno.EINVAL);
    const bytes = state.output(2, size);
    const parameters = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    state.put(0, state.environment.fibLookup(parameters, state.low(4)));
  },
};

/**
 * Helpers for sockets and SYN cookies. The sockets that there are, the surroundings say.
 *
 * @module
 */

import { Region, Taint } from "../region.ts";
import type { HelperCall, State } from "../state.ts";
import {
  checkCookie,
  checkRawCookie,
  type CookieSocket,
  makeCookie,
  makeRawCookie,
  type SynCookie,
} from "../syncookies.ts";

const IPV4_BYTES = 20, IPV6_BYTES = 40, TCP_BYTES = 20;
/** Bytes of a tuple, by family. */
const TUPLES: readonly number[] = [12, 36];
/** Places in struct bpf_sock. */
const FAMILY = 4, PROTOCOL = 12, STATE = 72;

/** Who lends sockets, as ring buffers lend records. */
const sockets = {};

function lookUp(protocol: "tcp" | "udp"): HelperCall {
  return (state) => {
    if (!state.device || state.find(state.registers[3]) !== state.device.contextRegion) {
      throw state.fault(`the helper's argument r1 must be the context, but is ${state.describe(1)}`);
    }
    const size = state.low(3) >>> 0;
    const tuple = state.input(2, size).slice();
    void state.wideArgument(4);
    const isKnown = TUPLES.includes(size) && state.wideArgument(5) === 0n;
    const found = isKnown ? state.environment.socketLookup(new DataView(tuple.buffer), protocol) : undefined;
    if (!found) return state.put(0, 0);
    const region = new Region("socket", "", found);
    region.writableEnd = 0;
    state.reservations.push([region, sockets]);
    state.point(0, region, 0);
  };
}

/** The socket in r1. */
function socketIn(state: State): Region {
  const { region, offset } = state.regionArgument(1);
  if (region.kind !== "socket" || offset !== 0 || region.end < 0) {
    throw state.fault(`the helper's argument r1 must be a socket, but is ${state.describe(1)}`);
  }
  return region;
}

function release(state: State): void {
  const socket = socketIn(state);
  state.reservations = state.reservations.filter(([held]) => held !== socket);
  socket.end = -1;
  state.put(0, 0);
}

function known({ view }: Region): CookieSocket {
  const [family, protocol, state] = [FAMILY, PROTOCOL, STATE].map((offset) => view.getUint32(offset, true));
  return { family, protocol, state };
}

/** Both in one word, as the kernel has it; another machine makes another cookie. */
function putCookie(state: State, { result, cookie, mss }: SynCookie): void {
  if (result !== 0) state.put(0, result);
  else state.putWide(0, BigInt(mss) << 32n | BigInt(cookie), Taint.Dirty);
}

function make(version: 4 | 6): HelperCall {
  return (state) => {
    const ip = state.input(1, version === 4 ? IPV4_BYTES : IPV6_BYTES);
    putCookie(state, makeRawCookie(version, ip, state.input(2, state.low(3) >>> 0)));
  };
}

function check(version: 4 | 6): HelperCall {
  return (state) => {
    const ip = state.input(1, version === 4 ? IPV4_BYTES : IPV6_BYTES);
    state.put(0, checkRawCookie(version, ip, state.input(2, TCP_BYTES)), Taint.Dirty);
  };
}

/** The helpers by name. */
export const socketHelpers: Readonly<Record<string, HelperCall>> = {
  sk_lookup_tcp: lookUp("tcp"),
  skc_lookup_tcp: lookUp("tcp"),
  sk_lookup_udp: lookUp("udp"),
  sk_release: release,
  tcp_gen_syncookie(state) {
    const ip = state.input(2, state.low(3) >>> 0);
    putCookie(state, makeCookie(known(socketIn(state)), ip, state.input(4, state.low(5) >>> 0)));
  },
  tcp_check_syncookie(state) {
    const ip = state.input(2, state.low(3) >>> 0);
    state.put(0, checkCookie(known(socketIn(state)), ip, state.input(4, state.low(5) >>> 0)), Taint.Dirty);
  },
  tcp_raw_gen_syncookie_ipv4: make(4),
  tcp_raw_gen_syncookie_ipv6: make(6),
  tcp_raw_check_syncookie_ipv4: check(4),
  tcp_raw_check_syncookie_ipv6: check(6),
};

/**
 * The run as plain JavaScript that is going on: variables ask for it, wherever the program finds their objects.
 *
 * @module
 */

import type { Infer, Socket, SocketTuple } from "../types/mod.ts";
import type { FibLookup } from "./fib.ts";
import type { Packet } from "./packet.ts";
import type { DevMapContext } from "./xdp_context.ts";

/** One run on one packet. */
export interface Run {
  readonly packet: Packet;
  readonly context: DevMapContext;
  /** Answers `bpf.fibLookup()`: the test's, or there are no routes. */
  readonly fibLookup?: FibLookupAnswer;
  /** Answers `bpf.skLookupTcp()` and its like: the test's, or there are no sockets. */
  readonly socketLookup?: SocketLookupAnswer;
  /** The MTU that `bpf.checkMtu()` compares with. */
  readonly mtu?: number;
  /** The interface that the program wants the packet redirected to. */
  redirectIfindex?: number;
  /** How many tail calls have led here. */
  readonly tailCalls: number;
}

/** Answers lookups of routes: may fill in the parameters, and gives the result. */
export type FibLookupAnswer = (parameters: Infer<typeof FibLookup>, flags: number) => number;

/** Answers lookups of sockets: what is to be known of the one that there is, or nothing. */
export type SocketLookupAnswer = (tuple: SocketTuple, protocol: "tcp" | "udp") => Partial<Socket> | undefined;

/** Runs are synchronous, so that there is one at a time; one inside another gives this back when it ends. */
let current: Run | undefined;

/** The run that is going on; `undefined` outside of runs. */
export function currentRun(): Run | undefined {
  return current;
}

/** Does something as part of a run. */
export function during<T>(run: Run, body: () => T): T {
  const before = current;
  current = run;
  try {
    return body();
  } finally {
    current = before;
  }
}

/**
 * What the methods of programs take and give, and what they refuse of it.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import type { Description } from "./description.ts";
import type { FibLookupAnswer, SocketLookupAnswer } from "./running.ts";
import type { DevMapContext } from "./xdp_context.ts";

/** How `EBPF.load()` generates a program. */
export interface LoadOptions {
  /**
   * The version of the instruction set to generate for, 1 to 4. Default: the newest that this kernel takes, which is tried
   * out at the first load; 4 from Linux 6.6 on, else 3.
   */
  readonly cpu?: number;
  /**
   * Whether what does not fit into the 512 bytes of stack that a program has may go to memory of each CPU: a map that only
   * the program knows. `false` refuses such programs, at the line that takes the most. Default `true`.
   */
  readonly scratch?: boolean;
}

/** What `EBPF.explain()` tells. */
export interface ExplainOptions {
  /** Also what each step of the compiler has done: how many values and blocks there were before and after. Default `false`. */
  readonly passes?: boolean;
}

/** Where and how `EBPF.test()` runs a program. */
export interface TestOptions {
  /**
   * `"js"`: `program()` is called as plain JavaScript. `"vm"`: the bytecode generated from it is run in this process.
   * Neither needs Linux or permissions. `"kernel"`: it is loaded and run by the kernel (Linux 5.15). Default `"js"`.
   */
  readonly on?: "js" | "vm" | "kernel";
  /** How many times to run it on the packet, one run after the other. Default 1. */
  readonly repeat?: number;
  /**
   * Where the packet comes from; by default the loopback interface's queue 0. The kernel wants an interface of the current
   * network namespace, and a queue that it has.
   */
  readonly context?: Partial<DevMapContext>;
  /**
   * Answers `this.bpf.fibLookup()` in runs as plain JavaScript and in the virtual machine: may fill in the parameters, and
   * gives the result. Default: nothing is forwarded.
   */
  readonly fibLookup?: FibLookupAnswer;
  /**
   * Answers `this.bpf.skLookupTcp()` and its like in runs as plain JavaScript and in the virtual machine: what is to be known of
   * the socket, `{}` at least, or `undefined` for none. The ends that were looked for need not be repeated; TCP sockets listen.
   * Default: there are no sockets.
   */
  readonly socketLookup?: SocketLookupAnswer;
  /**
   * The MTU that `this.bpf.checkMtu()` compares with in runs as plain JavaScript and in the virtual machine. Default 65536,
   * that of the loopback interface.
   */
  readonly mtu?: number;
  /** Metadata before the packet, as a driver may have left them: a multiple of 4 bytes, up to 216. Default: none. */
  readonly metadata?: Uint8Array;
}

/** How `EBPF.pin()` pins. */
export interface PinOptions {
  /** Whether what is pinned there by the same names gives way, each atomically. Default `false`. */
  readonly replace?: boolean;
}

/** What a program made of a packet. */
export interface TestResult {
  /** What it returned: an `XdpAction`, for XDP programs. */
  readonly action: number;
  /** The action's name: `"PASS"`; the number, if no action has it. */
  readonly name: string;
  /** The packet as the program left it. */
  readonly packet: Uint8Array<ArrayBuffer>;
  /** The metadata before it, as the program left them; see `packet.meta()`. */
  readonly metadata: Uint8Array<ArrayBuffer>;
  /** Nanoseconds of one run, on average. */
  readonly duration: number;
  /** The interface that `this.bpf.redirect()` named last; the kernel does not tell. */
  readonly redirectIfindex?: number;
  /** With `on: "js"`: what the program threw and did not catch. Its action is then the one for aborting. */
  readonly thrown?: unknown;
}

/** What a program made of a capture. */
export interface Replay {
  /** Packets that it ran on. */
  readonly packets: number;
  /** Packets that it could not run on: cut off, or no Ethernet frames. */
  readonly skipped: number;
  /** How often each action was the answer, by name. */
  readonly actions: Readonly<Record<string, number>>;
}

/** The kernel runs no programs of maps on test packets. */
export function demandTestable({ attachType }: Description, name: string): void {
  if (attachType === undefined) return;
  throw new EbpfError(ErrorCode.NotSupported, `Cannot test "${name}" on "kernel": that runs no programs of maps`, {
    remedy: 'Test on "vm" or "js"; live packets reach it when another program redirects to its entry',
  });
}

/** Refuses metadata that no driver could have left. */
export function demandMetadata(metadata: Uint8Array | undefined): void {
  if (!metadata || metadata.length % 4 === 0 && metadata.length <= 216) return;
  throw new EbpfError(ErrorCode.InvalidArgument, `Cannot run a program with ${metadata.length} bytes of metadata`, {
    remedy: "Give a multiple of 4 bytes, 216 at most",
  });
}

/** Refuses what is no number of runs. */
export function demandRepeat(repeat: number): void {
  if (Number.isInteger(repeat) && repeat >= 1 && repeat < 2 ** 32) return;
  throw new EbpfError(ErrorCode.InvalidArgument, `Cannot run a program ${repeat} times`, {
    remedy: "Give a whole number from 1",
  });
}

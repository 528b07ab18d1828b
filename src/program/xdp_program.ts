/**
 * What all XDP programs have in common, wherever the kernel runs them: packets, actions and settings.
 *
 * @module
 */

import type { AnyFunction } from "../compiler/unit.ts";
import { EbpfError, ErrorCode } from "../errors.ts";
import { type AttachType, ProgramType } from "../kernel/programs.ts";
import { describe, type Description } from "./description.ts";
import { EBPF } from "./ebpf.ts";
import { ProgramExit } from "./exit.ts";
import { helperIntrinsics } from "./helpers.ts";
import { memory } from "./memory.ts";
import { describe as inWords } from "./misuse.ts";
import type { Packet } from "./packet.ts";
import { packetMethods } from "./packet_methods.ts";
import { read } from "./read.ts";
import { shownFields } from "./show.ts";
import { SubProgram } from "./sub_program.ts";
import { contextFields, type DevMapContext } from "./xdp_context.ts";

/** What becomes of a packet; {@linkcode XDP} has the names. */
export type XdpAction = 0 | 1 | 2 | 3 | 4;

/** The names of the actions, by number: `enum xdp_action`, include/uapi/linux/bpf.h. */
const actions = ["ABORTED", "DROP", "PASS", "TX", "REDIRECT"] as const;

/** The key of what tells the kernel where a program is to run, unless that is an interface. */
export const attachType: unique symbol = Symbol("attach type");

/**
 * What programs have in common that see packets before the kernel does: {@linkcode XDP}, and the programs of device and CPU
 * maps.
 */
export abstract class XdpProgram extends EBPF {
  /** An error: the packet is dropped, and the tracepoint `xdp:xdp_exception` tells. */
  static readonly ABORTED: XdpAction = 0;
  /** The packet is dropped. */
  static readonly DROP: XdpAction = 1;
  /** The packet goes on to the kernel. */
  static readonly PASS: XdpAction = 2;
  /** The packet goes out again where it came in. */
  static readonly TX: XdpAction = 3;
  /** The packet goes where a redirect helper has said. */
  static readonly REDIRECT: XdpAction = 4;

  /** What leaving without an action means, also from reaching beyond the packet. Default `XDP.PASS`. */
  defaultAction: XdpAction = XdpProgram.PASS;

  /** Packets of fewer bytes leave at once with {@linkcode XdpProgram.defaultAction}; accesses up to here need no check. Default 0. */
  minimumPacketSize = 0;

  /**
   * Whether the program takes packets in several fragments (Linux 5.18): drivers demand it where the MTU is larger than a
   * page. It then sees the first fragment alone, of `packet.byteLength` bytes; `packet.totalLength` counts all of them.
   * Default `false`.
   */
  frags = false;

  /** @ignore */
  get [attachType](): AttachType | undefined {
    return undefined;
  }

  /**
   * What the kernel is to do with each packet: the source of the program.
   *
   * @param packet The packet from its Ethernet header on.
   * @param context Where it comes from, and where it goes.
   * @returns What becomes of the packet; nothing for {@linkcode XdpProgram.defaultAction}.
   */
  abstract program(packet: Packet, context: DevMapContext): XdpAction | void;

  /**
   * Leaves the program from anywhere in it, also from methods and functions that it calls. In user space outside a run it
   * throws, as it has nothing to leave.
   *
   * @param action What becomes of the packet.
   *
   * @example
   * ```ts
   * import { XDP } from "@waggle/ebpf";
   *
   * class Guard extends XDP {
   *   demand(condition: boolean) {
   *     if (!condition) this.exit(XDP.DROP);
   *   }
   *   program() {
   *     this.demand(this.minimumPacketSize === 0);
   *     return XDP.PASS;
   *   }
   * }
   *
   * console.log(new Guard().test(new Uint8Array(64)).name === "PASS");
   * ```
   */
  exit(action: XdpAction): never {
    throw new ProgramExit(action);
  }

  /**
   * Settings only where they are not as usual.
   *
   * @ignore
   */
  override [shownFields](): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(this).filter(([name, value]) => !usual.has(name) || usual.get(name) !== value),
    );
  }

  /** @ignore */
  override [describe](): Description {
    const { program: entry, defaultAction, minimumPacketSize, frags } = this;
    demandSettings(this[memory].name, defaultAction, minimumPacketSize);
    return {
      type: ProgramType.Xdp,
      context: "xdp_md",
      actions,
      attachType: this[attachType],
      aborted: XdpProgram.ABORTED,
      builtins,
      intrinsics,
      packetMethods,
      contextFields: contextFields(this[attachType]),
      entry,
      defaultAction,
      minimumPacketSize,
      frags,
    };
  }
}

/** The settings of a program that does not change them. */
const usual = new Map<string, unknown>([["defaultAction", XdpProgram.PASS], ["minimumPacketSize", 0], [
  "frags",
  false,
]]);

/** The classes that programs may name without capturing them: for their actions, which are the same everywhere. */
const builtins = new Map(["XDP", "DevMapProgram", "CpuMapProgram"].map((name) => [name, XdpProgram]));

/** The methods that the compiler knows, by its names for them. */
const intrinsics = new Map<AnyFunction, string>([
  [XdpProgram.prototype.exit, "exit"],
  [SubProgram.prototype.exit, "exit"],
  [read, "read"],
  ...helperIntrinsics,
]);

/** Longer packets there are none. */
const largestPacket = 0xffff;

function demandSettings(name: string, defaultAction: unknown, minimumPacketSize: number): void {
  if (!Object.hasOwn(actions, String(defaultAction))) {
    throw new EbpfError(
      ErrorCode.InvalidArgument,
      `Cannot use ${inWords(defaultAction)} as defaultAction of "${name}"`,
      {
        remedy: "Give one of XDP.ABORTED, DROP, PASS, TX and REDIRECT",
      },
    );
  }
  if (!Number.isInteger(minimumPacketSize) || minimumPacketSize < 0 || minimumPacketSize > largestPacket) {
    const what = `Cannot use ${inWords(minimumPacketSize)} as minimumPacketSize of "${name}"`;
    throw new EbpfError(ErrorCode.InvalidArgument, what, { remedy: `Give a whole number from 0 to ${largestPacket}` });
  }
}

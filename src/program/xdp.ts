/**
 * XDP: programs that see each packet as it comes in from a network interface, before the kernel does.
 *
 * @module
 */

import type { AnyFunction } from "../compiler/unit.ts";
import { EbpfError, ErrorCode } from "../errors.ts";
import { interfaceIndex } from "../kernel/mod.ts";
import { ProgramType } from "../kernel/programs.ts";
import { type AttachOptions, attachProgram, detachFrom, type DetachOptions } from "./attach.ts";
import { describe, type Description } from "./description.ts";
import { EBPF, loadedProgram } from "./ebpf.ts";
import type { XdpLink } from "./link.ts";
import { memory } from "./memory.ts";
import { currentNamespace } from "./namespace.ts";
import { SubProgram } from "./sub_program.ts";
import { describe as inWords } from "./misuse.ts";
import { ProgramExit } from "./exit.ts";
import { Helpers } from "./helpers.ts";
import { type Packet, packetMethods } from "./packet.ts";

/** What becomes of a packet; {@linkcode XDP} has the names. */
export type XdpAction = 0 | 1 | 2 | 3 | 4;

/** The names of the actions, by number: `enum xdp_action`, include/uapi/linux/bpf.h. */
const actions = ["ABORTED", "DROP", "PASS", "TX", "REDIRECT"] as const;

/**
 * A program that sees each packet of a network interface before the kernel does.
 *
 * Its `program()` is compiled from its own text for the kernel, and runs as plain JavaScript in tests.
 *
 * @example
 * ```ts
 * import { globalVar, u32, XDP } from "@waggle/ebpf";
 *
 * class Count extends XDP {
 *   @globalVar(u32) accessor count = 0;
 *
 *   program() {
 *     this.count += 1;
 *     return XDP.PASS;
 *   }
 * }
 *
 * using counter = new Count();
 * counter.test(new Uint8Array(64), { on: "js", repeat: 3 });
 * console.log(counter.count === 3);
 * ```
 */
export abstract class XDP extends EBPF {
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
  defaultAction: XdpAction = XDP.PASS;

  /** Packets of fewer bytes leave at once with {@linkcode XDP.defaultAction}; accesses up to here need no check. Default 0. */
  minimumPacketSize = 0;

  readonly #links = new Set<XdpLink>();

  /**
   * What the kernel is to do with each packet: the source of the program.
   *
   * @param packet The packet from its Ethernet header on.
   * @returns What becomes of the packet; nothing for {@linkcode XDP.defaultAction}.
   */
  abstract program(packet: Packet): XdpAction | void;

  /**
   * Attaches the program to a network interface of the current network namespace, and loads it first if need be.
   *
   * It is detached with the link's scope, with this object's `close()`, and when the process ends, however it ends;
   * `persist` lets it stay. Attaching again to the same interface in the same way gives the same link.
   *
   * @param name The interface: `"eth0"`.
   * @param options Mode, and what may be replaced.
   * @returns The hold on the attachment; its `mode` says what it is.
   * @throws {EbpfError} As {@linkcode EBPF.load}; `NoSuchInterface`; `InterfaceBusy` if another program is there and
   * `replace` is not given, or a link of another process holds it; `ModeNotSupported`; `NotPermitted` without
   * CAP_NET_ADMIN.
   *
   * @example
   * ```ts ignore
   * using counter = new Count();
   * using link = counter.attach("eth0", { mode: "skb" });
   * ```
   */
  attach(name: string, options: AttachOptions = {}): XdpLink {
    demandOptions(name, options);
    // First, so that a misspelt name loads nothing.
    const index = interfaceIndex(name);
    this.load();
    const namespace = currentNamespace();
    const known = this.#linkTo(index, namespace);
    if (known?.attached && suits(known, options)) return known;
    if (options.replace) known?.detach();
    const program = this[loadedProgram]();
    const released = () => this.#links.delete(link);
    const link: XdpLink = attachProgram({ program, interface: name, index, namespace, released }, options);
    this.#links.add(link);
    return link;
  }

  /**
   * Detaches the program from a network interface: this object's attachment, or a persistent one that an earlier process
   * made with this class. What others have attached stays.
   *
   * @param name The interface.
   * @param options `force` detaches whatever is there, also others' programs.
   * @returns Whether something was attached.
   * @throws {EbpfError} `InterfaceBusy` if another program is there, or a link of another process holds it;
   * `NoSuchInterface`; `NotPermitted` without CAP_NET_ADMIN and (to know a program of an earlier process) CAP_SYS_ADMIN.
   *
   * @example
   * ```ts ignore
   * new Count().detach("eth0");   // after an earlier attach("eth0", { persist: true })
   * ```
   */
  detach(name: string, options: DetachOptions = {}): boolean {
    const index = interfaceIndex(name);
    const link = this.#linkTo(index, currentNamespace());
    const there = link?.attached ?? false;
    link?.detach();
    return there || detachFrom(index, this[memory].name, options);
  }

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

  /** Detaches all but persistent attachments, and frees the rest as for all programs. */
  override close(): void {
    for (const link of this.#links) link[Symbol.dispose]();
    super.close();
  }

  /** The newest of this object's links to an interface. */
  #linkTo(index: number, namespace: number): XdpLink | undefined {
    return [...this.#links].findLast((link) => link.interfaceIndex === index && link.namespace === namespace);
  }

  /** @ignore */
  override [describe](): Description {
    const { program: entry, defaultAction, minimumPacketSize } = this;
    demandSettings(this[memory].name, defaultAction, minimumPacketSize);
    return {
      type: ProgramType.Xdp,
      context: "xdp_md",
      actions,
      aborted: XDP.ABORTED,
      builtins: new Map([["XDP", XDP]]),
      intrinsics,
      packetMethods,
      entry,
      defaultAction,
      minimumPacketSize,
    };
  }
}

/** The methods that the compiler knows, by its names for them. */
const intrinsics = new Map<AnyFunction, string>([
  [XDP.prototype.exit, "exit"],
  [SubProgram.prototype.exit, "exit"],
  [Helpers.prototype.ktimeGetNs, "ktimeGetNs"],
  [Helpers.prototype.getPrandomU32, "getPrandomU32"],
  [Helpers.prototype.getSmpProcessorId, "getSmpProcessorId"],
]);

/** Whether a link is what these options ask for. */
function suits({ mode, persistent }: XdpLink, options: AttachOptions): boolean {
  const { mode: wanted = "auto", persist = false } = options;
  return persist === persistent && (wanted === "auto" || wanted === mode);
}

function demandOptions(name: string, { mode = "auto" }: AttachOptions): void {
  if (typeof name !== "string") {
    throw new EbpfError(ErrorCode.InvalidArgument, `Cannot attach to ${inWords(name)}: it is no interface's name`, {
      remedy: 'Give a name: attach("eth0")',
    });
  }
  if (["auto", "skb", "drv", "hw"].includes(mode)) return;
  throw new EbpfError(ErrorCode.InvalidArgument, `Cannot attach in mode ${inWords(mode)}`, {
    remedy: 'The modes are "auto", "skb", "drv" and "hw"',
  });
}

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

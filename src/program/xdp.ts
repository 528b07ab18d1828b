/**
 * XDP: programs that see each packet as it comes in from a network interface, before the kernel does.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { type Descriptor, interfaceIndex, interfaceName, NetworkNamespace } from "../kernel/mod.ts";
import { type AttachOptions, attachProgram, detachFrom, type DetachOptions } from "./attach.ts";
import { type AttachedProgram, attachedTo } from "./attached.ts";
import { loadAfter, loadedProgram, openLinks, replaceAttached } from "./ebpf.ts";
import { current, follow, letGo, type LinkOwner, release, swap, take, type XdpLink } from "./link.ts";
import { memory } from "./memory.ts";
import { describe as inWords } from "./misuse.ts";
import { inNamespace } from "./namespace.ts";
import type { Packet } from "./packet.ts";
import { linksPinnedIn } from "./pinned_links.ts";
import { state } from "./show.ts";
import type { XdpContext } from "./xdp_context.ts";
import { type XdpAction, XdpProgram } from "./xdp_program.ts";

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
export abstract class XDP extends XdpProgram {
  readonly #links = new Set<XdpLink>();

  /**
   * What the kernel is to do with each packet: the source of the program.
   *
   * @param packet The packet from its Ethernet header on.
   * @param context Where it comes from.
   * @returns What becomes of the packet; nothing for `defaultAction`.
   */
  abstract override program(packet: Packet, context: XdpContext): XdpAction | void;

  /**
   * Attaches the program to a network interface, and loads it first if need be.
   *
   * It is detached with the link's scope, with this object's `close()`, and when the process ends, however it ends;
   * `persist` lets it stay. It may be attached to many interfaces at once. Attaching again to the same interface in the
   * same way gives the same link.
   *
   * @param to The interface: its name (`"eth0"`) or its index.
   * @param options Mode, what may be replaced, and the network namespace.
   * @returns The hold on the attachment; its `mode` says what it is.
   * @throws {EbpfError} As {@linkcode EBPF.load}; `NoSuchInterface`; `InterfaceBusy` if another program is there and
   * `replace` does not let it give way, or a link of another process holds it; `ModeNotSupported`; `NotFound` for the
   * namespace; `NotPermitted` without CAP_NET_ADMIN, and for another namespace CAP_SYS_ADMIN.
   *
   * @example
   * ```ts ignore
   * using counter = new Count();
   * using link = counter.attach("eth0", { mode: "skb" });
   * ```
   */
  attach(to: string | number, options: AttachOptions = {}): XdpLink {
    demandOptions(to, options);
    return inNamespace(options.namespace, () => {
      // First, so that a misspelt name loads nothing.
      const found = findInterface(to);
      this.load();
      const known = this.#linkTo(found.index);
      if (known?.attached && suits(known, options)) return known;
      if (options.replace) known?.detach();
      const link = attachProgram({ owner: this, interface: found.name, index: found.index }, options);
      this.#links.add(link);
      return link;
    });
  }

  /**
   * Detaches the program from a network interface: this object's attachment, or a persistent one that an earlier process
   * made with this class. What others have attached stays.
   *
   * @param from The interface: its name (`"eth0"`) or its index.
   * @param options The network namespace; `force` detaches whatever is there, also others' programs.
   * @returns Whether something was attached.
   * @throws {EbpfError} `InterfaceBusy` if another program is there, or a link of another process holds it;
   * `NoSuchInterface`; `NotFound` for the namespace; `NotPermitted` without CAP_NET_ADMIN and (to know a program of an
   * earlier process, and for another namespace) CAP_SYS_ADMIN.
   *
   * @example
   * ```ts ignore
   * new Count().detach("eth0");   // after an earlier attach("eth0", { persist: true })
   * ```
   */
  detach(from: string | number, options: DetachOptions = {}): boolean {
    demandInterface(from, "detach from");
    return inNamespace(options.namespace, () => {
      const { index } = findInterface(from);
      const link = this.#linkTo(index);
      const there = link?.attached ?? false;
      link?.detach();
      return there || detachFrom(index, this[memory].name, options);
    });
  }

  /**
   * What is attached to a network interface, whoever attached it.
   *
   * @param to The interface: its name (`"eth0"`) or its index.
   * @param options The network namespace.
   * @returns No program, one, or one on the network card and one in the driver.
   * @throws {EbpfError} `NoSuchInterface`; `NotFound` for the namespace.
   *
   * @example
   * ```ts ignore
   * for (const { mode, name, ours } of XDP.attached("eth0")) console.log(mode, name, ours ? "ours" : "a stranger's");
   * ```
   */
  static attached(to: string | number, { namespace }: Pick<AttachOptions, "namespace"> = {}): AttachedProgram[] {
    demandInterface(to, "look at");
    return inNamespace(namespace, () => attachedTo(findInterface(to).index));
  }

  /** Detaches all but persistent attachments, and frees the rest as for all programs. */
  override close(): void {
    for (const link of this.#links) {
      link[Symbol.dispose]();
      link[letGo]();
    }
    super.close();
  }

  /** This object's attachments, the oldest first; after {@linkcode EBPF.open} those that are pinned in the folder. */
  get attachments(): readonly XdpLink[] {
    return [...this.#links];
  }

  /** @ignore */
  override [state](): string {
    const places = this.attachments.filter(({ attached }) => attached).map((link) => `${link.interface}, ${link.mode}`);
    return places.length > 0 ? `attached to ${places.join("; ")}` : super[state]();
  }

  /** @ignore */
  override [openLinks](folder: string): void {
    for (const link of linksPinnedIn(folder, this, this[loadedProgram]())) this.#links.add(link);
  }

  /** The newest of this object's links to an interface of the current network namespace. */
  #linkTo(index: number): XdpLink | undefined {
    const namespace = NetworkNamespace.currentNumber;
    return [...this.#links].findLast((link) => link.interfaceIndex === index && link.namespace === namespace);
  }

  /** @ignore */
  [current](): Descriptor {
    return this[loadedProgram]();
  }

  /** @ignore */
  [follow](earlier: LinkOwner): Descriptor {
    return this[loadAfter](earlier as XDP);
  }

  /** @ignore */
  [take](link: XdpLink): void {
    this.#links.add(link);
  }

  /** @ignore */
  [release](link: XdpLink): void {
    this.#links.delete(link);
  }

  /** @ignore */
  override [replaceAttached](program: Descriptor, old: Descriptor): void {
    const done: XdpLink[] = [];
    try {
      for (const link of this.#links) {
        if (!link.attached) continue;
        link[swap](program, old);
        done.push(link);
      }
    } catch (error) {
      for (const link of done) link[swap](old, program);
      throw error;
    }
  }
}

/** Whether a link is what these options ask for. */
function suits({ mode, persistent }: XdpLink, options: AttachOptions): boolean {
  const { mode: wanted = "auto", persist = false } = options;
  return persist === persistent && (wanted === "auto" || wanted === mode);
}

function demandOptions(to: unknown, { mode = "auto", replace = false }: AttachOptions): void {
  demandInterface(to, "attach to");
  if (!["auto", "skb", "drv", "hw"].includes(mode)) {
    throw new EbpfError(ErrorCode.InvalidArgument, `Cannot attach in mode ${inWords(mode)}`, {
      remedy: 'The modes are "auto", "skb", "drv" and "hw"',
    });
  }
  if (typeof replace === "boolean" || Number.isInteger(replace) && replace > 0) return;
  throw new EbpfError(ErrorCode.InvalidArgument, `Cannot replace ${inWords(replace)}`, {
    remedy: "Give true, or the number of the program that may be replaced: XDP.attached(interface) has it",
  });
}

function demandInterface(which: unknown, verb: string): void {
  if (typeof which === "string" || Number.isInteger(which)) return;
  throw new EbpfError(ErrorCode.InvalidArgument, `Cannot ${verb} ${inWords(which)}: it is no interface`, {
    remedy: 'Give its name ("eth0") or its index',
  });
}

/** An interface of the current network namespace. */
function findInterface(which: string | number): { readonly name: string; readonly index: number } {
  if (typeof which === "string") return { name: which, index: interfaceIndex(which) };
  return { name: interfaceName(which), index: which };
}

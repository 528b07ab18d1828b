/**
 * What attaching gives: the hold on an attachment.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { removeFile } from "../kernel/folders.ts";
import {
  type Descriptor,
  detachLink,
  detachProgram,
  linkInfo,
  pinAll,
  programInfo,
  queryXdp,
  replaceNetlink,
  updateLink,
  type XdpMode,
} from "../kernel/mod.ts";
import { describe } from "./misuse.ts";
import type { HeldNamespace } from "./namespace.ts";
import type { XDP } from "./xdp.ts";

/** How an attachment is held. */
export type Hold =
  | {
    /** By a link: it ends with its descriptor, at the latest with the process. */
    readonly kind: "link";
    readonly descriptor: Descriptor;
  }
  | {
    /** By the interface itself, until somebody detaches it. */
    readonly kind: "netlink";
    /** Whether it is to outlive this process. */
    readonly persist: boolean;
    /** The interface's namespace: changes are made there. */
    readonly namespace: HeldNamespace;
  };

/** The program that an attachment belongs to. */
export interface LinkOwner {
  /** Loads the program if need be: with the variables and maps of the program that it is to follow. */
  [follow](earlier: LinkOwner): Descriptor;
  /** The program in the kernel. */
  [current](): Descriptor;
  /** The attachment is this program's from now on. */
  [take](link: XdpLink): void;
  /** The attachment is not this program's any more. */
  [release](link: XdpLink): void;
}

/** The key of {@linkcode LinkOwner}'s methods. */
export const follow: unique symbol = Symbol("follow");
/** The key of {@linkcode LinkOwner}'s methods. */
export const current: unique symbol = Symbol("current");
/** The key of {@linkcode LinkOwner}'s methods. */
export const take: unique symbol = Symbol("take");
/** The key of {@linkcode LinkOwner}'s methods. */
export const release: unique symbol = Symbol("release");
/** The key of the method that frees what a link holds of a persistent attachment. */
export const letGo: unique symbol = Symbol("let go");
/** The key of the method that puts another program into an attachment. */
export const swap: unique symbol = Symbol("swap");

/** Where and what is attached. */
export interface Attached {
  readonly owner: LinkOwner;
  readonly interface: string;
  readonly index: number;
  /** The number of the interface's network namespace. */
  readonly namespace: number;
  readonly mode: XdpMode;
  readonly fallback: string | undefined;
  readonly programId: number;
}

/**
 * An attachment of a program to a network interface. It is detached with its scope (`using link = …`), by `detach()`,
 * by the program's `close()`, and when the process ends in any way; unless it is persistent.
 *
 * @example
 * ```ts ignore
 * using link = counter.attach("eth0");
 * console.log(link.mode);   // "drv" or "skb"
 * ```
 */
export class XdpLink {
  /** The interface's name. */
  readonly interface: string;
  /** The interface's index in its network namespace. */
  readonly interfaceIndex: number;
  /** What the attachment really is: by the driver, generic, or on the network card. */
  readonly mode: XdpMode;
  /** Where `mode: "auto"` came to generic mode: why the driver cannot, in words; otherwise `undefined`. */
  readonly fallback: string | undefined;
  /** The number of the interface's network namespace: 4026531840 for `net:[4026531840]`, as in /proc/PID/ns. */
  readonly namespace: number;
  readonly #hold: Hold;
  readonly #ended: () => void;
  #owner: LinkOwner;
  #programId: number;
  /** Where a link is pinned. */
  #pin: string | undefined;
  #detached = false;

  /** @ignore */
  constructor(attached: Attached, hold: Hold, ended: () => void, pin?: string) {
    this.#pin = pin;
    this.interface = attached.interface;
    this.interfaceIndex = attached.index;
    this.mode = attached.mode;
    this.fallback = attached.fallback;
    this.namespace = attached.namespace;
    this.#owner = attached.owner;
    this.#programId = attached.programId;
    this.#hold = hold;
    this.#ended = ended;
  }

  /** The kernel's number for the program, as in `bpftool prog show`; another one after `update()` and `reload()`. */
  get programId(): number {
    return this.#programId;
  }

  /**
   * How it is held: `"link"` by a `bpf_link`, which the kernel removes with the process; `"netlink"` by the interface
   * itself: a persistent attachment, or one on a kernel without links.
   */
  get via(): "link" | "netlink" {
    return this.#hold.kind;
  }

  /** Whether it outlives this process. */
  get persistent(): boolean {
    return this.#hold.kind === "link" ? this.#pin !== undefined : this.#hold.persist;
  }

  /** Whether it is still there, as the kernel has it: others may have detached it, or removed the interface. */
  get attached(): boolean {
    if (this.#detached) return false;
    if (this.#hold.kind === "link") return linkInfo(this.#hold.descriptor).interfaceIndex !== 0;
    return ifThere(this.#hold, () => queryXdp(this.interfaceIndex)).some(({ programId }) =>
      programId === this.programId
    );
  }

  /**
   * Puts another program in this one's place, atomically: no packet passes without one of both. The attachment is the
   * other object's from then on: it ends with that one's `close()`, and no longer with this one's.
   *
   * A program that is not loaded yet takes over the variables and the maps: both objects then have the same. It must
   * declare them as this one does. A program that is loaded already keeps its own.
   *
   * @param program The other program, also of another class.
   * @throws {EbpfError} As {@linkcode EBPF.load}; `InvalidArgument` if the variables differ: the message names both sides;
   * `Closed` if the attachment is gone. Then this one stays in its place.
   *
   * @example
   * ```ts ignore
   * using counter = new Count();
   * using link = counter.attach("eth0");
   * using better = new BetterCount();
   * link.update(better);
   * console.log(better.count === counter.count);
   * ```
   */
  update(program: XDP): void {
    const owner: LinkOwner = demandOwner(program);
    this.#demandAttached();
    if (owner === this.#owner) return;
    const old = this.#owner[current]();
    this[swap](owner[follow](this.#owner), old);
    this.#owner[release](this);
    this.#owner = owner;
    owner[take](this);
  }

  /**
   * Gives a link a name in a folder of a bpffs: it outlives this process then, and is no longer detached with its scope or
   * its program. Pin the program in the same folder, and `X.open(folder)` finds the link among its `attachments`.
   *
   * @param folder The folder: `"/sys/fs/bpf/count"`. It is made if it is not there.
   * @throws {EbpfError} `InvalidArgument` if the folder is not in a bpffs, or this link is pinned already; `NotSupported` for
   * attachments without a link: they persist by themselves with `persist: true`; `Closed` if it is detached; `NotPermitted`
   * without CAP_BPF.
   *
   * @example
   * ```ts ignore
   * counter.pin("/sys/fs/bpf/count");
   * counter.attach("eth0").pin("/sys/fs/bpf/count");
   * // …and, in another process:
   * using counter = Count.open("/sys/fs/bpf/count");
   * counter.attachments[0].detach();
   * ```
   */
  pin(folder: string): void {
    this.#demandAttached();
    const operation = `pin the link to ${this.interface}`;
    if (this.#hold.kind !== "link") {
      throw new EbpfError(ErrorCode.NotSupported, `Cannot ${operation}: it is attached by netlink`, {
        remedy: "attach(interface, { persist: true }) stays without a pin",
      });
    }
    if (this.#pin !== undefined) {
      throw new EbpfError(ErrorCode.InvalidArgument, `Cannot ${operation}: it is pinned as ${this.#pin}`);
    }
    const name = pinOfLink(this);
    pinAll(folder, new Map([[name, this.#hold.descriptor]]), { operation, replace: false });
    this.#pin = `${folder}/${name}`;
  }

  /** @ignore */
  [swap](program: Descriptor, old: Descriptor): void {
    if (this.#hold.kind === "link") updateLink(this.#hold.descriptor, program, old);
    else this.#hold.namespace.run(() => replaceNetlink(program, old, this.interfaceIndex, this.mode));
    this.#programId = programInfo(program).id;
  }

  #demandAttached(): void {
    if (!this.#detached) return;
    throw new EbpfError(ErrorCode.Closed, `Cannot update the link to ${this.interface}: it is detached`, {
      remedy: "Attach the other program: attach(interface)",
    });
  }

  /**
   * Detaches the program, also if it is persistent. Detaching again does nothing.
   *
   * @throws {EbpfError} `NotPermitted` without CAP_NET_ADMIN, for attachments via netlink.
   */
  detach(): void {
    if (this.#detached) return;
    if (this.#hold.kind === "link") this.#detachLink(this.#hold.descriptor);
    else ifThere(this.#hold, () => [detachProgram(this.interfaceIndex, this.programId)]);
    this.#detached = true;
    this[letGo]();
    this.#ended();
    this.#owner[release](this);
  }

  #detachLink(descriptor: Descriptor): void {
    if (this.#pin !== undefined) {
      detachLink(descriptor);
      removeFile(this.#pin);
    }
    descriptor.close();
  }

  /** Detaches the program at the end of a `using` scope, unless it is persistent. */
  [Symbol.dispose](): void {
    if (!this.persistent) this.detach();
  }

  /** @ignore */
  [letGo](): void {
    if (this.#hold.kind === "netlink") this.#hold.namespace.close();
    else this.#hold.descriptor.close();
  }
}

/** The name of a link's pin: the interface's index, and the number of its namespace. */
export function pinOfLink({ namespace, interfaceIndex }: Pick<XdpLink, "namespace" | "interfaceIndex">): string {
  return `link_${namespace}_${interfaceIndex}`;
}

function demandOwner(program: XDP): LinkOwner {
  if (typeof program === "object" && program !== null && follow in program) return program;
  throw new EbpfError(ErrorCode.InvalidArgument, `Cannot update a link with ${describe(program)}`, {
    remedy: "Give an object of a program's class: link.update(new Count())",
  });
}

/** Looks in the interface's namespace. An interface that is gone has taken its attachments with it. */
function ifThere<T>({ namespace }: { readonly namespace: HeldNamespace }, look: () => T[]): T[] {
  try {
    return namespace.run(look);
  } catch (error) {
    if (error instanceof EbpfError && error.code === ErrorCode.NoSuchInterface) return [];
    throw error;
  }
}

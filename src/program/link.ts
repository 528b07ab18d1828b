/**
 * What attaching gives: the hold on an attachment.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { type Descriptor, detachProgram, linkInfo, queryXdp, type XdpMode } from "../kernel/mod.ts";

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
  };

/** Where and what is attached. */
export interface Attached {
  readonly interface: string;
  readonly index: number;
  /** The number of the interface's network namespace. */
  readonly namespace: number;
  readonly mode: XdpMode;
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
  /** The interface's name, as given to `attach()`. */
  readonly interface: string;
  /** The interface's index in its network namespace. */
  readonly interfaceIndex: number;
  /** @ignore */
  readonly namespace: number;
  /** What the attachment really is: by the driver, generic, or on the network card. */
  readonly mode: XdpMode;
  /** The kernel's number for the program, as in `bpftool prog show`. */
  readonly programId: number;
  readonly #hold: Hold;
  readonly #released: () => void;
  #detached = false;

  /** @ignore */
  constructor({ interface: name, index, namespace, mode, programId }: Attached, hold: Hold, released: () => void) {
    this.interface = name;
    this.interfaceIndex = index;
    this.namespace = namespace;
    this.mode = mode;
    this.programId = programId;
    this.#hold = hold;
    this.#released = released;
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
    return this.#hold.kind === "netlink" && this.#hold.persist;
  }

  /**
   * Whether it is still there, as the kernel has it: others may have detached it, or removed the interface.
   *
   * Of an attachment via netlink it can be said only in the interface's network namespace.
   */
  get attached(): boolean {
    if (this.#detached) return false;
    if (this.#hold.kind === "link") return linkInfo(this.#hold.descriptor).interfaceIndex !== 0;
    return ifThere(() => queryXdp(this.interfaceIndex)).some(({ programId }) => programId === this.programId);
  }

  /**
   * Detaches the program, also if it is persistent. Detaching again does nothing. An attachment via netlink is detached
   * in the interface's network namespace only.
   *
   * @throws {EbpfError} `NotPermitted` without CAP_NET_ADMIN, for attachments via netlink.
   */
  detach(): void {
    if (this.#detached) return;
    if (this.#hold.kind === "link") this.#hold.descriptor.close();
    else ifThere(() => [detachProgram(this.interfaceIndex, this.programId)]);
    this.#detached = true;
    this.#released();
  }

  /** Detaches the program at the end of a `using` scope, unless it is persistent. */
  [Symbol.dispose](): void {
    if (!this.persistent) this.detach();
  }
}

/** An interface that is gone has taken its attachments with it. */
function ifThere<T>(look: () => T[]): T[] {
  try {
    return look();
  } catch (error) {
    if (error instanceof EbpfError && error.code === ErrorCode.NoSuchInterface) return [];
    throw error;
  }
}

/**
 * Network namespaces of attachments: interfaces' names and indexes repeat from one namespace to the other.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { closing, NetworkNamespace } from "../kernel/mod.ts";
import { describe } from "./misuse.ts";

/**
 * A network namespace: the path of its file (`"/run/netns/blue"`), its name under /run/netns (`"blue"`), or the number of
 * a process that is in it.
 */
export type NamespaceChoice = string | number;

/** A namespace that is held open, so that one can come back to it. */
export class HeldNamespace {
  /** By this number, namespaces are told apart. */
  readonly number: number;
  readonly #namespace: NetworkNamespace;

  /**
   * Opens a namespace; without a choice the calling thread's.
   *
   * @throws {EbpfError} `NotFound`; `InvalidArgument`.
   */
  constructor(choice: NamespaceChoice | undefined) {
    this.#namespace = choice === undefined ? NetworkNamespace.current() : NetworkNamespace.open(fileOf(choice));
    this.number = this.#namespace.number;
  }

  /** Does something in it, synchronously; entering another namespace than the thread's needs CAP_SYS_ADMIN. */
  run<T>(work: () => T): T {
    return this.number !== 0 && this.number === NetworkNamespace.currentNumber ? work() : this.#namespace.run(work);
  }

  /** Lets go of it. */
  close(): void {
    this.#namespace.close();
  }
}

/**
 * Does something in a namespace, synchronously; without a choice in the calling thread's.
 *
 * @throws {EbpfError} As {@linkcode HeldNamespace}; `NotPermitted` without CAP_SYS_ADMIN.
 */
export function inNamespace<T>(choice: NamespaceChoice | undefined, work: () => T): T {
  return choice === undefined ? work() : closing(new HeldNamespace(choice), (namespace) => namespace.run(work));
}

function fileOf(choice: NamespaceChoice): string {
  if (typeof choice === "number" && Number.isInteger(choice) && choice > 0) return `/proc/${choice}/ns/net`;
  if (typeof choice === "string" && choice !== "") return choice.includes("/") ? choice : `/run/netns/${choice}`;
  throw new EbpfError(ErrorCode.InvalidArgument, `Cannot find network namespace ${describe(choice)}`, {
    remedy: 'Give a file ("/run/netns/blue"), a name under /run/netns ("blue"), or the number of a process',
  });
}

/**
 * File descriptors with an owner.
 *
 * @module
 */
import { EbpfError, ErrorCode } from "../errors.ts";
import { errnoText } from "./errno.ts";
import { syscall, word } from "./syscall.ts";

/**
 * An open file descriptor: closed once, by {@linkcode Descriptor.close} or at the end of a `using` scope.
 *
 * @example
 * ```ts ignore
 * using map = createMap({ type: MapType.Array, keySize: 4, valueSize: 8, maxEntries: 1, name: "counts" });
 * ```
 */
export class Descriptor {
  readonly #what: string;
  #fd: number;

  /**
   * Takes over an open descriptor.
   *
   * @param fd The descriptor, owned from here on.
   * @param what What it is, for messages: `map "counts"`.
   */
  constructor(fd: number, what: string) {
    this.#fd = fd;
    this.#what = what;
  }

  /**
   * The number.
   *
   * @throws {EbpfError} `Closed` after `close()`: the number may be another file's by then.
   */
  get fd(): number {
    if (this.#fd >= 0) return this.#fd;
    throw new EbpfError(ErrorCode.Closed, `Cannot use ${this.#what}: it is closed`);
  }

  /** What it is, for messages. */
  get what(): string {
    return this.#what;
  }

  /** Whether `close()` has been called. */
  get closed(): boolean {
    return this.#fd < 0;
  }

  /** Closes it. Closing again does nothing. */
  close(): void {
    const fd = this.#fd;
    this.#fd = -1;
    // Never repeated: Linux has freed the number even when close() says EINTR.
    if (fd >= 0) syscall("close", word(fd));
  }

  /** As `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** `F_DUPFD_CLOEXEC`, from the kernel's include/uapi/linux/fcntl.h. */
const duplicateCommand = 1030n;

/**
 * Another descriptor of the same object, with an owner of its own.
 *
 * @throws {EbpfError} `SystemCallFailed` if there are too many open.
 */
export function duplicate(descriptor: Descriptor): Descriptor {
  const fd = syscall("fcntl", word(descriptor.fd), duplicateCommand, 0n);
  if (fd >= 0) return new Descriptor(fd, descriptor.what);
  throw new EbpfError(ErrorCode.SystemCallFailed, `Cannot hold ${descriptor.what} twice: ${errnoText(-fd)}`, {
    errno: -fd,
    remedy: "Close programs and maps that are no longer used, or raise the limit: ulimit -n",
  });
}

/** What can be closed: descriptors, and what owns some. */
export interface Closable {
  /** Frees it. Closing again does nothing. */
  close(): void;
}

/**
 * Uses something and closes it, whatever happens. The library's own `using`: engines without that syntax (Safari,
 * Node 22) must be able to read this code, although they never come to run it.
 */
export function closing<R extends Closable, T>(resource: R, use: (resource: R) => T): T {
  try {
    return use(resource);
  } finally {
    resource.close();
  }
}

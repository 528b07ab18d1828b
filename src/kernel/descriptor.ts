/**
 * File descriptors with an owner.
 *
 * @module
 */
import { EbpfError, ErrorCode } from "../errors.ts";
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

  [Symbol.dispose](): void {
    this.close();
  }
}

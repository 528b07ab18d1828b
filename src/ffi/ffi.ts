/**
 * What the library needs of a runtime's foreign function interface; `deno.ts` and `bun.ts` implement it.
 *
 * @module
 */

/** A number or address for a system call. Addresses and anything that may pass 2^31 are bigint. */
export type SyscallArgument = bigint;

/** All arguments that a system call can have. */
export type SixArguments = readonly [
  ...[SyscallArgument, SyscallArgument, SyscallArgument],
  ...[SyscallArgument, SyscallArgument, SyscallArgument],
];

/** One runtime's way to libc. Everything is synchronous. */
export interface Ffi {
  /** Which runtime this is. */
  readonly runtime: "deno" | "bun";
  /** Node's name for the processor: `"x64"`, `"arm64"`, `"riscv64"`, … */
  readonly architecture: string;
  /**
   * Calls libc's `syscall`.
   *
   * @param values The arguments, six at most; those that are left out are 0.
   * @returns The result, or the negated errno. Results are at most 32 bits; see {@linkcode syscallAddress}.
   */
  syscall(number: number, ...values: SyscallArgument[]): number;
  /** As {@linkcode syscall} for calls that answer with an address (mmap): the address, or the negated errno. */
  syscallAddress(number: number, ...values: SixArguments): bigint;
  /**
   * A system call whose arguments stay what they are, converted once: for calls that are made often. What it gives
   * returns as {@linkcode syscall} does.
   */
  prepare(number: number, ...values: SyscallArgument[]): () => number;
  /**
   * The address of a buffer's first byte. The buffer must be a view over its own `ArrayBuffer` (Bun moves small inline
   * ones) and must be kept referenced until the call that uses the address is done.
   */
  address(buffer: ArrayBufferView): bigint;
  /** An `ArrayBuffer` that aliases `length` bytes at `address`. Detach it (`transfer()`) before the memory goes. */
  alias(address: bigint, length: number): ArrayBuffer;
  /** Prepares to wait for an epoll set's events without holding up the thread. Costs nothing before it is started. */
  watch(set: WatchedSet): Watch;
}

/** An epoll set, and what its watcher must know. */
export interface WatchedSet {
  /** The number of epoll_pwait. */
  readonly epollWait: number;
  /** The set's descriptor. Its events must be of the kind that is given once (`EPOLLONESHOT`). */
  readonly epoll: number;
  /** Bytes of one `struct epoll_event`. */
  readonly eventSize: number;
  /** Where in it the low 32 bits of its data are. */
  readonly dataOffset: number;
  /** Told, on this thread, the data of each event. */
  ready(data: number): void;
  /** Makes an event in the set, so that a call that waits for one ends. */
  wake(): void;
}

/** The watcher of an epoll set. */
export interface Watch {
  /** Reports events and keeps the process alive, until `stop()`. Starting again does nothing. */
  start(): void;
  /** The process may end. Events may still be reported. */
  stop(): void;
}

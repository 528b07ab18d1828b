/**
 * Waiting in Deno: epoll_pwait as a call of its own thread, made only while somebody waits, because a call that is
 * pending keeps the process alive.
 *
 * @module
 */
import type { SyscallArgument, Watch, WatchedSet } from "./ffi.ts";

/** Most events that one call gives. */
const capacity = 64;
/** Bytes of a signal set, which epoll_pwait wants to be told even if there is none. */
const signalSetSize = 8n;

/** The watcher of an epoll set. */
export class DenoWatch implements Watch {
  readonly #set: WatchedSet;
  readonly #events: DataView;
  readonly #call: () => Promise<number>;
  #started = false;
  #running = false;
  #calling = false;

  /**
   * Prepares the call.
   *
   * @param syscall libc's `syscall`, on a thread of its own.
   * @param address Gives a buffer's address.
   * @param set What to wait for.
   */
  constructor(
    syscall: (number: bigint, ...values: SyscallArgument[]) => Promise<number>,
    address: (buffer: ArrayBufferView) => bigint,
    set: WatchedSet,
  ) {
    this.#set = set;
    const bytes = new Uint8Array(new ArrayBuffer(capacity * set.eventSize));
    this.#events = new DataView(bytes.buffer);
    const [number, epoll, events] = [BigInt(set.epollWait), BigInt(set.epoll), address(bytes)];
    this.#call = () => syscall(number, epoll, events, BigInt(capacity), -1n, 0n, signalSetSize);
  }

  /** Calls, unless a call is pending. */
  start(): void {
    this.#started = true;
    if (!this.#running) void this.#run();
  }

  /** Lets no more calls follow, and ends the one that is pending: it would keep the process alive. */
  stop(): void {
    this.#started = false;
    if (this.#calling) this.#set.wake();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#started) {
      this.#calling = true;
      const count = await this.#call();
      this.#calling = false;
      // Negative if a signal interrupted it: then it is made again.
      for (let index = 0; index < count; index++) this.#report(index);
    }
    this.#running = false;
  }

  #report(index: number): void {
    const { eventSize, dataOffset, ready } = this.#set;
    ready(this.#events.getUint32(index * eventSize + dataOffset, true));
  }
}

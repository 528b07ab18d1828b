/**
 * Waiting in Bun, whose foreign calls cannot be made aside: a worker sleeps in epoll_pwait and tells this thread through
 * shared memory, which is much faster than messages are.
 *
 * @module
 */
import type { BunFfi, BunProcess } from "./bun.ts";
import type { Watch, WatchedSet } from "./ffi.ts";

/** A worker as Bun has them. */
interface BunWorker {
  onmessage: ((event: unknown) => void) | null;
  postMessage(message: unknown): void;
  ref(): void;
  unref(): void;
}

/** What the worker is told to begin with. */
interface Start extends Pick<WatchedSet, "epollWait" | "epoll" | "eventSize" | "dataOffset"> {
  /** How many events there have been, and below them a ring of their data. */
  readonly shared: SharedArrayBuffer;
}

/**
 * How many events fit between the worker and this thread. Each descriptor in the set gives one at most until it is waited
 * for anew, so there are never more than descriptors.
 */
const capacity = 1 << 16;

/** The watcher of an epoll set. */
export class BunWatch implements Watch {
  readonly #set: WatchedSet;
  readonly #shared = new Int32Array(new SharedArrayBuffer(4 * (1 + capacity)));
  #worker: BunWorker | undefined;
  /** How many events this thread has reported. */
  #seen = 0;

  /**
   * Prepares it; the worker comes with the first start.
   *
   * @param set What to wait for.
   */
  constructor(set: WatchedSet) {
    this.#set = set;
  }

  /** Makes the process stay for the worker. */
  start(): void {
    if (this.#worker) return this.#worker.ref();
    this.#worker = this.#launch();
    void this.#listen();
  }

  /** Lets the process end although the worker sleeps. */
  stop(): void {
    this.#worker?.unref();
  }

  #launch(): BunWorker {
    const { epollWait, epoll, eventSize, dataOffset } = this.#set;
    const start: Start = { epollWait, epoll, eventSize, dataOffset, shared: this.#shared.buffer as SharedArrayBuffer };
    // A worker from a file would have to be found again after bundling.
    const url = `data:text/javascript,${encodeURIComponent(`(${work})()`)}`;
    const worker = new Worker(url, { type: "module" }) as unknown as BunWorker;
    worker.onmessage = () => worker.postMessage(start);
    return worker;
  }

  /** For as long as the process lives. A wait in shared memory does not keep it alive; the worker does, if it is to. */
  async #listen(): Promise<void> {
    for (;;) {
      await Atomics.waitAsync(this.#shared, 0, this.#seen).value;
      const end = Atomics.load(this.#shared, 0);
      while (this.#seen !== end) {
        const data = this.#shared[1 + (this.#seen & capacity - 1)];
        this.#seen = this.#seen + 1 | 0;
        this.#set.ready(data);
      }
    }
  }
}

/** The worker, from its text: it sees nothing of this module. */
function work(): void {
  const worker = globalThis as unknown as {
    readonly process: BunProcess;
    onmessage: (event: { readonly data: Start }) => void;
    postMessage(message: string): void;
  };
  const { dlopen, ptr } = worker.process.getBuiltinModule("bun:ffi") as BunFfi;
  const signature = { args: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"], returns: "i64_fast" };
  const { syscall } =
    dlopen("libc.so.6", { syscall: signature, __errno_location: { args: [], returns: "ptr" } }).symbols;
  const wait = ({ epollWait, epoll, eventSize, dataOffset, shared }: Start): never => {
    const results = new Int32Array(shared);
    const events = new DataView(new ArrayBuffer(64 * eventSize));
    const values = [BigInt(epoll), BigInt(ptr(events)), 64n, -1n, 0n, 8n] as const;
    const mask = results.length - 2;
    for (let total = 0;;) {
      // Negative if a signal interrupted it.
      const count = Number(syscall(BigInt(epollWait), ...values));
      for (let index = 0; index < count; index++) {
        results[1 + (total & mask)] = events.getInt32(index * eventSize + dataOffset, true);
        total = total + 1 | 0;
      }
      Atomics.store(results, 0, total);
      Atomics.notify(results, 0);
    }
  };
  worker.onmessage = ({ data }) => wait(data);
  // Bun forgets messages that come before there is somebody to take them.
  worker.postMessage("ready");
}

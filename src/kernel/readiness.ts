/**
 * Waiting until descriptors can be read, while the thread does other things: one epoll set for the whole process, in
 * which a descriptor is armed only while somebody waits for it.
 *
 * @module
 */
import { ffi, syscallNumber, type Watch } from "../ffi/mod.ts";
import { Descriptor } from "./descriptor.ts";
import { checked } from "./errors.ts";
import { Layout, syscall, word } from "./syscall.ts";

/** From the kernel's include/uapi/linux/eventpoll.h and fcntl.h. */
enum Control {
  Add = 1,
  Delete = 2,
  Modify = 3,
}
const readable = 1;
const once = 1 << 30;
const closeOnExec = 0o2000000;

/** The data of the event that only ends a call. */
const wakeToken = 0;

/** The set. It stays for as long as the process, at the cost of two descriptors. */
class ReadinessSet {
  readonly #epoll: Descriptor;
  /** Always readable: armed once, it is an event at once. */
  readonly #alarm: Descriptor;
  readonly #watch: Watch;
  readonly #event: Layout;
  readonly #dataOffset: number;
  readonly #waiting = new Map<number, () => void>();
  #lastToken = wakeToken;

  constructor() {
    this.#epoll = new Descriptor(
      checked(syscall("epoll_create1", word(closeOnExec)), "make an epoll set"),
      "epoll set",
    );
    try {
      this.#alarm = new Descriptor(checked(syscall("eventfd2", 1n, word(closeOnExec)), "make an event"), "event");
    } catch (error) {
      this.#epoll.close();
      throw error;
    }
    // struct epoll_event is packed on x86-64 alone.
    const packed = ffi().architecture === "x64";
    this.#dataOffset = packed ? 4 : 8;
    this.#event = new Layout(packed ? 12 : 16);
    this.control(Control.Add, this.#alarm, wakeToken, 0);
    this.#watch = ffi().watch({
      epollWait: syscallNumber("epoll_pwait"),
      epoll: this.#epoll.fd,
      eventSize: this.#event.bytes.length,
      dataOffset: this.#dataOffset,
      ready: (token) => this.finish(token),
      wake: () => this.control(Control.Modify, this.#alarm, wakeToken, readable),
    });
  }

  /** A number for somebody who waits. */
  newToken(): number {
    return ++this.#lastToken;
  }

  control(control: Control, { fd, what }: Descriptor, token: number, events: number): void {
    const event = this.#event.u32(0, events | once).u32(this.#dataOffset, token);
    const result = syscall("epoll_ctl", word(this.#epoll.fd), word(control), word(fd), event.address);
    event.touch();
    checked(result, `wait for ${what}`);
  }

  /** Calls back once, at the next event with this token. */
  begin(token: number, done: () => void): void {
    this.#waiting.set(token, done);
    this.#watch.start();
  }

  /** Calls back now. Of a token that nobody waits with nothing comes. */
  finish(token: number): void {
    const done = this.#waiting.get(token);
    this.#waiting.delete(token);
    if (this.#waiting.size === 0) this.#watch.stop();
    done?.();
  }
}

let set: ReadinessSet | undefined;

/**
 * Descriptors that one can wait for. They must stay open until `close()`.
 *
 * @example
 * ```ts ignore
 * using readiness = new Readiness([map]);
 * await readiness.wait();
 * ```
 */
export class Readiness {
  readonly #descriptors: readonly Descriptor[];
  readonly #set: ReadinessSet;
  readonly #token: number;
  #pending: Promise<void> | undefined;
  #closed = false;

  /**
   * Adds descriptors to the set.
   *
   * @throws {EbpfError} `SystemCallFailed` if one is of a kind that cannot be waited for.
   */
  constructor(descriptors: readonly Descriptor[]) {
    this.#set = set ??= new ReadinessSet();
    this.#token = this.#set.newToken();
    const added: Descriptor[] = [];
    try {
      for (const descriptor of descriptors) {
        this.#set.control(Control.Add, descriptor, this.#token, 0);
        added.push(descriptor);
      }
    } catch (error) {
      for (const descriptor of added) this.#set.control(Control.Delete, descriptor, this.#token, 0);
      throw error;
    }
    this.#descriptors = descriptors;
  }

  /** Whether `close()` has been called. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Waits until one of the descriptors can be read, or this is closed. It may end without cause: look, and wait again.
   * The process stays alive meanwhile.
   */
  wait(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    return this.#pending ??= new Promise((resolve) => {
      for (const descriptor of this.#descriptors) {
        this.#set.control(Control.Modify, descriptor, this.#token, readable);
      }
      this.#set.begin(this.#token, () => {
        this.#pending = undefined;
        resolve();
      });
    });
  }

  /** Ends whatever waits, and takes the descriptors out of the set. Closing again does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const descriptor of this.#descriptors) {
      if (!descriptor.closed) this.#set.control(Control.Delete, descriptor, this.#token, 0);
    }
    if (this.#pending) this.#set.finish(this.#token);
  }

  /** As `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

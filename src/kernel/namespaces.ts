/**
 * Network namespaces, held by descriptors: they are gone with the process, whatever ends it.
 *
 * A namespace is entered by one thread; in both runtimes a realm (the main one, or a worker) stays on its thread.
 *
 * @module
 */
import { EbpfError, ErrorCode } from "../errors.ts";
import { Capability } from "./capabilities.ts";
import { closing, type Descriptor } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { checked, type Context, kernelError } from "./errors.ts";
import { openFile, readLinkText } from "./files.ts";
import { syscall, word } from "./syscall.ts";

/** `CLONE_NEWNET`, from the kernel's include/uapi/linux/sched.h. */
const network = 0x4000_0000n;

const changingNamespace: Context = {
  needs: [Capability.CAP_SYS_ADMIN],
  meanings: {
    [Errno.InvalidArgument]: {
      code: ErrorCode.InvalidArgument,
      what: "the file is not that of a network namespace",
      remedy: "Give /run/netns/NAME (ip netns list), or /proc/PID/ns/net",
    },
  },
};

const nothingThere = {
  code: ErrorCode.NotFound,
  what: "there is no such file",
  remedy: "List the namespaces with: ip netns list",
};

const opening: Context = {
  meanings: { [Errno.NoEntry]: nothingThere, [Errno.NotDirectory]: nothingThere, [Errno.NoProcess]: nothingThere },
};

/** A network namespace that this process keeps alive. */
export class NetworkNamespace {
  /** The namespace's file. */
  readonly descriptor: Descriptor;

  /**
   * Takes over an open file of a namespace.
   *
   * @param descriptor Owned from here on.
   */
  constructor(descriptor: Descriptor) {
    this.descriptor = descriptor;
  }

  /** The calling thread's namespace. */
  static current(): NetworkNamespace {
    return NetworkNamespace.open("/proc/thread-self/ns/net");
  }

  /**
   * A namespace by its file: `/proc/PID/ns/net` or `/run/netns/NAME`.
   *
   * @throws {EbpfError} `NotFound`; `NotPermitted`.
   */
  static open(path: string): NetworkNamespace {
    const opened = openFile(path);
    if (typeof opened === "number") throw kernelError(`open network namespace ${path}`, -opened, opening);
    return new NetworkNamespace(opened);
  }

  /** Its number, by which namespaces are told apart: what the links in /proc call `net:[4026531840]`. */
  get number(): number {
    return numberIn(`/proc/thread-self/fd/${this.descriptor.fd}`);
  }

  /** The number of the calling thread's namespace. */
  static get currentNumber(): number {
    return numberIn("/proc/thread-self/ns/net");
  }

  /**
   * A new one with nothing in it but a loopback interface.
   *
   * @throws {EbpfError} `NotPermitted` without CAP_SYS_ADMIN.
   */
  static create(): NetworkNamespace {
    return fromHere(() => {
      checked(syscall("unshare", network), "make a network namespace", changingNamespace);
      return NetworkNamespace.current();
    });
  }

  /**
   * Does something in this namespace: sockets, interfaces and child processes that it makes are there.
   *
   * @param work Must not be asynchronous: the thread is back in its own namespace when this returns.
   * @throws {EbpfError} `NotPermitted` without CAP_SYS_ADMIN; `InvalidArgument` for asynchronous work.
   */
  run<T>(work: () => T): T {
    return fromHere(() => {
      enter(this.descriptor);
      const result = work();
      if (result instanceof Promise) throw asynchronousWork();
      return result;
    });
  }

  /** Lets go of it. The kernel removes it, with the interfaces in it, when nobody else holds it. */
  close(): void {
    this.descriptor.close();
  }

  /** As `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** The number in a link such as `net:[4026531840]`; 0 for what is no namespace. */
function numberIn(path: string): number {
  return Number(/^net:\[(\d+)\]$/.exec(readLinkText(path) ?? "")?.[1] ?? 0);
}

/** Does something that leaves the thread's namespace, and comes back. */
function fromHere<T>(leave: () => T): T {
  return closing(NetworkNamespace.current(), (before) => {
    try {
      return leave();
    } finally {
      enter(before.descriptor);
    }
  });
}

function enter(namespace: Descriptor): void {
  checked(syscall("setns", word(namespace.fd), network), "enter a network namespace", changingNamespace);
}

function asynchronousWork(): EbpfError {
  return new EbpfError(ErrorCode.InvalidArgument, "Cannot run asynchronous work in a network namespace", {
    remedy: "Make the sockets in it synchronously, and use them outside: they stay in the namespace",
  });
}

/**
 * The names of Linux error numbers.
 *
 * @module
 */

/**
 * The error numbers that system calls of this library meet, from the kernel's include/uapi/asm-generic/errno-base.h and
 * errno.h (the same on x86_64, aarch64 and riscv64), and `NotSupported` from include/linux/errno.h.
 */
export enum Errno {
  NotPermitted = 1,
  NoEntry = 2,
  NoProcess = 3,
  Interrupted = 4,
  Io = 5,
  NoDevice = 6,
  ArgumentsTooLong = 7,
  BadDescriptor = 9,
  TryAgain = 11,
  OutOfMemory = 12,
  AccessDenied = 13,
  BadAddress = 14,
  Busy = 16,
  Exists = 17,
  NoSuchDevice = 19,
  NotDirectory = 20,
  IsDirectory = 21,
  InvalidArgument = 22,
  TooManyFilesInSystem = 23,
  TooManyFiles = 24,
  NoSpace = 28,
  ReadOnlyFileSystem = 30,
  OutOfRange = 34,
  NameTooLong = 36,
  NoSystemCall = 38,
  NotEmpty = 39,
  NoLink = 67,
  MessageTooLong = 90,
  OperationNotSupported = 95,
  AddressInUse = 98,
  NetworkDown = 100,
  NoBuffers = 105,
  TimedOut = 110,
  /** ENOTSUPP: leaks out of the kernel although no user-space header has it. */
  NotSupported = 524,
}

const symbols: Readonly<Record<number, readonly [symbol: string, words: string]>> = {
  1: ["EPERM", "operation not permitted"],
  2: ["ENOENT", "no such file or entry"],
  3: ["ESRCH", "no such process"],
  4: ["EINTR", "interrupted by a signal"],
  5: ["EIO", "input/output error"],
  6: ["ENXIO", "no such device or address"],
  7: ["E2BIG", "too big"],
  8: ["ENOEXEC", "not executable"],
  9: ["EBADF", "bad file descriptor"],
  11: ["EAGAIN", "try again"],
  12: ["ENOMEM", "out of memory"],
  13: ["EACCES", "access denied"],
  14: ["EFAULT", "bad address"],
  16: ["EBUSY", "device or resource busy"],
  17: ["EEXIST", "already exists"],
  18: ["EXDEV", "not on the same device"],
  19: ["ENODEV", "no such device"],
  20: ["ENOTDIR", "not a directory"],
  21: ["EISDIR", "is a directory"],
  22: ["EINVAL", "invalid argument"],
  23: ["ENFILE", "too many open files in the system"],
  24: ["EMFILE", "too many open files"],
  25: ["ENOTTY", "inappropriate ioctl"],
  28: ["ENOSPC", "no space left"],
  30: ["EROFS", "read-only file system"],
  32: ["EPIPE", "broken pipe"],
  34: ["ERANGE", "out of range"],
  36: ["ENAMETOOLONG", "name too long"],
  38: ["ENOSYS", "system call not implemented"],
  39: ["ENOTEMPTY", "directory not empty"],
  40: ["ELOOP", "too many levels"],
  67: ["ENOLINK", "link has been severed"],
  71: ["EPROTO", "protocol error"],
  75: ["EOVERFLOW", "value too large"],
  90: ["EMSGSIZE", "message too long"],
  93: ["EPROTONOSUPPORT", "protocol not supported"],
  95: ["EOPNOTSUPP", "operation not supported"],
  97: ["EAFNOSUPPORT", "address family not supported"],
  98: ["EADDRINUSE", "address in use"],
  99: ["EADDRNOTAVAIL", "address not available"],
  100: ["ENETDOWN", "network is down"],
  105: ["ENOBUFS", "no buffer space"],
  110: ["ETIMEDOUT", "timed out"],
  524: ["ENOTSUPP", "operation not supported"],
};

/** The symbol of an error number: `"EPERM"`; `"errno 1234"` for one that has no name here. */
export function errnoSymbol(errno: number): string {
  return symbols[errno]?.[0] ?? `errno ${errno}`;
}

/** An error number in words, with its symbol: `"operation not permitted (EPERM)"`. */
export function errnoText(errno: number): string {
  const known = symbols[errno];
  return known ? `${known[1]} (${known[0]})` : `unknown error (errno ${errno})`;
}

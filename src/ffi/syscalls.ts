/**
 * Linux system call numbers by architecture.
 *
 * @module
 */

/**
 * x86_64, from the kernel's arch/x86/entry/syscalls/syscall_64.tbl.
 */
const x64 = {
  read: 0,
  write: 1,
  close: 3,
  mmap: 9,
  munmap: 11,
  ioctl: 16,
  getpid: 39,
  socket: 41,
  sendto: 44,
  recvfrom: 45,
  bind: 49,
  setsockopt: 54,
  uname: 63,
  fcntl: 72,
  statfs: 137,
  epoll_ctl: 233,
  openat: 257,
  mkdirat: 258,
  unlinkat: 263,
  readlinkat: 267,
  ppoll: 271,
  unshare: 272,
  epoll_pwait: 281,
  eventfd2: 290,
  epoll_create1: 291,
  perf_event_open: 298,
  prlimit64: 302,
  setns: 308,
  renameat2: 316,
  bpf: 321,
} as const;

/** A system call that this library uses. */
export type SyscallName = keyof typeof x64;

/**
 * aarch64 and riscv64 share the kernel's include/uapi/asm-generic/unistd.h.
 */
const generic: Readonly<Record<SyscallName, number>> = {
  eventfd2: 19,
  epoll_create1: 20,
  epoll_ctl: 21,
  epoll_pwait: 22,
  fcntl: 25,
  ioctl: 29,
  mkdirat: 34,
  unlinkat: 35,
  statfs: 43,
  openat: 56,
  close: 57,
  read: 63,
  write: 64,
  ppoll: 73,
  readlinkat: 78,
  unshare: 97,
  uname: 160,
  getpid: 172,
  socket: 198,
  bind: 200,
  sendto: 206,
  recvfrom: 207,
  setsockopt: 208,
  munmap: 215,
  mmap: 222,
  perf_event_open: 241,
  prlimit64: 261,
  setns: 268,
  renameat2: 276,
  bpf: 280,
};

/**
 * The tables by Node's names for processors. All of these are little-endian, which the layouts in `src/kernel` rely on.
 */
export const syscallTables: Readonly<Record<string, Readonly<Record<SyscallName, number>> | undefined>> = {
  x64,
  arm64: generic,
  riscv64: generic,
};

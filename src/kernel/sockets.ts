/**
 * Sockets by system call, and waiting with a limit.
 *
 * @module
 */
import { allocate } from "../ffi/mod.ts";
import { Descriptor } from "./descriptor.ts";
import { checked, type Context } from "./errors.ts";
import { Layout, littleEndian, pinned, syscall, syscallWithBuffers, word } from "./syscall.ts";

/** Address families, from the kernel's include/linux/socket.h. */
export enum Family {
  Unix = 1,
  Inet6 = 10,
  Netlink = 16,
  Packet = 17,
}

/** Socket types, from include/linux/net.h. */
export enum SocketType {
  Datagram = 2,
  Raw = 3,
}

const closeOnExec = 0o2000000;

/** Opens a socket in the current network namespace, where it stays. */
export function openSocket(
  family: Family,
  type: SocketType,
  protocol: number,
  what: string,
  context?: Context,
): Descriptor {
  const fd = syscall("socket", word(family), word(type | closeOnExec), word(protocol));
  return new Descriptor(checked(fd, `open a ${what}`, context), what);
}

/** Sets an option that is a number; returns 0 or the negated errno. */
export function setOption(socket: Descriptor, level: number, option: number, value: number): number {
  const bytes = allocate(4);
  new DataView(bytes.buffer).setInt32(0, value, littleEndian);
  return syscallWithBuffers("setsockopt", word(socket.fd), word(level), word(option), bytes, 4n);
}

/** Sends a datagram; returns its length or the negated errno. */
export function send(socket: Descriptor, bytes: Uint8Array): number {
  return syscallWithBuffers("sendto", word(socket.fd), pinned(bytes), word(bytes.length), 0n, 0n, 0n);
}

/** Flags of recvfrom(2), from include/linux/socket.h. */
const peek = 0x02;
const trueLength = 0x20;
const doNotWait = 0x40;

/** Receives the datagram that is there, whatever its length; otherwise the negated errno. */
export function receive(socket: Descriptor): Uint8Array<ArrayBuffer> | number {
  const look = word(peek | trueLength | doNotWait);
  const length = syscallWithBuffers("recvfrom", word(socket.fd), 0n, 0n, look, 0n, 0n);
  if (length < 0) return length;
  const bytes = allocate(length);
  const received = syscallWithBuffers("recvfrom", word(socket.fd), bytes, word(length), word(doNotWait), 0n, 0n);
  return received < 0 ? received : bytes.subarray(0, received);
}

/** Of poll(2), include/uapi/asm-generic/poll.h. */
const readableEvent = 1;

/**
 * Waits until a socket can be read; without a socket, for the whole time.
 *
 * @param milliseconds At most this long. The thread sleeps: timers and promises do not run.
 * @returns Whether it can be read.
 */
export function waitReadable(socket: Descriptor | undefined, milliseconds: number): boolean {
  const polled = new Layout(8).u32(0, socket?.fd ?? -1).u16(4, readableEvent);
  // The kernel writes back what is left of the time, so that a call repeated after a signal does not wait longer.
  const time = new Layout(16)
    .u64(0, BigInt(Math.floor(milliseconds / 1000)))
    .u64(8, BigInt(Math.floor(milliseconds % 1000 * 1e6)));
  const ready = syscallWithBuffers("ppoll", polled.bytes, 1n, time.bytes, 0n, 0n);
  return checked(ready, "wait for a socket") > 0;
}

/** Sleeps the thread: timers and promises do not run. */
export function sleep(milliseconds: number): void {
  waitReadable(undefined, milliseconds);
}

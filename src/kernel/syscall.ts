/**
 * System calls by name, and the memory they read and write.
 *
 * @module
 */
import { allocate, ffi, type SyscallArgument, type SyscallName, syscallNumber } from "../ffi/mod.ts";
import { Errno } from "./errno.ts";

/** All processors in the system call tables are little-endian. */
export const littleEndian = true;

/**
 * Makes a system call; once more whenever a signal interrupts it (JavaScript engines stop threads by signals).
 *
 * @returns The result, or the negated errno.
 */
export function syscall(name: SyscallName, ...values: SyscallArgument[]): number {
  for (;;) {
    const result = ffi().syscall(syscallNumber(name), ...values);
    if (result !== -Errno.Interrupted) return result;
  }
}

/** A signed or unsigned number as a system call's argument. */
export function word(value: number): SyscallArgument {
  return BigInt(value);
}

/** A copy of bytes in memory whose address stays. */
export function pinned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = allocate(bytes.length);
  copy.set(bytes);
  return copy;
}

/** A text as C wants it: UTF-8 with a zero byte at the end, in memory whose address stays. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return pinned(new TextEncoder().encode(text + "\0"));
}

/** The text before the first zero byte. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/**
 * A C structure under construction: fields by offset, buffers by address. It holds the buffers that it points to, and
 * {@linkcode Layout.touch} after a call keeps them alive until the call is done, whatever the engine proves about
 * variables that nobody reads any more.
 */
export class Layout {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
  readonly #held: ArrayBufferView[] = [];
  #calls = 0;

  /** @param size Bytes of the structure; all zero at first. */
  constructor(size: number) {
    this.bytes = allocate(size);
    this.view = new DataView(this.bytes.buffer);
  }

  /** The structure's address. */
  get address(): bigint {
    return ffi().address(this.bytes);
  }

  u8(offset: number, value: number): this {
    this.view.setUint8(offset, value);
    return this;
  }

  u16(offset: number, value: number): this {
    this.view.setUint16(offset, value, littleEndian);
    return this;
  }

  /** Stores 32 bits; negative numbers as their two's complement. */
  u32(offset: number, value: number): this {
    this.view.setUint32(offset, value, littleEndian);
    return this;
  }

  u64(offset: number, value: bigint): this {
    this.view.setBigUint64(offset, value, littleEndian);
    return this;
  }

  /** Stores a buffer's address, or 0 without a buffer. The buffer must have an `ArrayBuffer` of its own. */
  pointer(offset: number, buffer: ArrayBufferView | undefined): this {
    if (buffer === undefined) return this.u64(offset, 0n);
    this.#held.push(buffer);
    return this.u64(offset, ffi().address(buffer));
  }

  /** Stores a text, cut to leave a zero byte in `size` bytes. */
  text(offset: number, size: number, text: string): this {
    this.bytes.set(new TextEncoder().encode(text).subarray(0, size - 1), offset);
    return this;
  }

  getU32(offset: number): number {
    return this.view.getUint32(offset, littleEndian);
  }

  getU64(offset: number): bigint {
    return this.view.getBigUint64(offset, littleEndian);
  }

  /** To be called after each system call on this structure: a write that no engine can leave out. */
  touch(): void {
    this.#calls += this.#held.length;
  }
}

/**
 * Makes a system call whose arguments may be buffers: passes their addresses and keeps them alive meanwhile.
 *
 * @returns The result, or the negated errno.
 */
export function syscallWithBuffers(name: SyscallName, ...values: (SyscallArgument | ArrayBufferView)[]): number {
  const words = new Layout(8 * values.length);
  for (const [index, value] of values.entries()) {
    if (typeof value === "bigint") words.view.setBigInt64(8 * index, value, littleEndian);
    else words.pointer(8 * index, value);
  }
  const result = syscall(name, ...values.map((_, index) => words.view.getBigInt64(8 * index, littleEndian)));
  words.touch();
  return result;
}

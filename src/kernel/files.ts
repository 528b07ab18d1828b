/**
 * Files by system call, so that reading /proc, /sys and a user's source needs no permission besides the FFI's.
 *
 * @module
 */
import { allocate } from "../ffi/mod.ts";
import { closing, Descriptor } from "./descriptor.ts";
import { cString, pinned, syscallWithBuffers, word } from "./syscall.ts";

/** From the kernel's include/uapi/linux/fcntl.h and asm-generic/fcntl.h. */
const currentDirectory = -100n;
/** Open flags, from the kernel's include/uapi/asm-generic/fcntl.h. */
export enum OpenFlag {
  ReadOnly = 0,
  WriteOnly = 1,
  Create = 0o100,
  Exclusive = 0o200,
  CloseOnExec = 0o2000000,
}

const chunkSize = 65536;
/** Enough to see that nothing comes any more. */
const smallChunkSize = 4096;

/**
 * Opens a file; the descriptor is not handed to child processes.
 *
 * @param mode The permissions of a file that is created.
 * @returns The descriptor, or the negated errno.
 */
export function openFile(path: string, flags: number = OpenFlag.ReadOnly, mode = 0o644): Descriptor | number {
  const fd = syscallWithBuffers(
    "openat",
    currentDirectory,
    cString(path),
    word(flags | OpenFlag.CloseOnExec),
    word(mode),
  );
  return fd < 0 ? fd : new Descriptor(fd, `file ${path}`);
}

/**
 * A file's bytes, or `undefined` if it cannot be opened or read. Reads until the end instead of asking for the size,
 * which is wrong for files of /proc and /sys.
 */
export function readBytes(path: string): Uint8Array<ArrayBuffer> | undefined {
  const opened = openFile(path);
  if (typeof opened === "number") return undefined;
  return closing(opened, readAll);
}

function readAll(file: Descriptor): Uint8Array<ArrayBuffer> | undefined {
  const read = (into: Uint8Array<ArrayBuffer>) => syscallWithBuffers("read", word(file.fd), into, word(into.length));
  let bytes = allocate(chunkSize);
  let length = read(bytes);
  if (length < 0) return undefined;
  const chunk = allocate(length < chunkSize ? smallChunkSize : chunkSize);
  for (;;) {
    const count = read(chunk);
    if (count < 0) return undefined;
    if (count === 0) return bytes.subarray(0, length);
    if (length + count > bytes.length) bytes = enlarged(bytes);
    bytes.set(chunk.subarray(0, count), length);
    length += count;
  }
}

function enlarged(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = allocate(2 * bytes.length);
  larger.set(bytes);
  return larger;
}

/** A file's text (UTF-8), or `undefined` if it cannot be opened or read. */
export function readFile(path: string): string | undefined {
  const bytes = readBytes(path);
  return bytes && new TextDecoder().decode(bytes);
}

/** Longer than the texts of all links in /proc. */
const longestLink = 256;

/** What a symbolic link says, or `undefined` if it is none. */
export function readLinkText(path: string): string | undefined {
  const text = allocate(longestLink);
  const length = syscallWithBuffers("readlinkat", currentDirectory, cString(path), text, word(longestLink));
  return length < 0 ? undefined : new TextDecoder().decode(text.subarray(0, length));
}

/**
 * Writes a text to a file that exists, by one call: what /proc/sys wants.
 *
 * @returns 0, or the negated errno.
 */
export function writeFile(path: string, text: string): number {
  const opened = openFile(path, OpenFlag.WriteOnly);
  if (typeof opened === "number") return opened;
  const bytes = pinned(new TextEncoder().encode(text));
  const write = (file: Descriptor) => syscallWithBuffers("write", word(file.fd), bytes, word(bytes.length));
  return Math.min(0, closing(opened, write));
}

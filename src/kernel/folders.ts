/**
 * Folders by system call: making and removing them, and telling a bpffs from other file systems.
 *
 * @module
 */
import { ErrorCode } from "../errors.ts";
import { Errno } from "./errno.ts";
import { checked, type Context } from "./errors.ts";
import { cString, Layout, syscallWithBuffers, word } from "./syscall.ts";

/** From the kernel's include/uapi/linux/fcntl.h. */
const currentDirectory = -100n;
const removeDirectory = 0x200;

/** Bytes of `struct statfs`, include/uapi/asm-generic/statfs.h; its first word is the type. */
const statfsSize = 120;
/** `BPF_FS_MAGIC`, include/uapi/linux/magic.h. */
const bpffsMagic = 0xcafe4a11;

/** What the kernel says of paths that are not there; EPERM of those that a bpffs cannot have, for the dots in them. */
const absent: readonly number[] = [Errno.NoEntry, Errno.NotDirectory, Errno.NotPermitted];

/** Whether a path is there and in a bpffs; `undefined` if it is not there. */
export function isInBpffs(path: string): boolean | undefined {
  const facts = new Layout(statfsSize);
  const result = syscallWithBuffers("statfs", cString(path), facts.bytes);
  if (absent.includes(-result)) return undefined;
  checked(result, `look at ${path}`);
  return facts.getU32(0) === bpffsMagic;
}

/** The folder that a path is in. */
export function parentOf(path: string): string {
  const end = path.replace(/\/+$/, "").lastIndexOf("/");
  return end < 0 ? "." : path.slice(0, end) || "/";
}

/**
 * Makes a folder, and those that it is in, as far as they are not there.
 *
 * @returns Those that were made, the outermost first.
 * @throws {EbpfError} `SystemCallFailed`; then none of them is there.
 */
export function makeFolders(path: string): string[] {
  const made: string[] = [];
  try {
    makeWithin(path, made);
  } catch (error) {
    removeFolders(made);
    throw error;
  }
  return made;
}

const making: Context = {
  meanings: {
    [Errno.NotPermitted]: { code: ErrorCode.NotPermitted, what: "in a bpffs, names have no dots" },
  },
};

function makeWithin(path: string, made: string[]): void {
  const make = () => syscallWithBuffers("mkdirat", currentDirectory, cString(path), word(0o755));
  let result = make();
  if (result === -Errno.NoEntry) {
    makeWithin(parentOf(path), made);
    result = make();
  }
  if (result === -Errno.Exists) return;
  checked(result, `make the folder ${path}`, making);
  made.push(path);
}

/** Removes folders that {@linkcode makeFolders} made, as far as nothing is in them. */
export function removeFolders(made: readonly string[]): void {
  for (const path of made.toReversed()) removeFolder(path);
}

/** Removes an empty folder; `false` if it is not there or not empty. */
export function removeFolder(path: string): boolean {
  return syscallWithBuffers("unlinkat", currentDirectory, cString(path), word(removeDirectory)) === 0;
}

/**
 * Removes a file or pin.
 *
 * @returns Whether it was there.
 */
export function removeFile(path: string): boolean {
  const result = syscallWithBuffers("unlinkat", currentDirectory, cString(path), 0n);
  if (result === -Errno.NoEntry || result === -Errno.NotDirectory) return false;
  checked(result, `remove ${path}`);
  return true;
}

/** Gives a file or pin another path, atomically; what is there is gone. */
export function moveFile(from: string, to: string): void {
  const [source, target] = [cString(from), cString(to)];
  const result = syscallWithBuffers("renameat2", currentDirectory, source, currentDirectory, target, 0n);
  checked(result, `move ${from} to ${to}`);
}

/**
 * Names for objects in a bpffs, under which they outlive the process.
 *
 * @module
 */
import { EbpfError, ErrorCode } from "../errors.ts";
import { bpf, bpfAttribute, BpfCommand } from "./bpf.ts";
import { Capability } from "./capabilities.ts";
import { Descriptor } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { checked, type Context } from "./errors.ts";
import { isInBpffs, makeFolders, moveFile, parentOf, removeFile, removeFolder, removeFolders } from "./folders.ts";
import { cString } from "./syscall.ts";

const mounting = "Mount one with: mount -t bpf bpf /sys/fs/bpf";

const pinning: Context = {
  needs: [Capability.CAP_BPF],
  meanings: {
    [Errno.NotPermitted]: {
      code: ErrorCode.NotPermitted,
      what: "the path is not in a bpffs, or CAP_BPF is missing",
      remedy: mounting,
    },
    [Errno.InvalidArgument]: { code: ErrorCode.InvalidArgument, what: "the path is not in a bpffs", remedy: mounting },
  },
};

/**
 * Pins a program, map or link under a path in a bpffs.
 *
 * @throws {EbpfError} `SystemCallFailed` with EEXIST if the path is taken; `NotPermitted` or `InvalidArgument` outside
 * of a bpffs.
 */
export function pinObject(object: Descriptor, path: string): void {
  const attribute = bpfAttribute().pointer(0, cString(path)).u32(8, object.fd);
  checked(bpf(BpfCommand.ObjectPin, attribute), `pin ${object.what} as ${path}`, pinning);
}

/**
 * Opens what is pinned under a path.
 *
 * @returns `undefined` if nothing is there.
 */
export function openPinned(path: string): Descriptor | undefined {
  const result = bpf(BpfCommand.ObjectGet, bpfAttribute().pointer(0, cString(path)));
  if (result === -Errno.NoEntry) return undefined;
  return new Descriptor(checked(result, `open ${path}`, pinning), path);
}

/** Objects by the names of their pins. */
export type Pins = ReadonlyMap<string, Descriptor>;

/** How {@linkcode pinAll} pins. */
export interface PinOptions {
  /** What this is for, as it follows "Cannot". */
  readonly operation: string;
  /** Whether pins that are there give way, each atomically. */
  readonly replace: boolean;
}

/**
 * Pins several objects in one folder, which is made if need be: all of them, or none.
 *
 * @throws {EbpfError} `InvalidArgument` if the folder is not in a bpffs, or if a name is taken there and is not to be
 * replaced. Then everything is as it was.
 */
export function pinAll(folder: string, pins: Pins, { operation, replace }: PinOptions): void {
  demandBpffs(folder, operation);
  const taken = [...pins.keys()].filter((name) => isInBpffs(`${folder}/${name}`) !== undefined);
  if (taken.length > 0 && !replace) throw namesTaken(folder, taken, operation);
  const made = makeFolders(folder);
  const done: string[] = [];
  try {
    for (const [name, object] of pins) {
      const path = taken.includes(name) ? `${folder}/${name}${newer}` : `${folder}/${name}`;
      // One of a process that was killed just here.
      if (taken.includes(name)) removeFile(path);
      pinObject(object, path);
      done.push(path);
    }
    for (const name of taken) moveFile(`${folder}/${name}${newer}`, `${folder}/${name}`);
  } catch (error) {
    for (const path of done) removeFile(path);
    removeFolders(made);
    throw error;
  }
}

/** What the names of pins end with that are to take others' place. */
const newer = "_new";

function namesTaken(folder: string, names: readonly string[], operation: string): EbpfError {
  const what = `Cannot ${operation} in ${folder}: ${names.join(" and ")} ${
    names.length > 1 ? "are" : "is"
  } there already`;
  return new EbpfError(ErrorCode.InvalidArgument, what, {
    remedy: "Remove them first: unpin(folder), or let them give way: pin(folder, { replace: true })",
  });
}

/**
 * Removes pins from a folder, and then the folder if nothing else is in it.
 *
 * @returns Whether any of them was there.
 * @throws {EbpfError} `InvalidArgument` if the folder is not in a bpffs: no other file is ever removed.
 */
export function unpinAll(folder: string, names: Iterable<string>, operation: string): boolean {
  if (isInBpffs(folder) === undefined) return false;
  demandBpffs(folder, operation);
  const there = [...names].filter((name) => removeFile(`${folder}/${name}`));
  removeFolder(folder);
  return there.length > 0;
}

/**
 * Demands that a folder is in a bpffs, or would be if it were made.
 *
 * @throws {EbpfError} `InvalidArgument`.
 */
function demandBpffs(folder: string, operation: string): void {
  for (let path = folder;; path = parentOf(path)) {
    const inBpffs = isInBpffs(path);
    if (inBpffs) return;
    if (inBpffs === undefined && path !== parentOf(path)) continue;
    throw new EbpfError(ErrorCode.InvalidArgument, `Cannot ${operation}: ${folder} is not in a bpffs`, {
      remedy: `Give a folder in a file system of type bpf; ${mounting}`,
    });
  }
}

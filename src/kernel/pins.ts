/**
 * Names for objects in a bpffs, under which they outlive the process.
 *
 * @module
 */
import { ErrorCode } from "../errors.ts";
import { bpf, bpfAttribute, BpfCommand } from "./bpf.ts";
import { Capability } from "./capabilities.ts";
import { Descriptor } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { checked, type Context } from "./errors.ts";
import { cString } from "./syscall.ts";

const pinning: Context = {
  needs: [Capability.CAP_BPF],
  meanings: {
    [Errno.NotPermitted]: {
      code: ErrorCode.NotPermitted,
      what: "the path is not in a bpffs, or CAP_BPF is missing",
      remedy: "Mount one with: mount -t bpf bpf /sys/fs/bpf",
    },
    [Errno.InvalidArgument]: {
      code: ErrorCode.InvalidArgument,
      what: "the path is not in a bpffs",
      remedy: "Mount one with: mount -t bpf bpf /sys/fs/bpf",
    },
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

/**
 * The elements of maps, one at a time.
 *
 * @module
 */
import { ErrorCode } from "../errors.ts";
import { bpf, bpfAttribute, BpfCommand } from "./bpf.ts";
import { Capability } from "./capabilities.ts";
import type { Descriptor } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { type Context, kernelError } from "./errors.ts";
import type { Layout } from "./syscall.ts";

/** Flags for updating an element, from include/uapi/linux/bpf.h. */
export enum UpdateFlag {
  Any = 0,
  /** Only if the key is not there yet (EEXIST otherwise). */
  NoExist = 1,
  /** Only if the key is there (ENOENT otherwise). */
  Exist = 2,
  /** Under the element's spin lock. */
  Lock = 4,
}

const full = {
  code: ErrorCode.TooLarge,
  what: "the map is full, or the index is beyond its end",
  remedy: "Delete entries, or create the map with more maxEntries",
};

/** The errors of operations on elements that say something about the map rather than about the call. */
export const elementMeanings: Context = {
  needs: [Capability.CAP_BPF],
  meanings: {
    [Errno.ArgumentsTooLong]: full,
    // Tries answer so.
    [Errno.NoSpace]: full,
    [Errno.NotPermitted]: {
      code: ErrorCode.NotPermitted,
      what: "the map is frozen or read-only",
    },
  },
};

function element(map: Descriptor, key: Uint8Array | undefined, value: Uint8Array | undefined, flags: number): Layout {
  return bpfAttribute().u32(0, map.fd).pointer(8, key).pointer(16, value).u64(24, BigInt(flags));
}

/**
 * Copies the value of a key into `value`.
 *
 * All buffers of these functions must have an `ArrayBuffer` of their own, of the map's sizes; values of per-CPU maps
 * have one multiple of 8 bytes a possible CPU. Maps without keys (queues, stacks) take `undefined`.
 *
 * @returns Whether the key is there.
 */
export function lookupElement(
  map: Descriptor,
  key: Uint8Array | undefined,
  value: Uint8Array,
  flags: number = UpdateFlag.Any,
): boolean {
  return isFound(bpf(BpfCommand.MapLookup, element(map, key, value, flags)), "look up a key in", map);
}

/**
 * Stores a value.
 *
 * @returns Whether it was stored: `false` if a {@linkcode UpdateFlag} forbade it.
 * @throws {EbpfError} `TooLarge` if the map is full.
 */
export function updateElement(
  map: Descriptor,
  key: Uint8Array | undefined,
  value: Uint8Array,
  flags: number = UpdateFlag.Any,
): boolean {
  return isStored(bpf(BpfCommand.MapUpdate, element(map, key, value, flags)), map, flags);
}

/** Deletes a key; `false` if it was not there. */
export function deleteElement(map: Descriptor, key: Uint8Array): boolean {
  return isFound(bpf(BpfCommand.MapDelete, element(map, key, undefined, 0)), "delete a key of", map);
}

/**
 * Copies the key after `key` into `next`; the first key if `key` is `undefined` or no longer there.
 *
 * @returns `false` after the last key.
 */
export function nextKey(map: Descriptor, key: Uint8Array | undefined, next: Uint8Array): boolean {
  return isFound(bpf(BpfCommand.MapNextKey, element(map, key, next, 0)), "go through the keys of", map);
}

// The words are put together only where something failed: that would cost as much as the call.

/** Whether an operation found its entry, by what bpf(2) returned. */
export function isFound(result: number, operation: string, { what }: Descriptor): boolean {
  if (result === 0) return true;
  if (result === -Errno.NoEntry) return false;
  throw kernelError(`${operation} ${what}`, -result, elementMeanings);
}

/** Whether an update was done, by what bpf(2) returned. */
export function isStored(result: number, { what }: Descriptor, flags: number): boolean {
  if (result === 0) return true;
  if (result === -Errno.Exists && flags & UpdateFlag.NoExist) return false;
  if (result === -Errno.NoEntry && flags & UpdateFlag.Exist) return false;
  throw kernelError(`store into ${what}`, -result, elementMeanings);
}

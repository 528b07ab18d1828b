/**
 * The elements of maps, one at a time.
 *
 * @module
 */
import { ErrorCode } from "../errors.ts";
import { bpf, bpfAttribute, BpfCommand, preparedBpf } from "./bpf.ts";
import { Capability } from "./capabilities.ts";
import type { Descriptor } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { type Context, kernelError } from "./errors.ts";
import { Layout, littleEndian } from "./syscall.ts";

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

/** Where the flags are in the attribute of operations on one element, which ends behind them. */
const flagsOffset = 24;
const elementSize = 32;

function element(map: Descriptor, key: Uint8Array | undefined, value: Uint8Array | undefined, flags: number): Layout {
  return filled(bpfAttribute(), map, key, value).u64(flagsOffset, BigInt(flags));
}

function filled(attribute: Layout, map: Descriptor, key?: Uint8Array, value?: Uint8Array): Layout {
  return attribute.u32(0, map.fd).pointer(8, key).pointer(16, value);
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

/** As {@linkcode lookupElement}, and deletes the entry: for queues and stacks the way to take one out. */
export function takeElement(map: Descriptor, key: Uint8Array | undefined, value: Uint8Array): boolean {
  return isFound(bpf(BpfCommand.MapLookupAndDelete, element(map, key, value, 0)), "take an entry out of", map);
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

function isFound(result: number, operation: string, { what }: Descriptor): boolean {
  if (result === 0) return true;
  if (result === -Errno.NoEntry) return false;
  throw kernelError(`${operation} ${what}`, -result, elementMeanings);
}

function isStored(result: number, { what }: Descriptor, flags: number): boolean {
  if (result === 0) return true;
  if (result === -Errno.Exists && flags & UpdateFlag.NoExist) return false;
  if (result === -Errno.NoEntry && flags & UpdateFlag.Exist) return false;
  throw kernelError(`store into ${what}`, -result, elementMeanings);
}

/**
 * The operations on one element at a time, through memory that is set up once: several times as fast as the functions
 * above where there are many. It may be used by one caller at a time.
 */
export class ElementCalls {
  /** The key of the next operation. */
  readonly key: DataView<ArrayBuffer>;
  /** The value that the last lookup found. */
  readonly found: DataView<ArrayBuffer>;
  /** The value of the next update. */
  readonly value: DataView<ArrayBuffer>;
  readonly #map: Descriptor;
  readonly #flags: DataView;
  readonly #lookup: () => number;
  readonly #update: () => number;
  readonly #delete: () => number;

  /**
   * Sets the memory up.
   *
   * @param keySize Bytes of a key.
   * @param valueSize Bytes of a value, as for {@linkcode lookupElement}.
   * @param lookupFlags {@linkcode UpdateFlag}s of lookups.
   * @throws {EbpfError} `Closed`.
   */
  constructor(map: Descriptor, keySize: number, valueSize: number, lookupFlags: number = UpdateFlag.Any) {
    const [lookup, update, deletion, key, found, value, end] = adjacent([
      ...[elementSize, elementSize, elementSize],
      ...[keySize, valueSize, valueSize],
    ]);
    const memory = new Layout(end);
    const { address, view: { buffer } } = memory;
    const prepared = (command: BpfCommand, at: number, valueAt?: number) => {
      memory.u32(at, map.fd).u64(at + 8, address + BigInt(key));
      if (valueAt !== undefined) memory.u64(at + 16, address + BigInt(valueAt));
      return preparedBpf(command, memory, at, elementSize);
    };
    memory.u32(lookup + flagsOffset, lookupFlags);
    this.#map = map;
    this.key = new DataView(buffer, key, keySize);
    this.found = new DataView(buffer, found, valueSize);
    this.value = new DataView(buffer, value, valueSize);
    this.#flags = new DataView(buffer, update + flagsOffset);
    this.#lookup = prepared(BpfCommand.MapLookup, lookup, found);
    this.#update = prepared(BpfCommand.MapUpdate, update, value);
    this.#delete = prepared(BpfCommand.MapDelete, deletion);
  }

  /** As {@linkcode lookupElement}: the value is in `found` then. */
  lookup(): boolean {
    this.#demandOpen();
    return isFound(this.#lookup(), "look up a key in", this.#map);
  }

  /** As {@linkcode updateElement}. */
  update(flags: number): boolean {
    this.#demandOpen();
    this.#flags.setUint32(0, flags, littleEndian);
    return isStored(this.#update(), this.#map, flags);
  }

  /** As {@linkcode deleteElement}. */
  delete(): boolean {
    this.#demandOpen();
    return isFound(this.#delete(), "delete a key of", this.#map);
  }

  /** The number in the attributes may be another file's after `close()`. */
  #demandOpen(): void {
    void this.#map.fd;
  }
}

/**
 * Where parts of memory begin that lie one behind the other, and where the last one ends. Together they are on as few pages
 * as can be: after a system call each page costs anew.
 */
function adjacent(sizes: readonly number[]): number[] {
  const places = [0];
  for (const size of sizes) places.push(Math.ceil((places.at(-1)! + size) / 8) * 8);
  return places;
}

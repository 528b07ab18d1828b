/**
 * Maps: creating them, and the operations on their elements.
 *
 * @module
 */
import { ErrorCode } from "../errors.ts";
import { bpf, bpfAttribute, BpfCommand, objectName } from "./bpf.ts";
import { Capability } from "./capabilities.ts";
import { Descriptor } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { checked, type Context, kernelError } from "./errors.ts";
import { withLockedMemory } from "./limits.ts";
import type { Layout } from "./syscall.ts";

/** Kinds of maps, from the kernel's include/uapi/linux/bpf.h (`enum bpf_map_type`). */
export enum MapType {
  Hash = 1,
  Array = 2,
  ProgramArray = 3,
  PerfEventArray = 4,
  PerCpuHash = 5,
  PerCpuArray = 6,
  LruHash = 9,
  LruPerCpuHash = 10,
  LpmTrie = 11,
  ArrayOfMaps = 12,
  HashOfMaps = 13,
  DevMap = 14,
  CpuMap = 16,
  XskMap = 17,
  Queue = 22,
  Stack = 23,
  DevMapHash = 25,
  RingBuffer = 27,
  BloomFilter = 30,
  UserRingBuffer = 31,
}

/** Flags for creating maps, from include/uapi/linux/bpf.h. */
export enum MapFlag {
  NoPreallocation = 1 << 0,
  ReadOnlyForUser = 1 << 3,
  ReadOnlyForProgram = 1 << 7,
  /** The memory can be mapped (arrays only). */
  Mappable = 1 << 10,
}

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

/** What {@linkcode createMap} makes. */
export interface MapOptions {
  /** The kind of map. */
  readonly type: MapType;
  /** Bytes of a key. */
  readonly keySize: number;
  /** Bytes of a value. */
  readonly valueSize: number;
  /** How many entries fit; bytes of memory for ring buffers. */
  readonly maxEntries: number;
  /** {@linkcode MapFlag}s. */
  readonly flags?: number;
  /** For tools; characters that the kernel refuses become `_`, and only 15 stay. */
  readonly name?: string;
  /** The types of key and value, for tools. */
  readonly btf?: MapTypes;
  /** Of maps of maps: a map such as the values are. */
  readonly innerMap?: Descriptor;
}

/** Where a map's types are in BTF. */
export interface MapTypes {
  /** The loaded BTF. */
  readonly descriptor: Descriptor;
  /** The id of the key's type in it; 0 for none. */
  readonly keyType: number;
  /** The id of the value's type in it. */
  readonly valueType: number;
}

/**
 * Creates a map.
 *
 * @throws {EbpfError} `NotPermitted` without CAP_BPF; `LockedMemoryLimit` on kernels before 5.11; `OutOfMemory`;
 * `InvalidArgument` for sizes and flags that the kernel does not take.
 */
export function createMap(options: MapOptions): Descriptor {
  const attribute = bpfAttribute()
    .u32(0, options.type)
    .u32(4, options.keySize)
    .u32(8, options.valueSize)
    .u32(12, options.maxEntries)
    .u32(16, options.flags ?? 0)
    .u32(20, options.innerMap?.fd ?? 0)
    .text(28, 16, objectName(options.name ?? ""));
  if (options.btf) {
    attribute
      .u32(48, options.btf.descriptor.fd)
      .u32(52, options.btf.keyType)
      .u32(56, options.btf.valueType);
  }
  const what = options.name ? `map "${options.name}"` : "map";
  const fd = withLockedMemory(() => bpf(BpfCommand.MapCreate, attribute));
  return new Descriptor(checked(fd, `create ${what}`, creation(options)), what);
}

function creation({ type, keySize, valueSize, maxEntries }: MapOptions): Context {
  const what = `the kernel takes no ${MapType[type]} map of ${maxEntries} entries with keys of ${keySize} and values ` +
    `of ${valueSize} bytes and these flags`;
  return {
    needs: [Capability.CAP_BPF],
    locksMemory: true,
    meanings: {
      [Errno.InvalidArgument]: { code: ErrorCode.InvalidArgument, what },
      [Errno.ArgumentsTooLong]: { code: ErrorCode.TooLarge, what, remedy: "Ask for fewer entries, or smaller values" },
    },
  };
}

const full = {
  code: ErrorCode.TooLarge,
  what: "the map is full, or the index is beyond its end",
  remedy: "Delete entries, or create the map with more maxEntries",
};

/** The errors of operations on elements that say something about the map rather than about the call. */
const elementMeanings: Context = {
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
  const result = bpf(BpfCommand.MapLookup, element(map, key, value, flags));
  return found(result, `look up a key in ${map.what}`);
}

/** As {@linkcode lookupElement}, and deletes the entry: for queues and stacks the way to take one out. */
export function takeElement(map: Descriptor, key: Uint8Array | undefined, value: Uint8Array): boolean {
  const result = bpf(BpfCommand.MapLookupAndDelete, element(map, key, value, 0));
  return found(result, `take an entry out of ${map.what}`);
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
  const result = bpf(BpfCommand.MapUpdate, element(map, key, value, flags));
  if (result === -Errno.Exists && flags & UpdateFlag.NoExist) return false;
  if (result === -Errno.NoEntry && flags & UpdateFlag.Exist) return false;
  checked(result, `store into ${map.what}`, elementMeanings);
  return true;
}

/** Deletes a key; `false` if it was not there. */
export function deleteElement(map: Descriptor, key: Uint8Array): boolean {
  const result = bpf(BpfCommand.MapDelete, element(map, key, undefined, 0));
  return found(result, `delete a key of ${map.what}`);
}

/**
 * Copies the key after `key` into `next`; the first key if `key` is `undefined` or no longer there.
 *
 * @returns `false` after the last key.
 */
export function nextKey(map: Descriptor, key: Uint8Array | undefined, next: Uint8Array): boolean {
  const result = bpf(BpfCommand.MapNextKey, element(map, key, next, 0));
  return found(result, `go through the keys of ${map.what}`);
}

function found(result: number, operation: string): boolean {
  if (result === -Errno.NoEntry) return false;
  checked(result, operation, elementMeanings);
  return true;
}

/** Makes a map unchangeable from user space, for good. */
export function freezeMap(map: Descriptor): void {
  checked(bpf(BpfCommand.MapFreeze, bpfAttribute().u32(0, map.fd)), `freeze ${map.what}`);
}

/** The operations on many elements at once. */
export type BatchCommand =
  | BpfCommand.MapLookupBatch
  | BpfCommand.MapLookupAndDeleteBatch
  | BpfCommand.MapUpdateBatch
  | BpfCommand.MapDeleteBatch;

/** The arguments of {@linkcode batch}. */
export interface BatchOptions {
  /** Where a lookup goes on: the previous call's `next`; `undefined` to begin. */
  readonly from?: Uint8Array;
  /** Receives where to go on: at least 4 bytes, and not less than a key. Lookups need it. */
  readonly next?: Uint8Array;
  /** The keys, one behind the other; a lookup fills them. */
  readonly keys: Uint8Array;
  /** Not for deletions. */
  readonly values?: Uint8Array;
  /** How many elements the buffers hold. */
  readonly count: number;
  /** {@linkcode UpdateFlag}s of each element. */
  readonly flags?: number;
}

/** What {@linkcode batch} did. */
export interface BatchResult {
  /** How many elements were done. */
  readonly count: number;
  /** Whether the end of the map was reached, or a key was not there. */
  readonly end: boolean;
}

/**
 * Looks up, updates or deletes many elements by one call (kernel 5.6).
 *
 * @throws {EbpfError} `NotSupported` on maps and kernels that cannot; `OutOfRange` if a bucket of a hash map holds more
 * elements than the buffers (try again with larger ones).
 */
export function batch(command: BatchCommand, map: Descriptor, options: BatchOptions): BatchResult {
  const attribute = bpfAttribute()
    .pointer(0, options.from)
    .pointer(8, options.next)
    .pointer(16, options.keys)
    .pointer(24, options.values)
    .u32(32, options.count)
    .u32(36, map.fd)
    .u64(40, BigInt(options.flags ?? 0));
  const result = bpf(command, attribute);
  const count = attribute.getU32(32);
  if (result === -Errno.NoEntry) return { count, end: true };
  if (result < 0) throw kernelError(`work on many entries of ${map.what}`, -result, batchMeanings);
  return { count, end: false };
}

const batchMeanings: Context = {
  ...elementMeanings,
  meanings: {
    ...elementMeanings.meanings,
    [Errno.NoSpace]: { code: ErrorCode.OutOfRange, what: "the buffers are smaller than one bucket of the map" },
  },
};

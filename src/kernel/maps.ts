/**
 * Maps: creating them; the operations on their elements are in `elements.ts` and `batches.ts`.
 *
 * @module
 */
import { ErrorCode } from "../errors.ts";
import { bpf, bpfAttribute, BpfCommand, objectName } from "./bpf.ts";
import { Capability } from "./capabilities.ts";
import { Descriptor } from "./descriptor.ts";
import { Errno } from "./errno.ts";
import { checked, type Context } from "./errors.ts";
import { withLockedMemory } from "./limits.ts";

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
  const megabytes = Math.ceil((keySize + valueSize) * maxEntries / 2 ** 20);
  const what = `the kernel takes no ${MapType[type]} map of ${maxEntries} entries with keys of ${keySize} and values ` +
    `of ${valueSize} bytes and these flags`;
  return {
    needs: [Capability.CAP_BPF],
    locksMemory: true,
    meanings: {
      [Errno.InvalidArgument]: { code: ErrorCode.InvalidArgument, what },
      [Errno.OutOfMemory]: {
        code: ErrorCode.OutOfMemory,
        what: `no memory for ${maxEntries} entries, which take ${megabytes} MB at least`,
        remedy: "Ask for fewer entries, free memory, or raise the limit of the control group (memory.max)",
      },
      [Errno.ArgumentsTooLong]: { code: ErrorCode.TooLarge, what, remedy: "Ask for fewer entries, or smaller values" },
    },
  };
}

/** Makes a map unchangeable from user space, for good. */
export function freezeMap(map: Descriptor): void {
  checked(bpf(BpfCommand.MapFreeze, bpfAttribute().u32(0, map.fd)), `freeze ${map.what}`);
}

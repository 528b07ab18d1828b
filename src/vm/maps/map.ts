/**
 * What all maps of the virtual machine have in common: the kernel's operations with the kernel's answers.
 *
 * @module
 */

import { opaque, Region } from "../region.ts";
import type { VirtualMap } from "./types.ts";

/** The kernel's error numbers that map operations answer with. */
export const Errno = {
  ENOENT: 2,
  E2BIG: 7,
  EAGAIN: 11,
  EBUSY: 16,
  EEXIST: 17,
  EINVAL: 22,
  ENOSPC: 28,
  EOPNOTSUPP: 95,
} as const;

/** Flags of updates. */
export const UpdateFlag = { Any: 0, NoExist: 1, Exist: 2, Lock: 4 } as const;
/** Flags of creation that matter here. */
export const MapFlag = { ReadOnlyForProgram: 0x80, WriteOnlyForProgram: 0x100 } as const;

/** The kinds of maps and their numbers (`enum bpf_map_type`). */
export const mapTypes = {
  hash: 1,
  array: 2,
  programArray: 3,
  perfEventArray: 4,
  perCpuHash: 5,
  perCpuArray: 6,
  lruHash: 9,
  lruPerCpuHash: 10,
  lpmTrie: 11,
  arrayOfMaps: 12,
  hashOfMaps: 13,
  devMap: 14,
  cpuMap: 16,
  xskMap: 17,
  queue: 22,
  stack: 23,
  devMapHash: 25,
  ringBuffer: 27,
  bloomFilter: 30,
  userRingBuffer: 31,
} as const;

/** A kind of map. */
export type MapKind = keyof typeof mapTypes;

/** How a map is made. */
export interface VirtualMapOptions {
  /** Its kind. */
  readonly kind: MapKind;
  /** For messages. */
  readonly name?: string;
  /** Bytes of a key; kinds without keys have none. */
  readonly keySize?: number;
  /** Bytes of a value. */
  readonly valueSize?: number;
  /** Elements at most; bytes of a ring buffer. */
  readonly maxEntries: number;
  /** The kernel's flags of BPF_MAP_CREATE. */
  readonly flags?: number;
  /** How many CPUs per-CPU values have. Default 1. */
  readonly cpus?: number;
  /** Only of arrays: where the values are, each at a multiple of 8 bytes. Default: memory of its own. */
  readonly memory?: ArrayBuffer;
}

/** A map of the virtual machine. */
export abstract class MachineMap implements VirtualMap {
  readonly kind: MapKind;
  readonly name: string;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly cpus: number;
  /** What programs' pointers to the map point to. */
  readonly region: Region;

  constructor(options: VirtualMapOptions) {
    this.kind = options.kind;
    this.name = options.name ?? options.kind;
    this.keySize = options.keySize ?? 0;
    this.valueSize = options.valueSize ?? 0;
    this.maxEntries = options.maxEntries;
    this.flags = options.flags ?? 0;
    this.cpus = options.cpus ?? 1;
    this.region = opaque("map", this.name, this);
  }

  get(key: Uint8Array, cpu = 0): Uint8Array | undefined {
    return this.lookup(key, cpu)?.bytes();
  }

  dependence(key: Uint8Array, cpu = 0): Uint8Array | undefined {
    return this.lookup(key, cpu)?.shadow;
  }

  /** The live value of a key, as programs get it. */
  lookup(_key: Uint8Array, _cpu = 0): Region | undefined {
    return undefined;
  }

  /** Sets the value of a key, for a CPU where values are per CPU. */
  update(_key: Uint8Array, _value: Uint8Array, _flags = 0, _cpu = 0): number {
    return -Errno.EINVAL;
  }

  /** Removes a key. */
  delete(_key: Uint8Array): number {
    return -Errno.EINVAL;
  }

  /** The keys, in the kernel's order where it has one. */
  keys(): IterableIterator<Uint8Array> {
    return [].values();
  }

  /** Appends a value: queues, stacks, Bloom filters. */
  push(_value: Uint8Array, _flags = 0): number {
    return -Errno.EOPNOTSUPP;
  }

  /** Takes a value out into `value`. */
  pop(_value: Uint8Array): number {
    return -Errno.EOPNOTSUPP;
  }

  /** Copies the next value into `value`; Bloom filters: tells whether it is there. */
  peek(_value: Uint8Array): number {
    return -Errno.EOPNOTSUPP;
  }

  /** The value that programs may address directly: of arrays with one element. */
  directValue(): Region | undefined {
    return undefined;
  }

  /** A region for a value, writable unless the map is read-only for programs. */
  protected makeValue(view: DataView): Region {
    const region = new Region("map value", this.name, view);
    if (this.flags & MapFlag.ReadOnlyForProgram) region.writableEnd = 0;
    if (this.flags & MapFlag.WriteOnlyForProgram) region.end = 0;
    return region;
  }
}

/** Rounds up to what the kernel aligns values to. */
export function aligned(size: number): number {
  return size + 7 & ~7;
}

/** A key or value as text, for JavaScript's own maps. */
export function textOf(bytes: Uint8Array): string {
  let text = "";
  for (let index = 0; index < bytes.length; index++) text += String.fromCharCode(bytes[index]);
  return text;
}

/** Reads an index. */
export function indexOf(key: Uint8Array): number {
  return (key[0] | key[1] << 8 | key[2] << 16 | key[3] << 24) >>> 0;
}

/** Writes an index. */
export function indexKey(index: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(index).buffer);
}

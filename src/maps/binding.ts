/**
 * The inside of a map object: its shape, its name, and where its entries are — in this process first, in the kernel from the
 * first `load()` of a program that uses it until the last of these programs is closed.
 *
 * @module
 */

import type { MapShape } from "../compiler/unit.ts";
import { EbpfError, ErrorCode } from "../errors.ts";
import { createMap, type Descriptor, type MapType } from "../kernel/mod.ts";
import type { AnyType } from "../types/mod.ts";
import { type MapKind, mapTypes, type VirtualMap } from "../vm/mod.ts";
import { type Codec, codecOf } from "./codec.ts";
import { demandSameMap } from "./same.ts";
import { withTypes } from "./kernel_types.ts";
import { KernelStore } from "./kernel_store.ts";
import type { BpfMap } from "./map.ts";
import { isInProgram } from "./mode.ts";
import { closedStore, type Dimensions, makeBytes, type Store } from "./store.ts";
import { VirtualStore } from "./virtual_store.ts";

/** How a map is made. */
export interface MapDescription {
  /** The kernel's kind of map. */
  readonly kind: MapKind;
  /** The type of keys; kinds without keys have none. */
  readonly keyType?: AnyType;
  /** The type of values. */
  readonly valueType?: AnyType;
  /** Entries at most. */
  readonly maxEntries: number;
  /** The kernel's flags of BPF_MAP_CREATE. */
  readonly flags?: number;
}

/** What a map object keeps from its users. */
export class MapBinding implements MapShape, Dimensions {
  readonly reference: BpfMap;
  readonly kind: MapKind;
  readonly keyType: AnyType | undefined;
  readonly valueType: AnyType | undefined;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly keyCodec: Codec | undefined;
  readonly valueCodec: Codec | undefined;
  #name: string | undefined;
  #store: Store | undefined;
  /** What it was before the kernel had it, as long as loading may still fail. */
  #before: Store | undefined;
  #descriptor: Descriptor | undefined;
  #programs = 0;
  #isClosed = false;

  constructor(reference: BpfMap, { kind, keyType, valueType, maxEntries, flags = 0 }: MapDescription) {
    this.reference = reference;
    this.kind = kind;
    this.keyType = keyType;
    this.valueType = valueType;
    this.keySize = keyType?.size ?? 0;
    this.valueSize = valueType?.size ?? 0;
    this.maxEntries = maxEntries;
    this.flags = flags;
    this.keyCodec = keyType && codecOf(keyType);
    this.valueCodec = valueType && codecOf(valueType);
  }

  /** The name of the first field that a program reached it by. */
  get name(): string {
    return this.#name ?? this.kind;
  }

  /** Names it, unless it has a name. */
  call(name: string): void {
    this.#name ??= name;
  }

  /** Where the entries are now. A closed map begins anew with the next program: static fields outlive theirs. */
  get store(): Store {
    if (this.#isClosed && isInProgram()) this.#reopen();
    return this.#store ??= new VirtualStore(this.kind, this.name, this);
  }

  #reopen(): void {
    this.#isClosed = false;
    this.#store = undefined;
  }

  /** Whether the kernel has it. */
  get isShared(): boolean {
    return this.#descriptor !== undefined;
  }

  /**
   * The map in the kernel: made at the first call, with the entries that there are.
   *
   * @throws {EbpfError} As `createMap`; the entries are then where they were.
   */
  share(): Descriptor {
    if (this.#descriptor) return this.#descriptor;
    const { kind, keySize, valueSize, maxEntries, flags, name } = this;
    const type: MapType = mapTypes[kind];
    const map = withTypes(this, (btf) => createMap({ type, keySize, valueSize, maxEntries, flags, name, btf }));
    const store = new KernelStore(map, name, this);
    try {
      if (this.#store instanceof VirtualStore) { for (const piece of this.#store.entries()) store.updateMany(piece); }
    } catch (error) {
      map.close();
      throw error;
    }
    this.#before = this.#isClosed ? undefined : this.#store;
    this.#store = store;
    this.#isClosed = false;
    return this.#descriptor = map;
  }

  /**
   * Uses a map that the kernel has already, with the entries that are in it.
   *
   * @param map Owned from here on, unless this throws.
   * @param operation What this is for, as it follows "Cannot".
   * @throws {EbpfError} `InvalidArgument` if it is another kind of map, or has other sizes or types.
   */
  adopt(map: Descriptor, operation: string): void {
    demandSameMap(map, this, operation);
    this.#before = this.#isClosed ? undefined : this.#store;
    this.#store = new KernelStore(map, this.name, this);
    this.#isClosed = false;
    this.#descriptor = map;
  }

  /** Takes it back out of the kernel, as if it had never been there. */
  unshare(): void {
    this.#store = this.#before;
    this.#free();
  }

  /** A program that uses it has been loaded. */
  retain(): void {
    this.#before = undefined;
    this.#programs++;
  }

  /** A program that uses it is closed: after the last one the map is, too. */
  release(): void {
    if (--this.#programs > 0) return;
    this.#store = closedStore(this.name);
    this.#isClosed = true;
    this.#free();
  }

  /**
   * The map of the virtual machine.
   *
   * @throws {EbpfError} `NotSupported` if the kernel has it.
   */
  virtual(): VirtualMap {
    if (this.#isClosed) this.#reopen();
    const { store } = this;
    if (store instanceof VirtualStore) return store.map;
    throw new EbpfError(
      ErrorCode.NotSupported,
      `Cannot run on "vm" with the map "${this.name}": the kernel has its entries since load()`,
      { remedy: 'Test on "vm" before load(), or on "kernel" or "js" after it' },
    );
  }

  /** A key as bytes. */
  key(x: unknown): Uint8Array<ArrayBuffer> {
    return encoded(this.keyCodec!, x);
  }

  /** A value as bytes. */
  value(x: unknown): Uint8Array<ArrayBuffer> {
    return encoded(this.valueCodec!, x);
  }

  #free(): void {
    this.#descriptor?.close();
    this.#descriptor = undefined;
    this.#before = undefined;
  }
}

function encoded(codec: Codec, x: unknown): Uint8Array<ArrayBuffer> {
  const bytes = makeBytes(codec.size);
  codec.encode(x, new DataView(bytes.buffer), 0);
  return bytes;
}

/**
 * The inside of a map object: its shape, its name, and where its entries are — in this process first, in the kernel from the
 * first `load()` of a program that uses it until the last of these programs is closed.
 *
 * @module
 */

import type { MapShape } from "../compiler/unit.ts";
import { EbpfError, ErrorCode } from "../errors.ts";
import { createMap, type Descriptor, freezeMap, mapInfo, type MapType, possibleCpus } from "../kernel/mod.ts";
import type { AnyType } from "../types/mod.ts";
import { lockOffset, withLock } from "../types/spin_lock.ts";
import { type MapKind, mapTypes, type VirtualMap } from "../vm/mod.ts";
import { type Codec, codecOf } from "./codec.ts";
import { KernelStore } from "./kernel_store.ts";
import { KernelTrieStore } from "./kernel_trie_store.ts";
import { withTypes } from "./kernel_types.ts";
import type { BpfMap } from "./map.ts";
import { isInProgram } from "./mode.ts";
import { decodePerCpu, encodePerCpu, ownValueType, strideOf } from "./per_cpu.ts";
import { demandSameMap, type Shape } from "./same.ts";
import { type Cell, closedStore, type Dimensions, type Entries, makeBytes, type Store } from "./store.ts";
import { VirtualStore } from "./virtual_store.ts";

/** How a map is made. */
export interface MapDescription {
  /** The kernel's kind of map. */
  readonly kind: MapKind;
  /** The type of keys; kinds without keys have none. */
  readonly keyType?: AnyType;
  /** The type of values. */
  readonly valueType?: AnyType;
  /** Bytes of a value where the kernel has more than the type; the rest is 0. */
  readonly valueSize?: number;
  /** Bytes of a value in kernels that know of no more. */
  readonly olderValueSize?: number;
  /** Entries at most. */
  readonly maxEntries: number;
  /** The kernel's flags of BPF_MAP_CREATE. */
  readonly flags?: number;
  /** Of maps of maps: a map such as the values are. */
  readonly inner?: MapBinding;
  /** What reads and writes keys in user space, if it is not that of their type. */
  readonly keyCodec?: Codec;
  /** What a key that is known when a program is generated stands for. */
  readonly constantKey?: (key: unknown) => unknown;
  /** Puts a lock into each value. */
  readonly spinLock?: boolean;
}

/** The objects that are a map's values, where it has such: they have a life of their own. */
export interface MapTenants {
  /** The kernel has the map now: lets it have the objects, too. */
  enter(store: Store): void;
  /** Loading has succeeded. */
  stay(): void;
  /** The kernel no longer has the map; `undo`: as if it never had had it. */
  leave(undo: boolean): void;
  /** What the map is for has been loaded, for good. */
  settle(): void;
  /** Whether a program that uses the map is only there because it is one of these objects. */
  owns(user: object): boolean;
}

/** The kernel's error number for what it does not know. */
const EINVAL = 22;

/** The kinds whose values are per CPU. */
const PER_CPU: ReadonlySet<MapKind> = new Set(["perCpuArray", "perCpuHash", "lruPerCpuHash"]);

/** The kinds whose keys are indexes. */
const INDEXED: ReadonlySet<MapKind> = new Set(["array", "perCpuArray", "devMap", "cpuMap", "xskMap"]);

/** What a map object keeps from its users. */
export class MapBinding implements MapShape, Dimensions {
  readonly reference: BpfMap;
  readonly kind: MapKind;
  readonly keyType: AnyType | undefined;
  readonly valueType: AnyType | undefined;
  readonly isPerCpu: boolean;
  readonly isIndexed: boolean;
  readonly foundType: AnyType | undefined;
  readonly constantKey: ((key: unknown) => unknown) | undefined;
  readonly keySize: number;
  readonly valueSize: number;
  readonly olderValueSize: number | undefined;
  readonly maxEntries: number;
  readonly flags: number;
  readonly inner: MapBinding | undefined;
  /** Bytes from the start of a value to its lock, if it has one. */
  readonly lockOffset: number | undefined;
  /** Set by the kinds that have them. */
  tenants: MapTenants | undefined;
  readonly keyCodec: Codec | undefined;
  readonly valueCodec: Codec | undefined;
  #name: string | undefined;
  #store: Store | undefined;
  /** What it was before the kernel had it, as long as loading may still fail. */
  #before: Store | undefined;
  #descriptor: Descriptor | undefined;
  #isSettled = false;
  /** How often each uses it. */
  readonly #users = new Map<object, number>();
  #isClosed = false;
  #isFrozen = false;

  constructor(reference: BpfMap, description: MapDescription) {
    const { kind, keyType, valueType, maxEntries, flags = 0, inner } = description;
    this.reference = reference;
    this.kind = kind;
    this.keyType = keyType;
    const lockable = description.spinLock ? withLock(valueType!) : undefined;
    this.lockOffset = lockable && lockOffset(lockable);
    this.valueType = lockable ?? valueType;
    this.keySize = keyType?.size ?? 0;
    this.valueSize = description.valueSize ?? this.valueType?.size ?? 0;
    this.olderValueSize = description.olderValueSize;
    this.maxEntries = maxEntries;
    this.flags = flags;
    this.inner = inner;
    this.isPerCpu = PER_CPU.has(kind);
    this.isIndexed = INDEXED.has(kind);
    this.foundType = this.isPerCpu ? ownValueType(valueType!) : valueType;
    this.constantKey = description.constantKey;
    this.keyCodec = description.keyCodec ?? (keyType && codecOf(keyType));
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
    return this.#store ??= new VirtualStore(this.kind, this.name, this, this.#handedOver(() => 1));
  }

  /** Bytes of a value as stores hand it over. */
  #handedOver(cpus: () => number): number {
    return this.isPerCpu ? cpus() * strideOf(this.valueSize) : this.valueSize;
  }

  /** Lets nobody but programs change it. */
  freeze(): void {
    if (this.#isClosed) this.store.clear();
    if (this.#descriptor) freezeMap(this.#descriptor);
    this.#isFrozen = true;
  }

  /** Refuses changes of a frozen map, but for those of programs. */
  demandThawed(): void {
    if (!this.#isFrozen || isInProgram()) return;
    throw new EbpfError(ErrorCode.NotPermitted, `Cannot change the map "${this.name}": it is frozen`, {
      remedy: "Store what it needs before freeze()",
    });
  }

  #reopen(): void {
    this.#isClosed = this.#isFrozen = false;
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
    const map = this.#create();
    this.#before = this.#isClosed ? undefined : this.#store;
    try {
      const store = this.#kernelStore(map);
      if (this.#before instanceof VirtualStore) moveEntries(this.#before, store);
      if (this.#isFrozen) freezeMap(map);
      this.#store = store;
    } catch (error) {
      map.close();
      throw error;
    }
    this.#isClosed = false;
    return this.#descriptor = map;
  }

  /** Makes it in the kernel. */
  #create(): Descriptor {
    const { kind, keySize, maxEntries, flags, name, olderValueSize } = this;
    const type: MapType = mapTypes[kind];
    const create = (valueSize: number) =>
      withTypes(
        this,
        (btf) =>
          this.#withInner((innerMap) =>
            createMap({ type, keySize, valueSize, maxEntries, flags, name, btf, innerMap })
          ),
      );
    try {
      return create(this.valueSize);
    } catch (error) {
      if (olderValueSize === undefined || !(error instanceof EbpfError) || error.errno !== EINVAL) throw error;
      return create(olderValueSize);
    }
  }

  /** Lets the kernel have the objects that are in it, too. They may use the map themselves. */
  fill(): void {
    this.tenants?.enter(this.store);
  }

  /** The kernel wants to see such a map as the values of a map of maps are; afterwards it need not exist. */
  #withInner(create: (inner: Descriptor | undefined) => Descriptor): Descriptor {
    if (!this.inner) return create(undefined);
    const wasShared = this.inner.isShared;
    try {
      return create(this.inner.share());
    } finally {
      if (!wasShared) this.inner.unshare();
    }
  }

  /**
   * Uses a map that the kernel has already, with the entries that are in it.
   *
   * @param map Owned from here on, unless this throws.
   * @param operation What this is for, as it follows "Cannot".
   * @throws {EbpfError} `InvalidArgument` if it is another kind of map, or has other sizes or types.
   */
  adopt(map: Descriptor, operation: string): void {
    demandSameMap(map, this.#asIn(map), operation);
    this.#before = this.#isClosed ? undefined : this.#store;
    this.#store = this.#kernelStore(map);
    this.#isClosed = false;
    this.#descriptor = map;
  }

  /** Itself, with the bytes of values that it has in the kernel. */
  #asIn(map: Descriptor): Shape {
    const { name, kind, keyType, valueType, keySize, maxEntries } = this;
    const valueSize = this.olderValueSize === mapInfo(map).valueSize ? this.olderValueSize : this.valueSize;
    return { name, kind, keyType, valueType, keySize, valueSize, maxEntries };
  }

  #kernelStore(map: Descriptor): KernelStore {
    const { kind, keySize, maxEntries, name } = this;
    const valueSize = this.olderValueSize === undefined ? this.#handedOver(possibleCpus) : mapInfo(map).valueSize;
    return new (kind === "lpmTrie" ? KernelTrieStore : KernelStore)(map, name, {
      keySize,
      valueSize,
      maxEntries,
      isIndexed: this.isIndexed,
      isLocked: this.lockOffset !== undefined,
    });
  }

  /** Takes it back out of the kernel, as if it had never been there. */
  unshare(): void {
    // Loading may have failed before it came to what is in a map of maps.
    if (!this.isShared) return;
    this.#store = this.#before;
    this.#free(true);
  }

  /** Somebody uses it in the kernel: a program, or another map. */
  retain(user: object): void {
    if (this.#users.size === 0) this.tenants?.stay();
    this.#users.set(user, (this.#users.get(user) ?? 0) + 1);
  }

  /** Somebody is done with it: after the last one it is closed. Whoever is only there for the map's sake does not count. */
  release(user: object): void {
    this.forget(user);
    if (!this.isShared || [...this.#users.keys()].some((other) => !this.tenants?.owns(other))) return;
    this.#store = closedStore(this.name);
    this.#isClosed = true;
    this.#free(false);
  }

  /** Somebody has never used it: what it was loaded for has not come to be. */
  forget(user: object): void {
    const uses = this.#users.get(user) ?? 0;
    if (uses > 1) this.#users.set(user, uses - 1);
    else this.#users.delete(user);
  }

  /** It stays in the kernel. */
  settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#before = undefined;
    this.tenants?.settle();
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

  /** Makes ready to store a value under a cell's key: in a program, that of the first CPU; the others keep theirs. */
  writeValue(x: unknown, cell: Cell): void {
    if (!this.isPerCpu) return this.valueCodec!.encode(x, cell.value, 0);
    const bytes = bytesOf(cell.value).fill(0);
    if (!isInProgram()) return encodePerCpu(this.valueCodec!, x, cell.value);
    if (cell.lookup()) bytes.set(bytesOf(cell.found));
    bytes.set(encoded(this.valueCodec!, x));
  }

  /** The value at an offset of what the store handed over: of all CPUs, where it is per CPU. */
  decode(view: DataView, offset: number): unknown {
    if (!this.isPerCpu) return this.valueCodec!.decode(view, offset);
    return decodePerCpu(this.valueCodec!, view, offset, this.store.valueSize / strideOf(this.valueSize));
  }

  #free(undo: boolean): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    this.#before = undefined;
    this.#isSettled = false;
    this.tenants?.leave(undo);
    descriptor?.close();
  }
}

/** Copies all entries; the CPU that this process has stands for the first one. */
function moveEntries(from: Store, to: Store): void {
  for (const { count, keys, values } of from.entries()) to.updateMany({ count, keys, values: spread(count, values) });

  function spread(count: number, values: Entries["values"]): Entries["values"] {
    if (from.valueSize === to.valueSize) return values;
    const wider = makeBytes(count * to.valueSize);
    for (let i = 0; i < count; i++) {
      wider.set(values.subarray(i * from.valueSize, (i + 1) * from.valueSize), i * to.valueSize);
    }
    return wider;
  }
}

function encoded(codec: Codec, x: unknown): Uint8Array<ArrayBuffer> {
  const bytes = makeBytes(codec.size);
  codec.encode(x, new DataView(bytes.buffer), 0);
  return bytes;
}

function bytesOf({ buffer, byteOffset, byteLength }: DataView<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

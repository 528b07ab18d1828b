/**
 * The inside of maps without keys: ring buffers, queues, and what is like them. What is in them cannot be looked up, but only
 * be taken out.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import {
  type Closable,
  createMap,
  createWaiter,
  type Descriptor,
  duplicate,
  type MapType,
  type Waiter,
  type WaitMode,
} from "../kernel/mod.ts";
import { mapTypes, type VirtualMap } from "../vm/mod.ts";
import { MapBinding, type MapDescription } from "./binding.ts";
import { withTypes } from "./kernel_types.ts";
import type { BpfMap } from "./map.ts";
import { demandSameMap } from "./same.ts";
import { makeBytes } from "./store.ts";

/** What the kernel keeps for a map, beside the map itself: the mapped memory. */
export interface Channel extends Closable {
  /** What becomes readable when there is something to read. */
  readonly descriptors: readonly Descriptor[];
}

/** What kinds of such maps differ in. */
export interface ChannelKind<C extends Channel> {
  /** Opens what is needed for a map that has just been made in the kernel, and moves there what this process has. */
  open(map: Descriptor): C;
  /** Opens what is needed for a map that others have filled. */
  adopt(map: Descriptor): C;
  /** Bytes of the kernel's keys and values, which are not those of the records. */
  readonly keySize: number;
  readonly valueSize: number;
  /** The kernel's number of entries, where that is not the map's own. */
  maxEntries?(): number;
  /** Whether this process goes on having a map of its own, beside the kernel's. */
  readonly isSideBySide: boolean;
}

/** What such a map keeps from its users. */
export abstract class RecordBinding<C extends Channel, L extends VirtualMap> extends MapBinding {
  readonly #kind: ChannelKind<C>;
  readonly #waiters = new Set<RecordWaiter>();
  #local: L | undefined;
  #kernel: { readonly map: Descriptor; readonly channel: C } | undefined;
  /** How often each uses it. */
  readonly #users = new Map<object, number>();
  #isClosed = false;

  constructor(reference: BpfMap, description: MapDescription, kind: ChannelKind<C>) {
    super(reference, description);
    this.#kind = kind;
  }

  /** Makes the map of this process. */
  protected abstract createLocal(): L;

  /** Tells those who wait that there may be something: a record of this process, the kernel's map, or the end. */
  protected notify(): void {
    for (const waiter of this.#waiters) waiter.wake();
  }

  /** The map of this process: of runs as plain JavaScript and in the virtual machine. */
  get local(): L {
    return this.#local ??= this.createLocal();
  }

  /** What the kernel has, if it has the map. */
  get channel(): C | undefined {
    return this.#kernel?.channel;
  }

  /** Whether the last program that used it is closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Throws `Closed` after the last program that used it is closed. */
  demandOpen(): void {
    if (!this.#isClosed) return;
    throw new EbpfError(ErrorCode.Closed, `Cannot use the map "${this.name}": it is closed`, {
      remedy: "Read what you need before the last program that uses it is closed",
    });
  }

  /** A record as bytes. */
  record(x: unknown): Uint8Array<ArrayBuffer> {
    const { encode, size } = this.valueCodec!;
    const bytes = makeBytes(size);
    encode(x, new DataView(bytes.buffer), 0);
    return bytes;
  }

  /** Waits for whatever may be to read, until it is closed. */
  waiter(mode: WaitMode): Waiter {
    const waiter = new RecordWaiter(mode, () => this.channel?.descriptors, () => this.#waiters.delete(waiter));
    this.#waiters.add(waiter);
    return waiter;
  }

  override get isShared(): boolean {
    return this.#kernel !== undefined;
  }

  override share(): Descriptor {
    if (this.#kernel) return this.#kernel.map;
    const { kind, flags, name } = this;
    const { keySize, valueSize } = this.#kind;
    const maxEntries = this.#kind.maxEntries?.() ?? this.maxEntries;
    const type: MapType = mapTypes[kind];
    const map = withTypes(this, (btf) => createMap({ type, keySize, valueSize, maxEntries, flags, name, btf }));
    try {
      this.#kernel = { map, channel: this.#kind.open(map) };
    } catch (error) {
      map.close();
      throw error;
    }
    this.#isClosed = false;
    this.notify();
    return map;
  }

  override adopt(map: Descriptor, operation: string): void {
    const { keySize, valueSize } = this.#kind;
    const maxEntries = this.#kind.maxEntries?.() ?? this.maxEntries;
    demandSameMap(map, { ...this, name: this.name, keySize, valueSize, maxEntries }, operation);
    this.#kernel = { map, channel: this.#kind.adopt(map) };
    this.#isClosed = false;
    this.notify();
  }

  override unshare(): void {
    this.#free();
  }

  override retain(user: object): void {
    this.#users.set(user, (this.#users.get(user) ?? 0) + 1);
  }

  override forget(user: object): void {
    const uses = this.#users.get(user) ?? 0;
    if (uses > 1) this.#users.set(user, uses - 1);
    else this.#users.delete(user);
  }

  override release(user: object): void {
    this.forget(user);
    if (!this.isShared || this.#users.size > 0) return;
    this.#isClosed = true;
    this.#local = undefined;
    this.#free();
  }

  override virtual(): VirtualMap {
    this.#isClosed = false;
    if (!this.#kernel || this.#kind.isSideBySide) return this.local;
    throw new EbpfError(
      ErrorCode.NotSupported,
      `Cannot run on "vm" with the map "${this.name}": the kernel has what is in it since load()`,
      { remedy: 'Test on "vm" before load(), or on "kernel" after it' },
    );
  }

  #free(): void {
    const kernel = this.#kernel;
    this.#kernel = undefined;
    for (const waiter of this.#waiters) waiter.forget();
    kernel?.channel.close();
    kernel?.map.close();
    this.notify();
  }
}

/** Waits for records of this process and of the kernel, whose map may come and go meanwhile. */
class RecordWaiter implements Waiter {
  readonly #mode: WaitMode;
  readonly #descriptors: () => readonly Descriptor[] | undefined;
  readonly #ended: () => void;
  /** For the kernel's: on descriptors of its own, which several waiters can watch at a time. */
  #inner: { readonly waiter: Waiter; readonly descriptors: readonly Descriptor[] } | undefined;
  #wake: (() => void) | undefined;
  /** Something came while nobody waited. */
  #isDue = false;
  #isClosed = false;

  constructor(mode: WaitMode, descriptors: () => readonly Descriptor[] | undefined, ended: () => void) {
    this.#mode = mode;
    this.#descriptors = descriptors;
    this.#ended = ended;
  }

  wait(found: number): Promise<void> {
    if (this.#isClosed || this.#isDue) {
      this.#isDue = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const end = () => {
        if (this.#wake === end) this.#wake = undefined;
        resolve();
      };
      this.#wake = end;
      void this.#open()?.wait(found).then(end);
    });
  }

  /** Ends the wait, or the next one if nobody waits. */
  wake(): void {
    if (this.#wake) this.#wake();
    else this.#isDue = true;
  }

  /** Lets go of the kernel's map, which is about to be closed. */
  forget(): void {
    const inner = this.#inner;
    this.#inner = undefined;
    inner?.waiter.close();
    inner?.descriptors.forEach((descriptor) => descriptor.close());
  }

  close(): void {
    this.#isClosed = true;
    this.forget();
    this.#wake?.();
    this.#ended();
  }

  #open(): Waiter | undefined {
    if (this.#inner) return this.#inner.waiter;
    const descriptors = this.#descriptors()?.map(duplicate);
    if (!descriptors) return undefined;
    try {
      this.#inner = { waiter: createWaiter(this.#mode, descriptors), descriptors };
    } catch (error) {
      descriptors.forEach((descriptor) => descriptor.close());
      throw error;
    }
    return this.#inner.waiter;
  }
}

/**
 * Maps whose entries are objects: programs, other maps. User space keeps the objects; the kernel gets their descriptors.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import type { Inspect } from "../ffi/console.ts";
import type { Descriptor } from "../kernel/mod.ts";
import type { AnyType } from "../types/mod.ts";
import type { MapDescription, MapTenants } from "./binding.ts";
import { toJson } from "./codec.ts";
import { binding, BpfMap } from "./map.ts";
import { full, makeBytes, type Store } from "./store.ts";

/** An entry. */
interface Entry<K, V> {
  readonly key: K;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly value: V;
}

/** How a map of objects is made; its values are descriptors. */
export type ReferenceDescription = Pick<MapDescription, "kind" | "maxEntries" | "inner"> & {
  readonly keyType: AnyType;
};

/**
 * A map whose values are objects, with the methods of JavaScript's own `Map`. Nothing is there at first.
 *
 * While the kernel has the map, storing and deleting take effect at once, for the next packet.
 */
export abstract class ReferenceMap<K, V extends object> extends BpfMap implements Iterable<[K, V]> {
  readonly #entries = new Map<string, Entry<K, V>>();

  /** Makes a map of a kind. */
  protected constructor(description: ReferenceDescription, valueType: AnyType) {
    super({ ...description, valueType });
    const tenants: MapTenants = {
      enter: (store) => this.#entries.forEach((entry) => this.#moveIn(entry, store)),
      stay: () => this.#entries.forEach(({ value }) => this.stay(value)),
      settle: () => this.#entries.forEach(({ value }) => this.settle(value)),
      leave: (undo) => this.#entries.forEach(({ value }) => this.leave(value, undo)),
      owns: (user) => [...this.#entries.values()].some(({ value }) => this.owns(value, user)),
    };
    this[binding].tenants = tenants;
  }

  /**
   * Lets the kernel have an object, which may be later: `use` is called with its descriptor then.
   *
   * @ignore
   */
  protected abstract enter(value: V, use: (descriptor: Descriptor) => void): void;

  /**
   * The object has come to stay: loading has succeeded.
   *
   * @ignore
   */
  protected abstract stay(value: V): void;

  /**
   * What the map is for has been loaded, for good.
   *
   * @ignore
   */
  protected abstract settle(value: V): void;

  /**
   * The kernel no longer needs an object for this map; `undo`: as if it had never had it.
   *
   * @ignore
   */
  protected abstract leave(value: V, undo: boolean): void;

  /**
   * Whether an object, which uses the map, is only there for the map's sake.
   *
   * @ignore
   */
  protected abstract owns(value: V, user: object): boolean;

  /**
   * Refuses what the map cannot take.
   *
   * @ignore
   */
  protected abstract demand(value: unknown): void;

  /**
   * The object of a key.
   *
   * @param key The key.
   * @returns The object; `undefined` if the key is not there.
   */
  get(key: K): V | undefined {
    return this.#entries.get(textOf(this[binding].key(key)))?.value;
  }

  /**
   * Whether a key is there.
   *
   * @param key The key.
   */
  has(key: K): boolean {
    return this.get(key) !== undefined;
  }

  /**
   * Stores an object in the place of the one that is there.
   *
   * @param key The key.
   * @param value The object.
   * @throws {EbpfError} `InvalidArgument` for what the map cannot take; `OutOfRange` for an index beyond its end;
   * `TooLarge` if it is full; where the kernel has the map, as loading the object fails.
   */
  set(key: K, value: V): this {
    this.demand(value);
    const inside = this[binding];
    const entry = { key, bytes: inside.key(key), value };
    const text = textOf(entry.bytes);
    const before = this.#entries.get(text);
    if (before?.value === value) return this;
    this.demandRoom(key, before !== undefined);
    const { store } = inside;
    if (!inside.isShared) return this.#put(text, entry);
    this.#moveIn(entry, store);
    this.stay(value);
    this.settle(value);
    this.#put(text, entry);
    if (before) this.leave(before.value, false);
    return this;
  }

  /**
   * Removes an object.
   *
   * @param key The key.
   * @returns Whether it was there.
   */
  delete(key: K): boolean {
    const inside = this[binding];
    const { store } = inside;
    const bytes = inside.key(key);
    const entry = this.#entries.get(textOf(bytes));
    if (!entry) return false;
    if (inside.isShared) store.delete(bytes);
    this.#entries.delete(textOf(bytes));
    if (inside.isShared) this.leave(entry.value, false);
    return true;
  }

  /** Removes all objects. */
  clear(): void {
    for (const key of [...this.keys()]) this.delete(key);
  }

  /** How many objects there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** All keys with their objects, in the order in which they were stored first. */
  *entries(): IterableIterator<[K, V]> {
    for (const { key, value } of this.#entries.values()) yield [key, value];
  }

  /** All keys. */
  *keys(): IterableIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  /** All objects. */
  *values(): IterableIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  /** As {@linkcode ReferenceMap.entries}. */
  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }

  /**
   * Calls a function for each entry.
   *
   * @param visit What to do with the object, its key, and the map.
   */
  forEach(visit: (value: V, key: K, map: this) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this);
  }

  /** What `JSON.stringify` makes of it: an array of `[key, value]`; of programs their classes' names. */
  override toJSON(): unknown {
    return [...this.#named()].map(toJson);
  }

  /** @ignore */
  protected override shown(inspect: Inspect, options: unknown): string {
    return inspect(new Map(this.#named()), options).replace(/^Map/, this.constructor.name);
  }

  *#named(): IterableIterator<[K, unknown]> {
    for (const [key, value] of this) yield [key, value instanceof BpfMap ? value : value.constructor.name];
  }

  /**
   * Refuses a key for which there is no room.
   *
   * @ignore
   */
  protected demandRoom(key: K, isThere: boolean): void {
    const { name, keyType, maxEntries, kind } = this[binding];
    if (kind === "hashOfMaps") {
      if (isThere || this.size < maxEntries) return;
      throw full(name, { maxEntries });
    }
    if (keyType && Number.isInteger(key) && Number(key) >= 0 && Number(key) < maxEntries) return;
    throw new EbpfError(ErrorCode.OutOfRange, `Cannot store into map "${name}" at ${key}`, {
      remedy: `Its indexes go from 0 to ${maxEntries - 1}`,
    });
  }

  #put(text: string, entry: Entry<K, V>): this {
    this.#entries.set(text, entry);
    return this;
  }

  /**
   * Hands the descriptor that an object has by now to the kernel's map, for all of its entries.
   *
   * @ignore
   */
  protected renew(value: V): void {
    const { isShared, store } = this[binding];
    if (!isShared) return;
    for (const entry of this.#entries.values()) if (entry.value === value) this.#moveIn(entry, store);
  }

  /** Hands an object's descriptor to the kernel's map. */
  #moveIn({ bytes, value }: Entry<K, V>, store: Store): void {
    this.enter(value, ({ fd }) => {
      const descriptor = makeBytes(4);
      new DataView(descriptor.buffer).setInt32(0, fd, true);
      store.update(bytes, descriptor, 0);
    });
  }
}

/** A key's bytes as a key of JavaScript's own map. */
function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

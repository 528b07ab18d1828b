/**
 * Maps with keys and values, with the methods of JavaScript's own `Map`.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import type { Inspect } from "../ffi/console.ts";
import { access, isScalar } from "../types/mod.ts";
import { toJson } from "./codec.ts";
import { binding, BpfMap } from "./map.ts";
import { isInProgram } from "./mode.ts";
import type { UpdateFlags } from "./store.ts";
import { rowsOf, type TableRow } from "./table.ts";

/**
 * What {@linkcode KeyedMap.set} demands of the key: `"noexist"` that it is not there yet, `"exist"` that it is.
 */
export type SetFlag = "noexist" | "exist";

const FLAGS: Readonly<Record<SetFlag, UpdateFlags>> = { noexist: 1, exist: 2 };

/** How many entries a console shows. */
const MOST_SHOWN = 100;

/**
 * A map with keys and values.
 *
 * In user space values are plain: numbers, bigints, booleans, and copies of structs as plain objects and of arrays as plain
 * arrays. In a program, runs as plain JavaScript included, `get` gives a live view of a struct: writing its fields changes
 * the map.
 *
 * `Key` is what methods take for a key, and `Value` what they store: most kinds take what they give.
 */
export abstract class KeyedMap<K, V, Key = K, Value = V> extends BpfMap implements Iterable<[K, V]> {
  /**
   * The value of a key.
   *
   * @param key The key.
   * @returns The value; `undefined` if the key is not there.
   * @throws {EbpfError} `Closed`; as bpf(2) fails.
   */
  get(key: Key): V | undefined {
    const inside = this[binding];
    if (isInProgram() && !isScalar(inside.foundType!)) {
      const memory = inside.store.live(inside.key(key));
      return memory && access(inside.foundType!, memory, 0);
    }
    const { store } = inside;
    const cell = store.take();
    inside.keyCodec!.encode(key, cell.key, 0);
    const value = cell.lookup() ? inside.decode(cell.found, 0) as V : undefined;
    store.give(cell);
    return value;
  }

  /**
   * Stores a value.
   *
   * @param key The key.
   * @param value The value; fields of structs that are missing become 0.
   * @param flag Whether the key must be new, or must not be. Without it, either will do.
   * @returns Whether it was stored: `false` if the flag forbade it. In a program also `false` if there is no room.
   * @throws {EbpfError} `TooLarge` if the map is full, in user space; `NotPermitted` if it is frozen; `Closed`; as bpf(2)
   * fails.
   */
  set(key: Key, value: Value, flag?: SetFlag): boolean {
    const inside = this[binding];
    inside.demandThawed();
    const { store } = inside;
    const cell = store.take();
    inside.keyCodec!.encode(key, cell.key, 0);
    inside.writeValue(value, cell);
    try {
      const isStored = cell.update(flag === undefined ? 0 : flagsOf(flag));
      store.give(cell);
      return isStored;
    } catch (error) {
      if (isInProgram() && error instanceof EbpfError && error.code === ErrorCode.TooLarge) return false;
      throw error;
    }
  }

  /**
   * Whether a key is there.
   *
   * @param key The key.
   * @throws {EbpfError} `Closed`; as bpf(2) fails.
   */
  has(key: Key): boolean {
    const { store, keyCodec } = this[binding];
    const cell = store.take();
    keyCodec!.encode(key, cell.key, 0);
    const isThere = cell.lookup();
    store.give(cell);
    return isThere;
  }

  /**
   * How many entries there are. They are counted at each use: the kernel keeps no number.
   *
   * @throws {EbpfError} `Closed`; as bpf(2) fails.
   */
  get size(): number {
    let size = 0;
    for (const { count } of this[binding].store.entries()) size += count;
    return size;
  }

  /**
   * All entries, in no order; read in pieces of some thousand.
   *
   * What is there from the beginning to the end comes exactly once. What is stored or deleted meanwhile, here or in the
   * kernel, may come or not; deleting the entry at hand is always safe. (Kernels before 5.6 go from key to key: if the
   * key at hand is deleted, some entries come again, and others may be left out.)
   *
   * In a program (Linux 5.13), of hash maps and arrays: structs are live views, and of the entries only the one at hand may be
   * changed or deleted.
   *
   * @throws {EbpfError} `Closed`; as bpf(2) fails.
   */
  *entries(): IterableIterator<[K, V]> {
    const inside = this[binding];
    const { store, keyCodec } = inside;
    const inProgram = isInProgram();
    for (const { count, keys, values } of store.entries()) {
      const [ofKeys, ofValues] = [new DataView(keys.buffer), new DataView(values.buffer)];
      for (let i = 0; i < count; i++) {
        const key = keyCodec!.decode(ofKeys, i * keyCodec!.size);
        const value = inProgram ? this.get(key as Key) : inside.decode(ofValues, i * store.valueSize);
        // What a program has deleted since it does not come to.
        if (value !== undefined) yield [key as K, value as V];
      }
    }
  }

  /** All keys, as {@linkcode KeyedMap.entries} gives them. */
  *keys(): IterableIterator<K> {
    for (const [key] of this.entries()) yield key;
  }

  /** All values, as {@linkcode KeyedMap.entries} gives them. */
  *values(): IterableIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  /** As {@linkcode KeyedMap.entries}. */
  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }

  /**
   * Calls a function for each entry, as {@linkcode KeyedMap.entries} gives them.
   *
   * @param visit What to do with the value, its key, and the map.
   * @param thisOfVisit What `this` is in `visit`, if that is no arrow function.
   * @throws {EbpfError} `Closed`; as bpf(2) fails.
   */
  forEach(visit: (value: V, key: K, map: this) => void, thisOfVisit?: unknown): void {
    for (const [key, value] of this.entries()) visit.call(thisOfVisit, value, key, this);
  }

  /**
   * The entries as rows for `console.table`: fields of keys and values have columns of their own.
   *
   * @returns A row for each entry, as an object by the names of the columns.
   */
  toTable(): TableRow[] {
    return rowsOf(this.entries());
  }

  /**
   * Makes the map unchangeable from user space, in all processes and for good; programs may change it still. Before
   * `load()` it holds for this object.
   *
   * @throws {EbpfError} `Closed`; as bpf(2) fails.
   */
  freeze(): void {
    this[binding].freeze();
  }

  /** What `JSON.stringify` makes of it: an array of `[key, value]`, with bigints as strings of their decimal digits. */
  override toJSON(): unknown {
    return [...this.entries()].map(toJson);
  }

  /** @ignore */
  protected override shown(inspect: Inspect, options: unknown): string {
    const some = new Map<K, V>();
    let size = 0;
    for (const [key, value] of this.entries()) if (size++ < MOST_SHOWN) some.set(key, value);
    const rest = size > some.size ? ` and ${size - some.size} more` : "";
    return inspect(some, options).replace(/^Map/, this.constructor.name) + rest;
  }
}

function flagsOf(flag: SetFlag): UpdateFlags {
  if (Object.hasOwn(FLAGS, flag)) return FLAGS[flag];
  throw new EbpfError(ErrorCode.InvalidArgument, `Cannot store with the flag ${JSON.stringify(flag)}`, {
    remedy: 'Use "noexist" or "exist", or none',
  });
}

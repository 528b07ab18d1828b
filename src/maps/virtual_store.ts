/**
 * Entries in this process: a map of the virtual machine. It is what a map is made of until it is loaded.
 *
 * @module
 */

import type { Memory } from "../types/mod.ts";
import { createVirtualMap, type MapKind, type VirtualMap } from "../vm/mod.ts";
import { type Cell, type Dimensions, type Entries, full, makeBytes, type Store, type UpdateFlags } from "./store.ts";

/** The kernel's error numbers for a full map, and for an index outside an array. */
const FULL: readonly number[] = [-7, /* E2BIG */ -28 /* ENOSPC, of tries */];

/** How many entries are handed out at a time. */
const PIECE = 1024;

/** Entries of a map of the virtual machine, which has one CPU. */
export class VirtualStore implements Store {
  readonly valueSize: number;
  /** The map itself, for runs in the virtual machine. */
  readonly map: VirtualMap;
  readonly #dimensions: Dimensions;
  /** Of the last operation, for the next one. */
  #cell: Cell | undefined;

  constructor(kind: MapKind, name: string, dimensions: Dimensions, valueSize: number = dimensions.valueSize) {
    this.map = createVirtualMap({ kind, name, ...dimensions });
    this.#dimensions = dimensions;
    this.valueSize = valueSize;
  }

  take(): Cell {
    const cell = this.#cell;
    this.#cell = undefined;
    return cell ?? new VirtualCell(this);
  }

  give(cell: Cell): void {
    this.#cell = cell;
  }

  lookup(key: Uint8Array<ArrayBuffer>, value: Uint8Array<ArrayBuffer>): boolean {
    const found = this.map.get(key);
    if (found) value.set(found);
    return found !== undefined;
  }

  live(key: Uint8Array<ArrayBuffer>): Memory | undefined {
    const found = this.map.get(key);
    return found && { view: new DataView(found.buffer, found.byteOffset, found.byteLength) };
  }

  update(key: Uint8Array<ArrayBuffer>, value: Uint8Array<ArrayBuffer>, flags: UpdateFlags): boolean {
    const result = this.map.update(key, value, flags);
    if (FULL.includes(result)) throw full(this.map.name, this.#dimensions);
    return result === 0;
  }

  delete(key: Uint8Array<ArrayBuffer>): boolean {
    return this.map.delete(key) === 0;
  }

  *entries(): Iterable<Entries> {
    const all = [...this.map.keys()];
    const { map: { keySize }, valueSize } = this;
    for (let from = 0; from < all.length; from += PIECE) {
      const some = all.slice(from, from + PIECE);
      const [keys, values] = [makeBytes(some.length * keySize), makeBytes(some.length * valueSize)];
      let count = 0;
      for (const key of some) {
        const value = this.map.get(key);
        // The user may have deleted it since.
        if (!value) continue;
        keys.set(key, count * keySize);
        values.set(value, count * valueSize);
        count++;
      }
      yield { count, keys, values };
    }
  }

  updateMany({ count, keys, values }: Entries): void {
    const { map: { keySize }, valueSize } = this;
    for (let i = 0; i < count; i++) {
      this.update(keys.slice(i * keySize, (i + 1) * keySize), values.slice(i * valueSize, (i + 1) * valueSize), 0);
    }
  }

  clear(): void {
    for (const key of [...this.map.keys()]) this.map.delete(key);
  }
}

/** The memory of operations on single entries. */
class VirtualCell implements Cell {
  readonly key: DataView<ArrayBuffer>;
  readonly found: DataView<ArrayBuffer>;
  readonly value: DataView<ArrayBuffer>;
  readonly #store: VirtualStore;
  readonly #bytes: Readonly<Record<"key" | "found" | "value", Uint8Array<ArrayBuffer>>>;

  constructor(store: VirtualStore) {
    const { map: { keySize }, valueSize } = store;
    const { key, found, value } = this.#bytes = {
      key: makeBytes(keySize),
      found: makeBytes(valueSize),
      value: makeBytes(valueSize),
    };
    this.key = new DataView(key.buffer);
    this.found = new DataView(found.buffer);
    this.value = new DataView(value.buffer);
    this.#store = store;
  }

  lookup(): boolean {
    return this.#store.lookup(this.#bytes.key, this.#bytes.found);
  }

  update(flags: UpdateFlags): boolean {
    return this.#store.update(this.#bytes.key, this.#bytes.value, flags);
  }

  delete(): boolean {
    return this.#store.delete(this.#bytes.key);
  }
}

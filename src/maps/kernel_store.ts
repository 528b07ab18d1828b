/**
 * Entries in the kernel, by bpf(2): many at a time where the map can (kernel 5.6), else one after the other.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import {
  batch,
  type BatchCommand,
  type BatchOptions,
  type BatchResult,
  BpfCommand,
  deleteElement,
  type Descriptor,
  ElementCalls,
  lookupElement,
  nextKey,
  updateElement,
  UpdateFlag,
} from "../kernel/mod.ts";
import type { Memory } from "../types/mod.ts";
import { LiveValue } from "./live.ts";
import { type Cell, type Dimensions, type Entries, full, makeBytes, type Store, type UpdateFlags } from "./store.ts";

/** How many entries one call moves, if they are small. */
const MOST_AT_ONCE = 4096;
/** Bytes of values that one call moves, at most; but one entry always. */
const MOST_BYTES = 1 << 20;

/** Entries of a map in the kernel. */
export class KernelStore implements Store {
  readonly valueSize: number;
  readonly #map: Descriptor;
  readonly #name: string;
  readonly #dimensions: Dimensions;
  /** Values are read and written under their lock, if they have one: never half of them. */
  readonly #lock: UpdateFlag;
  /** Of the last operation, for the next one. */
  #cell: Cell | undefined;

  constructor(map: Descriptor, name: string, dimensions: Dimensions) {
    this.valueSize = dimensions.valueSize;
    this.#map = map;
    this.#name = name;
    this.#dimensions = dimensions;
    this.#lock = dimensions.isLocked ? UpdateFlag.Lock : UpdateFlag.Any;
  }

  take(): Cell {
    const cell = this.#cell;
    this.#cell = undefined;
    return cell ?? new KernelCell(this.#map, this.#name, this.#dimensions, this.#lock);
  }

  give(cell: Cell): void {
    this.#cell = cell;
  }

  lookup(key: Uint8Array<ArrayBuffer>, value: Uint8Array<ArrayBuffer>): boolean {
    return lookupElement(this.#map, key, value, this.#lock);
  }

  live(key: Uint8Array<ArrayBuffer>): Memory | undefined {
    const [own, bytes] = [makeBytes(key.length), makeBytes(this.#dimensions.valueSize)];
    own.set(key);
    if (!this.lookup(own, bytes)) return undefined;
    return new LiveValue(bytes, {
      read: () => void this.lookup(own, bytes),
      write: () => void updateElement(this.#map, own, bytes, UpdateFlag.Exist | this.#lock),
    });
  }

  update(key: Uint8Array<ArrayBuffer>, value: Uint8Array<ArrayBuffer>, flags: UpdateFlags): boolean {
    return orFull(this.#name, this.#dimensions, () => updateElement(this.#map, key, value, flags | this.#lock));
  }

  delete(key: Uint8Array<ArrayBuffer>): boolean {
    return deleteElement(this.#map, key);
  }

  entries(): Iterable<Entries> {
    return this.#take(BpfCommand.MapLookupBatch) ?? this.#oneByOne();
  }

  updateMany(entries: Entries): void {
    const { keySize, valueSize } = this.#dimensions;
    const options: BatchOptions = { ...entries, flags: this.#lock };
    const store = () => this.#batch(BpfCommand.MapUpdateBatch, options);
    if (orFull(this.#name, this.#dimensions, store)) return;
    for (let i = 0; i < entries.count; i++) {
      const [key, value] = [makeBytes(keySize), makeBytes(valueSize)];
      key.set(entries.keys.subarray(i * keySize, (i + 1) * keySize));
      value.set(entries.values.subarray(i * valueSize, (i + 1) * valueSize));
      this.update(key, value, 0);
    }
  }

  clear(): void {
    const taken = this.#take(BpfCommand.MapLookupAndDeleteBatch);
    if (taken) {
      for (const _ of taken);
      return;
    }
    const key = makeBytes(this.#dimensions.keySize);
    while (nextKey(this.#map, undefined, key)) this.delete(key);
  }

  /** All entries by a command that gives many; `undefined` if the map does not know it. */
  #take(command: BatchCommand): Iterable<Entries> | undefined {
    const pieces = this.#pieces(command);
    const first = pieces.next();
    if (first.value === "unsupported") return undefined;
    return (function* () {
      if (first.done) return;
      yield first.value as Entries;
      for (const piece of pieces) if (piece !== "unsupported") yield piece;
    })();
  }

  *#pieces(command: BatchCommand): Generator<Entries | "unsupported", void> {
    const { keySize, valueSize, maxEntries } = this.#dimensions;
    let size = Math.max(1, Math.min(maxEntries, MOST_AT_ONCE, Math.floor(MOST_BYTES / valueSize)));
    let [keys, values] = [makeBytes(size * keySize), makeBytes(size * valueSize)];
    const next = makeBytes(Math.max(4, keySize));
    const from = makeBytes(next.length);
    for (let isFirst = true;;) {
      const options = { from: isFirst ? undefined : from, next, keys, values, count: size, flags: this.#lock };
      const result = this.#batch(command, options);
      if (result === undefined) return yield "unsupported";
      if (result === "small") {
        size *= 2;
        [keys, values] = [makeBytes(size * keySize), makeBytes(size * valueSize)];
        continue;
      }
      if (result.count > 0) yield { count: result.count, keys, values };
      if (result.end) return;
      isFirst = false;
      from.set(next);
    }
  }

  /** What a call for many did; `"small"` if the buffers must be larger, `undefined` if the map cannot do it. */
  #batch(command: BatchCommand, options: BatchOptions): BatchResult | "small" | undefined {
    try {
      return batch(command, this.#map, options);
    } catch (error) {
      if (error instanceof EbpfError && error.code === ErrorCode.OutOfRange) return "small";
      if (error instanceof EbpfError && error.code === ErrorCode.NotSupported) return undefined;
      throw error;
    }
  }

  /**
   * Key by key. If a key is deleted while it is gone on from, the kernel begins again: so many keys as the map can have are
   * the most that are given out.
   */
  *#oneByOne(): Iterable<Entries> {
    const { keySize, valueSize, maxEntries } = this.#dimensions;
    const [keys, values] = [makeBytes(keySize), makeBytes(valueSize)];
    const from = makeBytes(keySize);
    for (let seen = 0; seen < maxEntries; seen++) {
      if (!nextKey(this.#map, seen === 0 ? undefined : from, keys)) return;
      from.set(keys);
      if (this.lookup(keys, values)) yield { count: 1, keys, values };
    }
  }
}

/** The memory of operations on single entries. */
class KernelCell extends ElementCalls implements Cell {
  readonly #name: string;
  readonly #dimensions: Dimensions;
  readonly #lock: UpdateFlag;

  constructor(map: Descriptor, name: string, dimensions: Dimensions, lock: UpdateFlag) {
    super(map, dimensions.keySize, dimensions.valueSize, lock);
    this.#name = name;
    this.#dimensions = dimensions;
    this.#lock = lock;
  }

  override update(flags: UpdateFlags): boolean {
    return orFull(this.#name, this.#dimensions, () => super.update(flags | this.#lock));
  }
}

/** Does what may find the map full, which the map's users are told in their words. */
function orFull<Result>(name: string, dimensions: Dimensions, update: () => Result): Result {
  try {
    return update();
  } catch (error) {
    throw error instanceof EbpfError && error.code === ErrorCode.TooLarge ? full(name, dimensions) : error;
  }
}

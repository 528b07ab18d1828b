/**
 * Where a map's entries are, as bytes: the seam between what users see of a map and what keeps it — the virtual machine's
 * memory before `load()`, the kernel after it.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import type { Memory } from "../types/mod.ts";

/** What an update demands of the key, as the kernel counts it. */
export type UpdateFlags = 0 | 1 | 2;

/** Entries, one behind the other. */
export interface Entries {
  /** How many. */
  readonly count: number;
  /** Their keys. */
  readonly keys: Uint8Array<ArrayBuffer>;
  /** Their values. */
  readonly values: Uint8Array<ArrayBuffer>;
}

/**
 * Memory for one operation at a time: the key and the value to store are written into it, and what is found is read from
 * it. Padding in it stays zero.
 */
export interface Cell {
  /** The key of the next operation. */
  readonly key: DataView<ArrayBuffer>;
  /** The value that the last lookup found. */
  readonly found: DataView<ArrayBuffer>;
  /** The value of the next update. */
  readonly value: DataView<ArrayBuffer>;
  /** As {@linkcode Store.lookup}. */
  lookup(): boolean;
  /** As {@linkcode Store.update}. */
  update(flags: UpdateFlags): boolean;
  /** As {@linkcode Store.delete}. */
  delete(): boolean;
}

/** The entries of one map. Keys and values that are handed over are copied before a function returns. */
export interface Store {
  /** Bytes of a value as it is handed over: where values are per CPU, so many multiples of 8 bytes as there are CPUs. */
  readonly valueSize: number;
  /**
   * Takes memory for an operation. Give it back with {@linkcode Store.give} if all went well: what is half written when
   * something throws is never used again. Who takes one meanwhile (a getter of the object that is written) gets another.
   */
  take(): Cell;
  /** Gives it back, for the next operation. */
  give(cell: Cell): void;
  /** Copies the value of a key into `value`; whether it is there. */
  lookup(key: Uint8Array<ArrayBuffer>, value: Uint8Array<ArrayBuffer>): boolean;
  /** The value of a key as live memory: what is written there is in the map. */
  live(key: Uint8Array<ArrayBuffer>): Memory | undefined;
  /** Stores a value; `false` if the flags forbid it. Throws `TooLarge` if the map is full. */
  update(key: Uint8Array<ArrayBuffer>, value: Uint8Array<ArrayBuffer>, flags: UpdateFlags): boolean;
  /** Deletes a key; whether it was there. */
  delete(key: Uint8Array<ArrayBuffer>): boolean;
  /** All entries, some at a time. A piece is good until the next one is asked for. */
  entries(): Iterable<Entries>;
  /** Stores many entries. */
  updateMany(entries: Entries): void;
  /** Deletes all entries. */
  clear(): void;
}

/** Sizes of a map's parts in bytes, and how many entries it takes. */
export interface Dimensions {
  /** Bytes of a key. */
  readonly keySize: number;
  /** Bytes of a value. */
  readonly valueSize: number;
  /** Entries at most. */
  readonly maxEntries: number;
  /** Whether keys are indexes: then there is no room beyond the last, and always before it. */
  readonly isIndexed?: boolean;
  /** Whether values have a lock, under which the kernel reads and writes them. */
  readonly isLocked?: boolean;
}

/** Bytes of their own, as system calls need them: small typed arrays may move in memory (in Bun). */
export function makeBytes(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(size));
}

/** The error for a map that takes no more, or an index that it does not have. */
export function full(
  name: string,
  { maxEntries, isIndexed = false }: Pick<Dimensions, "maxEntries" | "isIndexed">,
): EbpfError {
  const [why, remedy] = isIndexed
    ? [`its indexes go from 0 to ${maxEntries - 1}`, "Use one of them"]
    : [`all of its ${maxEntries} entries are taken`, "Delete entries"];
  return new EbpfError(ErrorCode.TooLarge, `Cannot store into map "${name}": ${why}`, {
    remedy: `${remedy}, or make the map with more maxEntries`,
  });
}

/** Stands in for the entries of a map that is closed. */
export function closedStore(name: string): Store {
  const refuse = (): never => {
    throw new EbpfError(ErrorCode.Closed, `Cannot use the map "${name}": it is closed`, {
      remedy: "Read what you need before the last program that uses it is closed",
    });
  };
  return {
    valueSize: 0,
    take: refuse,
    give: refuse,
    lookup: refuse,
    live: refuse,
    update: refuse,
    delete: refuse,
    entries: refuse,
    updateMany: refuse,
    clear: refuse,
  };
}

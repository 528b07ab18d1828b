/**
 * The maps of the virtual machine as their users see them. Keys and values are bytes; where something fails the answer
 * is the kernel's: a negative error number.
 *
 * @module
 */

import type { Machine } from "../machine.ts";
import type { MapKind } from "./map.ts";

/** Any map. */
export interface VirtualMap {
  /** Its kind. */
  readonly kind: MapKind;
  /** For messages. */
  readonly name: string;
  /** Bytes of a key. */
  readonly keySize: number;
  /** Bytes of a value. */
  readonly valueSize: number;
  /** Elements at most; bytes of a ring buffer. */
  readonly maxEntries: number;
  /**
   * The value of a key.
   *
   * @param key Its bytes.
   * @param cpu Whose value, where values are per CPU.
   * @returns The value's memory, not a copy.
   */
  get(key: Uint8Array, cpu?: number): Uint8Array | undefined;
  /**
   * Which bytes of a value may differ on another machine.
   *
   * @param key Its bytes.
   * @param cpu Whose value, where values are per CPU.
   * @returns Not 0 where they may; `undefined` if they cannot.
   */
  dependence(key: Uint8Array, cpu?: number): Uint8Array | undefined;
  /**
   * Sets the value of a key.
   *
   * @param key Its bytes.
   * @param value Its bytes.
   * @param flags 1: only if the key is new; 2: only if it is not.
   * @param cpu Whose value, where values are per CPU.
   * @returns 0, or a negative error number.
   */
  update(key: Uint8Array, value: Uint8Array, flags?: number, cpu?: number): number;
  /**
   * Removes a key.
   *
   * @param key Its bytes.
   * @returns 0, or a negative error number.
   */
  delete(key: Uint8Array): number;
  /**
   * The keys.
   *
   * @returns Each key's bytes.
   */
  keys(): IterableIterator<Uint8Array>;
}

/** Queues, stacks, Bloom filters. */
export interface VirtualQueue extends VirtualMap {
  /**
   * Appends a value.
   *
   * @param value Its bytes.
   * @param flags 2: drops the oldest if there is no room.
   * @returns 0, or a negative error number.
   */
  push(value: Uint8Array, flags?: number): number;
  /**
   * Takes the next value out.
   *
   * @param value Where to put it; cleared if there is none.
   * @returns 0, or a negative error number.
   */
  pop(value: Uint8Array): number;
  /**
   * Copies the next value; asks a Bloom filter whether it has this one.
   *
   * @param value Where to put it; of a Bloom filter, the value.
   * @returns 0, or a negative error number.
   */
  peek(value: Uint8Array): number;
}

/** Ring buffers. */
export interface VirtualRingBuffer extends VirtualMap {
  /**
   * Takes out the records that programs submitted.
   *
   * @returns Oldest first.
   */
  consume(): IterableIterator<Uint8Array>;
}

/** Rings that user space fills. */
export interface VirtualUserRingBuffer extends VirtualMap {
  /**
   * Appends a sample, which programs drain.
   *
   * @param value Its bytes.
   */
  output(value: Uint8Array): void;
}

/** Perf event arrays. */
export interface VirtualPerfEventArray extends VirtualMap {
  /**
   * Takes all samples out.
   *
   * @returns Oldest first.
   */
  consume(): readonly Uint8Array[];
}

/** Program arrays. */
export interface VirtualProgramArray extends VirtualMap {
  /**
   * Sets what a tail call runs.
   *
   * @param index The slot.
   * @param machine The program; `undefined` empties the slot.
   */
  set(index: number, machine: Machine | undefined): void;
}

/** Arrays and hashes of maps. */
export interface VirtualMapOfMaps extends VirtualMap {
  /**
   * Sets the map of a key.
   *
   * @param key Its bytes, or the number that it is.
   * @param map The map; `undefined` removes the key.
   */
  set(key: Uint8Array | number, map: VirtualMap | undefined): void;
}

/**
 * Longest-prefix match: keys are a number of bits (32 bits, little endian) and as many bytes as there can be bits for.
 *
 * @module
 */

import type { Region } from "../region.ts";
import { Errno, indexOf, MachineMap, textOf, UpdateFlag, type VirtualMapOptions } from "./map.ts";

const lengthBytes = 4;

interface Entry {
  /** As it was stored last: also the bits beyond the prefix. */
  readonly key: Uint8Array;
  readonly region: Region;
}

/** A trie. */
export class MachineTrie extends MachineMap {
  /** By length of the prefix, then by its masked bytes. */
  readonly #levels = new Map<number, Map<string, Entry>>();
  readonly #bits: number;
  #size = 0;

  constructor(options: VirtualMapOptions) {
    super(options);
    this.#bits = 8 * (this.keySize - lengthBytes);
  }

  override lookup(key: Uint8Array): Region | undefined {
    const longest = indexOf(key);
    if (longest > this.#bits) return undefined;
    for (let length = longest; length >= 0; length--) {
      const found = this.#levels.get(length)?.get(prefix(key, length));
      if (found) return found.region;
    }
    return undefined;
  }

  override update(key: Uint8Array, value: Uint8Array, flags = 0): number {
    const length = indexOf(key);
    if (flags > UpdateFlag.Exist || length > this.#bits) return -Errno.EINVAL;
    const level = this.#levels.get(length) ?? new Map<string, Entry>();
    const text = prefix(key, length);
    const old = level.has(text);
    if (old && flags === UpdateFlag.NoExist) return -Errno.EEXIST;
    if (!old && flags === UpdateFlag.Exist) return -Errno.ENOENT;
    if (!old && this.#size >= this.maxEntries) return -Errno.ENOSPC;
    const bytes = new Uint8Array(this.valueSize);
    bytes.set(value.subarray(0, this.valueSize));
    level.set(text, { key: key.slice(), region: this.makeValue(new DataView(bytes.buffer)) });
    this.#levels.set(length, level);
    if (!old) this.#size++;
    return 0;
  }

  override delete(key: Uint8Array): number {
    const length = indexOf(key);
    if (length > this.#bits) return -Errno.EINVAL;
    if (!this.#levels.get(length)?.delete(prefix(key, length))) return -Errno.ENOENT;
    this.#size--;
    return 0;
  }

  override *keys(): IterableIterator<Uint8Array> {
    for (const level of this.#levels.values()) {
      for (const { key } of level.values()) yield key;
    }
  }
}

/** The bytes of a prefix, what is beyond it cleared. */
function prefix(key: Uint8Array, length: number): string {
  const bytes = key.slice(lengthBytes, lengthBytes + Math.ceil(length / 8));
  if (length % 8 !== 0) bytes[bytes.length - 1] &= 0xff00 >> length % 8;
  return textOf(bytes);
}

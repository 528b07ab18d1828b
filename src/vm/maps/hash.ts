/**
 * Hash maps: plain, per CPU, and those that forget what was not used for longest.
 *
 * @module
 */

import type { Region } from "../region.ts";
import { Errno, MachineMap, textOf, UpdateFlag, type VirtualMapOptions } from "./map.ts";

interface Entry {
  readonly key: Uint8Array;
  /** One a CPU. */
  readonly values: readonly Region[];
}

/** A hash map. */
export class MachineHash extends MachineMap {
  /** In order of use where that matters: the first is the next to be forgotten. */
  readonly #entries = new Map<string, Entry>();
  readonly #perCpu: boolean;
  readonly #forgets: boolean;

  constructor(options: VirtualMapOptions) {
    super(options);
    this.#perCpu = options.kind === "perCpuHash" || options.kind === "lruPerCpuHash";
    this.#forgets = options.kind === "lruHash" || options.kind === "lruPerCpuHash";
  }

  override lookup(key: Uint8Array, cpu = 0): Region | undefined {
    const text = textOf(key);
    const entry = this.#entries.get(text);
    if (!entry) return undefined;
    if (this.#forgets) this.#touch(text, entry);
    return entry.values[this.#perCpu ? cpu : 0];
  }

  override update(key: Uint8Array, value: Uint8Array, flags = 0, cpu = 0): number {
    if ((flags & ~UpdateFlag.Lock) > UpdateFlag.Exist) return -Errno.EINVAL;
    const text = textOf(key);
    const old = this.#entries.get(text);
    if (old && flags & UpdateFlag.NoExist) return -Errno.EEXIST;
    if (!old && flags & UpdateFlag.Exist) return -Errno.ENOENT;
    if (old && this.#perCpu) {
      old.values[cpu].bytes().set(value.subarray(0, this.valueSize));
      this.#touch(text, old);
      return 0;
    }
    if (!old && this.#entries.size >= this.maxEntries) {
      if (!this.#forgets) return -Errno.E2BIG;
      this.#entries.delete(this.#entries.keys().next().value!);
    }
    // A new value each time: who still has a pointer to the old one keeps that, as in the kernel.
    const values = Array.from(
      { length: this.#perCpu ? this.cpus : 1 },
      (_, index) => this.#makeEntryValue(!this.#perCpu || index === cpu ? value : undefined),
    );
    if (this.#forgets) this.#entries.delete(text);
    this.#entries.set(text, { key: key.slice(), values });
    return 0;
  }

  override delete(key: Uint8Array): number {
    return this.#entries.delete(textOf(key)) ? 0 : -Errno.ENOENT;
  }

  override *keys(): IterableIterator<Uint8Array> {
    for (const { key } of this.#entries.values()) yield key;
  }

  /** How many entries there are. */
  get size(): number {
    return this.#entries.size;
  }

  #makeEntryValue(value: Uint8Array | undefined): Region {
    const bytes = new Uint8Array(this.valueSize);
    if (value) bytes.set(value.subarray(0, this.valueSize));
    return this.makeValue(new DataView(bytes.buffer));
  }

  #touch(text: string, entry: Entry): void {
    if (!this.#forgets) return;
    this.#entries.delete(text);
    this.#entries.set(text, entry);
  }
}

/**
 * Arrays, plain and per CPU.
 *
 * @module
 */

import type { Region } from "../region.ts";
import { aligned, Errno, indexKey, indexOf, MachineMap, UpdateFlag, type VirtualMapOptions } from "./map.ts";

/** An array: all elements are there from the beginning, zeroed. */
export class MachineArray extends MachineMap {
  /** One buffer a CPU; plain arrays have one. */
  readonly #memory: readonly ArrayBuffer[];
  readonly #regions: Map<number, Region>[];
  readonly #stride: number;

  constructor(options: VirtualMapOptions) {
    super({ keySize: 4, ...options });
    this.#stride = aligned(this.valueSize);
    const copies = options.kind === "perCpuArray" ? this.cpus : 1;
    this.#memory = Array.from(
      { length: copies },
      () => options.memory ?? new ArrayBuffer(this.#stride * this.maxEntries),
    );
    this.#regions = this.#memory.map(() => new Map());
  }

  override lookup(key: Uint8Array, cpu = 0): Region | undefined {
    return this.#value(indexOf(key), cpu);
  }

  override update(key: Uint8Array, value: Uint8Array, flags = 0, cpu = 0): number {
    if ((flags & ~UpdateFlag.Lock) > UpdateFlag.Exist) return -Errno.EINVAL;
    const region = this.#value(indexOf(key), cpu);
    if (!region) return -Errno.E2BIG;
    if (flags & UpdateFlag.NoExist) return -Errno.EEXIST;
    region.bytes(0, this.valueSize).set(value.subarray(0, this.valueSize));
    return 0;
  }

  override *keys(): IterableIterator<Uint8Array> {
    for (let index = 0; index < this.maxEntries; index++) yield indexKey(index);
  }

  override directValue(): Region | undefined {
    return this.maxEntries === 1 && this.#memory.length === 1 ? this.#value(0, 0) : undefined;
  }

  #value(index: number, cpu: number): Region | undefined {
    if (index >= this.maxEntries) return undefined;
    const copy = this.#memory.length === 1 ? 0 : cpu;
    const known = this.#regions[copy].get(index);
    if (known) return known;
    const region = this.makeValue(new DataView(this.#memory[copy], index * this.#stride, this.valueSize));
    this.#regions[copy].set(index, region);
    return region;
  }
}

/**
 * Maps without keys: queues, stacks, Bloom filters.
 *
 * @module
 */

import { Errno, MachineMap, textOf, UpdateFlag } from "./map.ts";

/** A queue or a stack. */
export class MachineQueue extends MachineMap {
  readonly #values: Uint8Array[] = [];

  override push(value: Uint8Array, flags = 0): number {
    if (flags & UpdateFlag.NoExist || flags > UpdateFlag.Exist) return -Errno.EINVAL;
    if (this.#values.length >= this.maxEntries) {
      // BPF_EXIST makes room by dropping the oldest.
      if (!(flags & UpdateFlag.Exist)) return -Errno.E2BIG;
      this.#values.shift();
    }
    this.#values.push(value.slice(0, this.valueSize));
    return 0;
  }

  override pop(value: Uint8Array): number {
    const taken = this.kind === "queue" ? this.#values.shift() : this.#values.pop();
    return give(taken, value);
  }

  override peek(value: Uint8Array): number {
    return give(this.#values.at(this.kind === "queue" ? 0 : -1), value);
  }

  /** All values, the first that was pushed first. */
  values(): readonly Uint8Array[] {
    return this.#values;
  }

  /** How many values there are. */
  get size(): number {
    return this.#values.length;
  }
}

function give(found: Uint8Array | undefined, value: Uint8Array): number {
  if (found) value.set(found);
  else value.fill(0);
  return found ? 0 : -Errno.ENOENT;
}

/** A Bloom filter that is never wrong: the kernel's may say yes to a value that was never added. */
export class MachineBloomFilter extends MachineMap {
  readonly #values = new Map<string, Uint8Array>();

  /** All values. */
  values(): readonly Uint8Array[] {
    return [...this.#values.values()];
  }

  override push(value: Uint8Array, flags = 0): number {
    if (flags !== UpdateFlag.Any) return -Errno.EINVAL;
    this.#values.set(textOf(value), value.slice());
    return 0;
  }

  override peek(value: Uint8Array): number {
    return this.#values.has(textOf(value)) ? 0 : -Errno.ENOENT;
  }
}

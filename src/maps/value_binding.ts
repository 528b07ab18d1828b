/**
 * The inside of queues, stacks and Bloom filters: values that go in and come out, by the virtual machine's map before
 * `load()` and by bpf(2) after it.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { type Descriptor, lookupElement, takeElement, updateElement } from "../kernel/mod.ts";
import type { MachineBloomFilter, MachineQueue } from "../vm/maps/queue.ts";
import { createVirtualMap } from "../vm/mod.ts";
import type { MapDescription } from "./binding.ts";
import type { BpfMap } from "./map.ts";
import { isInProgram } from "./mode.ts";
import { type Channel, RecordBinding } from "./record_binding.ts";
import { full, makeBytes } from "./store.ts";

/** The map in the kernel. */
class ValueChannel implements Channel {
  readonly descriptors = [];
  readonly map: Descriptor;

  constructor(map: Descriptor) {
    this.map = map;
  }

  close(): void {}
}

/** The kernel's error number for a full map. */
const E2BIG = 7;

/** What such a map keeps from its users. */
export class ValueBinding extends RecordBinding<ValueChannel, MachineQueue | MachineBloomFilter> {
  constructor(reference: BpfMap, description: MapDescription) {
    super(reference, description, {
      open: (map) => this.#move(map),
      adopt: (map) => new ValueChannel(map),
      keySize: 0,
      valueSize: description.valueType!.size,
      isSideBySide: false,
    });
  }

  protected override createLocal(): MachineQueue | MachineBloomFilter {
    const { kind, name, valueSize, maxEntries } = this;
    return createVirtualMap({ kind, name, valueSize, maxEntries }) as MachineQueue | MachineBloomFilter;
  }

  /** Puts a value in; whether there was room. In user space a full map is an error. */
  push(x: unknown, flags = 0): boolean {
    this.demandOpen();
    const value = this.record(x);
    try {
      if (this.channel) return updateElement(this.channel.map, undefined, value, flags);
      const result = this.local.push(value, flags);
      if (result === -E2BIG) throw full(this.name, this);
      return result === 0;
    } catch (error) {
      if (!(error instanceof EbpfError) || error.code !== ErrorCode.TooLarge) throw error;
      if (isInProgram()) return false;
      throw full(this.name, this);
    }
  }

  /** Takes the next value out; `undefined` if there is none. */
  pop(): unknown {
    return this.#read((map, value) => takeElement(map, undefined, value), (value) => this.local.pop(value) === 0);
  }

  /** The next value, which stays. */
  peek(): unknown {
    return this.#read((map, value) => lookupElement(map, undefined, value), (value) => this.local.peek(value) === 0);
  }

  /** Whether a Bloom filter has a value. */
  has(x: unknown): boolean {
    this.demandOpen();
    const value = this.record(x);
    return this.channel ? lookupElement(this.channel.map, undefined, value) : this.local.peek(value) === 0;
  }

  #read(
    inKernel: (map: Descriptor, value: Uint8Array) => boolean,
    here: (value: Uint8Array) => boolean,
  ): unknown {
    this.demandOpen();
    const value = makeBytes(this.valueSize);
    const isThere = this.channel ? inKernel(this.channel.map, value) : here(value);
    return isThere ? this.valueCodec!.decode(new DataView(value.buffer), 0) : undefined;
  }

  /** Gives the kernel's map the values that there are. */
  #move(map: Descriptor): ValueChannel {
    for (const value of this.local.values()) {
      const bytes = makeBytes(value.length);
      bytes.set(value);
      updateElement(map, undefined, bytes);
    }
    return new ValueChannel(map);
  }
}

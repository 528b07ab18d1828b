/**
 * The inside of queues, stacks and Bloom filters: values that go in and come out, by the virtual machine's map before
 * `load()` and by bpf(2) after it.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { type Descriptor, updateElement, ValueCalls } from "../kernel/mod.ts";
import type { MachineBloomFilter, MachineQueue } from "../vm/maps/queue.ts";
import { createVirtualMap } from "../vm/mod.ts";
import type { MapDescription } from "./binding.ts";
import type { Encode } from "./compiled_encoder.ts";
import type { BpfMap } from "./map.ts";
import { isInProgram } from "./mode.ts";
import { type Channel, RecordBinding } from "./record_binding.ts";
import { full, makeBytes } from "./store.ts";

/** The map in the kernel. */
class ValueChannel implements Channel {
  readonly descriptors = [];
  readonly #map: Descriptor;
  readonly #size: number;
  #calls: ValueCalls | undefined;

  constructor(map: Descriptor, size: number) {
    this.#map = map;
    this.#size = size;
  }

  /** The operations on it. */
  get calls(): ValueCalls {
    return this.#calls ??= new ValueCalls(this.#map, this.#size);
  }

  /** The operations on a value. Getters of what is written may use the map meanwhile: they get other memory. */
  callsOn(x: unknown, encode: Encode): ValueCalls {
    const { calls } = this;
    this.#calls = undefined;
    encode(x, calls.value, 0);
    return this.#calls = calls;
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
      adopt: (map) => new ValueChannel(map, this.valueSize),
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
    const calls = this.channel?.callsOn(x, this.valueCodec!.encode);
    if (!calls) {
      const result = this.local.push(this.record(x), flags);
      return result === -E2BIG ? this.#noRoom() : result === 0;
    }
    try {
      return calls.push(flags);
    } catch (error) {
      if (error instanceof EbpfError && error.code === ErrorCode.TooLarge) return this.#noRoom();
      throw error;
    }
  }

  #noRoom(): boolean {
    if (isInProgram()) return false;
    throw full(this.name, this);
  }

  /** Takes the next value out; `undefined` if there is none. */
  pop(): unknown {
    this.demandOpen();
    const calls = this.channel?.calls;
    if (calls) return calls.pop() ? this.valueCodec!.decode(calls.found, 0) : undefined;
    return this.#read((value) => this.local.pop(value));
  }

  /** The next value, which stays. */
  peek(): unknown {
    this.demandOpen();
    const calls = this.channel?.calls;
    if (calls) return calls.peek() ? this.valueCodec!.decode(calls.found, 0) : undefined;
    return this.#read((value) => this.local.peek(value));
  }

  /** Whether a Bloom filter has a value. */
  has(x: unknown): boolean {
    this.demandOpen();
    if (this.channel) return this.channel.callsOn(x, this.valueCodec!.encode).has();
    return this.local.peek(this.record(x)) === 0;
  }

  /** A value of this process's map. */
  #read(copyTo: (value: Uint8Array) => number): unknown {
    const value = makeBytes(this.valueSize);
    return copyTo(value) === 0 ? this.valueCodec!.decode(new DataView(value.buffer), 0) : undefined;
  }

  /** Gives the kernel's map the values that there are. */
  #move(map: Descriptor): ValueChannel {
    for (const value of this.local.values()) {
      const bytes = makeBytes(value.length);
      bytes.set(value);
      updateElement(map, undefined, bytes);
    }
    return new ValueChannel(map, this.valueSize);
  }
}

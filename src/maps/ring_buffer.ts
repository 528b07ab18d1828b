/**
 * Ring buffers: events from programs.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { type Descriptor, RingBufferReader } from "../kernel/mod.ts";
import { access } from "../types/mod.ts";
import type { Type } from "../types/type.ts";
import { MachineRingBuffer } from "../vm/maps/events.ts";
import type { Region } from "../vm/region.ts";
import type { MapDescription } from "./binding.ts";
import { EventBinding, type EventMode, type EventOptions } from "./event_binding.ts";
import { BatchStream, EventStream } from "./event_stream.ts";
import { binding, BpfMap, demandOptions } from "./map.ts";
import { whenOver } from "./mode.ts";
import type { Channel } from "./record_binding.ts";

/** How a {@linkcode RingBuffer} is made. */
export interface RingBufferOptions {
  /** Bytes for events that nobody has taken yet: a power of two, 4096 at least. Each event takes 8 more than its size. */
  readonly size: number;
  /** How an iteration waits for events; default `"latency"`. */
  readonly mode?: EventMode;
}

/** The smallest ring: a page. */
const SMALLEST = 4096;
const LARGEST = 2 ** 30;

/**
 * Events from programs, first in, first out (BPF_MAP_TYPE_RINGBUF, kernel 5.8).
 *
 * In a program: `output(event)` sends a copy; `reserve()` gives a record to be written in place, all zeros at first, which
 * `submit(record)` sends and `discard(record)` does not. Each record must meet one of the two on every path. Where there is
 * no room an event is lost, and {@linkcode RingBuffer.dropped} counts it.
 *
 * In user space each event is there once, whoever takes it: a `for await` loop, {@linkcode RingBuffer.drain}, ….
 *
 * @example
 * ```ts
 * import { type Packet, RingBuffer, struct, u16, u32, XDP } from "@waggle/ebpf";
 *
 * class Watch extends XDP {
 *   events = new RingBuffer(struct({ source: u32, length: u16 }), { size: 65536 });
 *
 *   program(packet: Packet) {
 *     this.events.output({ source: packet.getUint32(26), length: packet.byteLength });
 *   }
 * }
 *
 * const watch = new Watch();
 * watch.test(new Uint8Array(64));
 * console.log(watch.events.drain()[0].length === 64);
 * ```
 */
export class RingBuffer<V> extends BpfMap implements AsyncIterable<V> {
  readonly #mode: EventMode;

  /**
   * Makes a ring buffer.
   *
   * @param type The type of events.
   * @param options How many bytes, and how to wait.
   * @throws {EbpfError} `InvalidArgument` for what is no type, and for other sizes.
   */
  constructor(type: Type<V>, options: RingBufferOptions) {
    const { size, mode = "latency" } = demandOptions(options, new.target, "{ size: 65536 }");
    demandSize("a ring buffer", size);
    const description = { kind: "ringBuffer", valueType: type, maxEntries: size } as const;
    super(description, (reference) => new RingBinding(reference, description));
    this.#mode = mode;
  }

  /**
   * Sends an event. In user space and in runs as plain JavaScript it stays in this process.
   *
   * @param event The event; fields of structs that are missing become 0.
   * @returns Whether there was room.
   */
  output(event: V): boolean {
    const { local } = inside(this);
    return inside(this).counted(local.output(inside(this).record(event)));
  }

  /**
   * Makes room for an event, to be written in place; in a program.
   *
   * @returns The record, all zeros; `undefined` if there is no room.
   */
  reserve(): V | undefined {
    return inside(this).reserve() as V | undefined;
  }

  /**
   * Sends a record; in a program.
   *
   * @param record What `reserve()` gave.
   */
  submit(record: V): void {
    inside(this).commit(record, "submitted");
  }

  /**
   * Gives a record up, so that nobody sees it; in a program.
   *
   * @param record What `reserve()` gave.
   */
  discard(record: V): void {
    inside(this).commit(record, "discarded");
  }

  /**
   * How many events were lost because there was no room.
   *
   * @throws {EbpfError} `Closed`; as bpf(2) fails.
   */
  get dropped(): number {
    return Number(inside(this).dropped.get(0) ?? 0n);
  }

  /**
   * Takes the events that are there, oldest first. Does not wait.
   *
   * @param limit Not more than so many.
   * @returns The events.
   * @throws {EbpfError} `Closed`.
   */
  drain(limit = Infinity): V[] {
    return inside(this).take(limit) as V[];
  }

  /** Events as they come, one by one: for a `for await` loop. It ends when the last program that uses the map is closed. */
  [Symbol.asyncIterator](): AsyncIterableIterator<V> {
    return this.events();
  }

  /**
   * Events as they come, one by one. They are taken out of the kernel only as fast as they are asked for; meanwhile they
   * wait in the ring, and are lost when that is full.
   *
   * @param options How to wait.
   * @returns For a `for await` loop. It ends when the last program that uses the map is closed.
   */
  events({ mode = this.#mode }: EventOptions = {}): AsyncIterableIterator<V> {
    return new EventStream(inside(this).source(mode)) as AsyncIterableIterator<V>;
  }

  /**
   * Events as they come, in lists of up to some hundred: less work for each event than one by one.
   *
   * @param options How to wait.
   * @returns For a `for await` loop; no list is empty. It ends when the last program that uses the map is closed.
   */
  batches({ mode = this.#mode }: EventOptions = {}): AsyncIterableIterator<V[]> {
    return new BatchStream(inside(this).source(mode)) as AsyncIterableIterator<V[]>;
  }

  /** @ignore */
  protected override facts(): Readonly<Record<string, unknown>> {
    return { name: this.name, size: this.maxEntries, dropped: this.dropped };
  }
}

/** Refuses sizes that the kernel does not take. */
export function demandSize(what: string, size: number): void {
  if (Number.isInteger(size) && size >= SMALLEST && size <= LARGEST && (size & size - 1) === 0) return;
  throw new EbpfError(ErrorCode.InvalidArgument, `Cannot make ${what} of ${size} bytes`, {
    remedy: `Give a power of two from ${SMALLEST} to ${LARGEST}: { size: 65536 }`,
  });
}

function inside(map: object): RingBinding {
  return (map as { readonly [binding]: RingBinding })[binding];
}

/** The reader of the kernel's ring. */
class RingChannel extends RingBufferReader implements Channel {
  readonly descriptors: Channel["descriptors"];

  constructor(...[map, size]: ConstructorParameters<typeof RingBufferReader>) {
    super(map, size);
    this.descriptors = [map];
  }
}

/** What a ring buffer keeps from its users. */
class RingBinding extends EventBinding<RingChannel, MachineRingBuffer> {
  /** Records of runs as plain JavaScript that are neither sent nor given up, by their views. */
  readonly #reserved = new WeakMap<object, Region>();

  constructor(reference: BpfMap, description: MapDescription) {
    const open = (map: Descriptor) => new RingChannel(map, description.maxEntries);
    super(reference, description, { open, adopt: open, keySize: 0, valueSize: 0, isSideBySide: true });
  }

  protected override createLocal(): MachineRingBuffer {
    const { kind, name, maxEntries } = this;
    return new LocalRing({ kind, name, maxEntries }, () => this.notify());
  }

  protected override read(events: unknown[], limit: number): void {
    const { decode } = this.valueCodec!;
    const before = events.length;
    for (const record of this.local.consume(limit)) {
      events.push(decode(new DataView(record.buffer, record.byteOffset, record.length), 0));
    }
    this.channel?.drain((data, offset) => void events.push(decode(data, offset)), limit - (events.length - before));
  }

  reserve(): unknown {
    const region = this.local.reserve(this.valueSize);
    if (!this.counted(region !== undefined)) return undefined;
    const record = access(this.valueType!, { view: region!.view }, 0) as object;
    this.#reserved.set(record, region!);
    // A run that ends with the packet gives its records up.
    whenOver(() => this.local.commit(region!, "discarded"));
    return record;
  }

  commit(record: unknown, how: "submitted" | "discarded"): void {
    const region = this.#reserved.get(record as object);
    if (region && this.local.commit(region, how)) return;
    throw new EbpfError(
      ErrorCode.InvalidArgument,
      `Cannot give away this record of ${this.name}: it is none any more`,
      {
        remedy: "Give what reserve() of this ring buffer gave, once",
      },
    );
  }
}

/** A ring of this process that tells when there is something in it. */
class LocalRing extends MachineRingBuffer {
  readonly #notify: () => void;

  constructor(options: ConstructorParameters<typeof MachineRingBuffer>[0], notify: () => void) {
    super(options);
    this.#notify = notify;
  }

  override commit(region: Region, state: "submitted" | "discarded"): boolean {
    const isDone = super.commit(region, state);
    this.#notify();
    return isDone;
  }
}

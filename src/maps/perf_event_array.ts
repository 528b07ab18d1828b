/**
 * Perf event arrays: samples of packets.
 *
 * @module
 */

import { type Descriptor, PerfEventReader, possibleCpus } from "../kernel/mod.ts";
import { u32 } from "../types/scalar.ts";
import { struct } from "../types/struct.ts";
import type { Type } from "../types/type.ts";
import { MachinePerfEventArray } from "../vm/maps/events.ts";
import type { MapDescription } from "./binding.ts";
import { EventBinding, type EventMode, type EventOptions } from "./event_binding.ts";
import { BatchStream, EventStream } from "./event_stream.ts";
import { binding, BpfMap, demandType } from "./map.ts";
import type { Channel } from "./record_binding.ts";
import { demandSize } from "./ring_buffer.ts";

/** How a {@linkcode PerfEventArray} is made. */
export interface PerfEventArrayOptions {
  /** Bytes of each processor's buffer: a power of two, 4096 at least. Default 65536. */
  readonly size?: number;
  /** How an iteration waits for samples; default `"latency"`. */
  readonly mode?: EventMode;
}

/** What a {@linkcode PerfEventArray} gives. */
export interface PerfSample<V> {
  /** What the program sent. */
  readonly event: V;
  /** The bytes of the packet that it added. */
  readonly packet: Uint8Array<ArrayBuffer>;
}

/**
 * Events with bytes of the packet behind them (BPF_MAP_TYPE_PERF_EVENT_ARRAY): each processor has a buffer of its own, and
 * order is kept within each. Where the packet's bytes are not needed, a {@linkcode RingBuffer} is better.
 *
 * In a program: `output(event)`, or `output(event, packet, bytes)` with the packet's first bytes. Needs CAP_PERFMON.
 *
 * @example
 * ```ts
 * import { type Packet, PerfEventArray, struct, u16, XDP } from "@waggle/ebpf";
 *
 * class Sample extends XDP {
 *   samples = new PerfEventArray(struct({ length: u16 }));
 *
 *   program(packet: Packet) {
 *     this.samples.output({ length: packet.byteLength }, packet, Math.min(packet.byteLength, 64));
 *   }
 * }
 *
 * const program = new Sample();
 * program.test(new Uint8Array(1000));
 * const [{ event, packet }] = program.samples.drain();
 * console.log(event.length === 1000, packet.length === 64);
 * ```
 */
export class PerfEventArray<V> extends BpfMap implements AsyncIterable<PerfSample<V>> {
  readonly #mode: EventMode;

  /**
   * Makes a perf event array.
   *
   * @param type The type of events.
   * @param options How many bytes, and how to wait.
   * @throws {EbpfError} `InvalidArgument` for what is no type, and for other sizes.
   */
  constructor(type: Type<V>, { size = 65536, mode = "latency" }: PerfEventArrayOptions = {}) {
    demandType("events", type);
    demandSize("a perf event array with buffers", size);
    const description = {
      kind: "perfEventArray",
      valueType: struct({ event: type, bytes: u32 }),
      maxEntries: 1,
    } as const;
    super(description, (reference) => new PerfBinding(reference, description, size));
    this.#mode = mode;
  }

  /**
   * Sends an event. In user space and in runs as plain JavaScript it stays in this process.
   *
   * @param event The event; fields of structs that are missing become 0.
   * @param packet The packet, to add bytes of it.
   * @param bytes How many: not more than the packet has, and less than a megabyte.
   * @returns Whether there was room, and so many bytes of the packet.
   */
  output(event: V, packet?: DataView, bytes = 0): boolean {
    return inside(this).output(event, packet, packet ? bytes : 0);
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
   * Takes the samples that are there, each processor's oldest first. Does not wait.
   *
   * @param limit Not more than so many.
   * @returns The samples.
   * @throws {EbpfError} `Closed`.
   */
  drain(limit = Infinity): PerfSample<V>[] {
    return inside(this).take(limit) as PerfSample<V>[];
  }

  /** Samples as they come, one by one: for a `for await` loop. It ends when the last program that uses the map is closed. */
  [Symbol.asyncIterator](): AsyncIterableIterator<PerfSample<V>> {
    return this.events();
  }

  /**
   * Samples as they come, one by one.
   *
   * @param options How to wait.
   * @returns For a `for await` loop. It ends when the last program that uses the map is closed.
   */
  events({ mode = this.#mode }: EventOptions = {}): AsyncIterableIterator<PerfSample<V>> {
    return new EventStream(inside(this).source(mode)) as AsyncIterableIterator<PerfSample<V>>;
  }

  /**
   * Samples as they come, in lists of up to some hundred.
   *
   * @param options How to wait.
   * @returns For a `for await` loop; no list is empty. It ends when the last program that uses the map is closed.
   */
  batches({ mode = this.#mode }: EventOptions = {}): AsyncIterableIterator<PerfSample<V>[]> {
    return new BatchStream(inside(this).source(mode)) as AsyncIterableIterator<PerfSample<V>[]>;
  }

  /** @ignore */
  protected override facts(): Readonly<Record<string, unknown>> {
    return { name: this.name, dropped: this.dropped };
  }
}

function inside(map: object): PerfBinding {
  return (map as { readonly [binding]: PerfBinding })[binding];
}

/** The most of a packet that the kernel adds. */
const mostBytes = 0xfffff;

/** What a perf event array keeps from its users. */
class PerfBinding extends EventBinding<PerfEventReader & Channel, MachinePerfEventArray> {
  constructor(reference: BpfMap, description: MapDescription, size: number) {
    const open = (map: Descriptor) => new PerfEventReader(map, size);
    const sizes = { keySize: 4, valueSize: 4, maxEntries: possibleCpus };
    super(reference, description, { open, adopt: open, ...sizes, isSideBySide: true });
  }

  protected override createLocal(): MachinePerfEventArray {
    const { kind, name, maxEntries } = this;
    return new MachinePerfEventArray({ kind, name, maxEntries });
  }

  protected override read(events: unknown[], limit: number): void {
    const before = events.length;
    for (const sample of this.local.consume(limit)) events.push(this.#sample(new DataView(sample.buffer), 0));
    const rest = limit - (events.length - before);
    this.channel?.drain((data, offset) => void events.push(this.#sample(data, offset)), rest);
  }

  output(event: unknown, packet: DataView | undefined, bytes: number): boolean {
    this.demandOpen();
    if (!this.counted(bytes <= Math.min(packet?.byteLength ?? 0, mostBytes))) return false;
    const value = this.record({ event, bytes });
    const sample = new Uint8Array(value.length + bytes);
    sample.set(value);
    if (packet) sample.set(new Uint8Array(packet.buffer, packet.byteOffset, bytes), value.length);
    this.local.output(sample);
    this.notify();
    return true;
  }

  #sample(data: DataView, offset: number): PerfSample<unknown> {
    const { decode, size } = this.valueCodec!;
    const { event, bytes } = decode(data, offset) as { readonly event: unknown; readonly bytes: number };
    const packet = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset + offset + size, bytes).slice();
    return { event, packet };
  }
}

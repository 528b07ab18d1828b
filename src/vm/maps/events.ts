/**
 * Ring buffers and perf event arrays: what programs send to user space.
 *
 * @module
 */

import { Region } from "../region.ts";
import { aligned, MachineMap } from "./map.ts";

/** Bytes before each record in the kernel's ring. */
const headerBytes = 8;

interface Record {
  readonly region: Region;
  readonly room: number;
  state: "reserved" | "submitted" | "discarded";
}

/** A ring buffer: `maxEntries` bytes of records and their headers. */
export class MachineRingBuffer extends MachineMap {
  readonly #records: Record[] = [];
  /** Bytes that were ever reserved, and ever consumed. */
  #produced = 0;
  #consumed = 0;

  /** Makes room for a record; `undefined` if there is none. */
  reserve(size: number): Region | undefined {
    const room = aligned(size + headerBytes);
    // The kernel never fills its ring to the last byte.
    if (this.#produced + room - this.#consumed >= this.maxEntries) return undefined;
    const region = new Region("ring buffer record", this.name, new DataView(new ArrayBuffer(size)));
    this.#produced += room;
    this.#records.push({ region, room, state: "reserved" });
    return region;
  }

  /** Gives a record to the reader, or drops it; false if it is not a reserved one. */
  commit(region: Region, state: "submitted" | "discarded"): boolean {
    const record = this.#records.findLast((each) => each.region === region && each.state === "reserved");
    if (!record) return false;
    record.state = state;
    // The program must not touch it any more.
    region.end = region.writableEnd = -1;
    return true;
  }

  /** Appends a record with these bytes. */
  output(value: Uint8Array): boolean {
    const region = this.reserve(value.length);
    if (!region) return false;
    region.bytes().set(value);
    return this.commit(region, "submitted");
  }

  /** True if a program still holds a record. */
  get reserved(): boolean {
    return this.#records.some((record) => record.state === "reserved");
  }

  /** Takes out what is ready, oldest first, up to so many. */
  *consume(limit = Infinity): IterableIterator<Uint8Array<ArrayBuffer>> {
    for (let count = 0; count < limit && this.#records.length > 0 && this.#records[0].state !== "reserved";) {
      const { region, room, state } = this.#records.shift()!;
      this.#consumed += room;
      if (state !== "submitted") continue;
      count++;
      yield new Uint8Array(region.view.buffer as ArrayBuffer);
    }
  }

  /** What bpf_ringbuf_query tells: bytes available, size, consumer's and producer's position. */
  query(what: number): number {
    const answers = [this.#produced - this.#consumed, this.maxEntries, this.#consumed, this.#produced];
    return answers[what] ?? 0;
  }
}

/** A perf event array: samples by CPU. */
export class MachinePerfEventArray extends MachineMap {
  readonly #samples: Uint8Array<ArrayBuffer>[] = [];

  /** Appends a sample. */
  output(value: Uint8Array<ArrayBuffer>): void {
    this.#samples.push(value);
  }

  /** Takes samples out: all, or so many at most. */
  consume(limit = Infinity): readonly Uint8Array<ArrayBuffer>[] {
    return this.#samples.splice(0, limit);
  }
}

/** A ring that user space writes and programs drain. */
export class MachineUserRingBuffer extends MachineMap {
  readonly #samples: Uint8Array[] = [];

  /** What has not been taken, oldest first. */
  samples(): readonly Uint8Array[] {
    return this.#samples;
  }

  /** Appends a sample, as user space does. */
  output(value: Uint8Array): void {
    this.#samples.push(value.slice());
  }

  /** Takes the oldest out. */
  take(): Uint8Array | undefined {
    return this.#samples.shift();
  }
}

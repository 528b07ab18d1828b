/**
 * Reading a ring buffer map: its records are read where the kernel wrote them, without a system call.
 *
 * @module
 */
import { EbpfError, ErrorCode } from "../errors.ts";
import { ffi } from "../ffi/mod.ts";
import type { Descriptor } from "./descriptor.ts";
import { mapMemory, type Mapping, pageSize } from "./memory.ts";

/*
 * What the kernel maps, from kernel/bpf/ringbuf.c:
 *
 *   | consumer's position | producer's position | data | the same data again |
 *     one page, ours        one page              size   size
 *
 * The positions are 64-bit counts of bytes and only grow. Thanks to the second copy a record that wraps is in one piece.
 * A record is a header and its bytes, padded to 8:
 *
 *   | 31: busy, 30: discarded, 29–0: length | page offset (the kernel's own) | bytes …
 */
const headerSize = 8;
const busy = 0x8000_0000;
const discarded = 0x4000_0000;
const lengthMask = 0x3fff_ffff;

/**
 * Reads one record.
 *
 * @param data The ring's data. The record is there only until this returns.
 * @param offset Where the record begins.
 * @param length How many bytes it has.
 */
export type ReadRecord = (data: DataView, offset: number, length: number) => void;

/**
 * The one reader of a ring buffer: there is one position. The kernel lets others map the ring too, and does not tell. But
 * who finds that the position is not where it left it knows, and leaves it alone: moved twice, it would get ahead of the
 * kernel's, which then finds no room for ever.
 */
export class RingBufferReader {
  readonly #consumer: Mapping;
  readonly #producer: Mapping;
  readonly #consumed: BigUint64Array;
  readonly #produced: BigUint64Array;
  readonly #data: DataView;
  readonly #header: (place: number) => number;
  readonly #size: number;
  readonly #what: string;
  #reading = false;
  #closed = false;
  /** The consumer's position as this reader left it. */
  #position = 0n;

  /**
   * Maps a ring buffer.
   *
   * @param map The map; it may be closed afterwards.
   * @param size Its `maxEntries`: bytes of data, a power of two.
   * @throws {EbpfError} `OutOfMemory`; `SystemCallFailed` if the map is no ring buffer of this size.
   */
  constructor(map: Descriptor, size: number) {
    const page = pageSize();
    this.#size = size;
    this.#what = map.what;
    this.#consumer = mapMemory(map, page);
    try {
      this.#producer = mapMemory(map, page + 2 * size, { offset: page, writable: false });
    } catch (error) {
      this.#consumer.close();
      throw error;
    }
    this.#consumed = new BigUint64Array(this.#consumer.buffer, 0, 1);
    this.#produced = new BigUint64Array(this.#producer.buffer, 0, 1);
    this.#data = new DataView(this.#producer.buffer, page, 2 * size);
    this.#header = headerReader(this.#producer.buffer, page, size);
  }

  /** Bytes that the kernel has reserved and we have not given back, headers and padding included. */
  get used(): number {
    if (this.#closed) return 0;
    return Number(Atomics.load(this.#produced, 0) - Atomics.load(this.#consumed, 0));
  }

  /**
   * Reads the records that are there, oldest first, up to the first that is not finished. What comes meanwhile stays.
   *
   * If `read` throws, its record counts as read. Called by `read` itself, this does nothing.
   *
   * @param limit Not more records than that.
   * @returns How many there were.
   * @throws {EbpfError} `ReaderConflict` if somebody else read records meanwhile: then both may have read the same ones.
   */
  drain(read: ReadRecord, limit = Infinity): number {
    if (this.#reading || this.#closed) return 0;
    const [mask, step, header, data] = [this.#size - 1, this.#size >>> 3, this.#header, this.#data];
    // 32 bits tell positions in the ring apart: numbers instead of bigints.
    const end = Number(BigInt.asUintN(32, Atomics.load(this.#produced, 0)));
    this.#position = Atomics.load(this.#consumed, 0);
    let given = Number(BigInt.asUintN(32, this.#position));
    let position = given;
    let count = 0;
    this.#reading = true;
    try {
      while (position !== end && count < limit && !this.#closed) {
        const place = position & mask;
        const length = header(place);
        if (length >= busy) break;
        position = position + headerSize + (length & lengthMask) + 7 >>> 3 << 3 >>> 0;
        if (length < discarded) {
          count += 1;
          read(data, place + headerSize, length);
        }
        // Room for the kernel while we go on, but not at each record: that would cost more than reading it.
        if (position - given >>> 0 >= step) given = this.#giveBack(given, position);
      }
    } finally {
      this.#reading = false;
      try {
        this.#giveBack(given, position);
      } finally {
        if (this.#closed) this.#unmap();
      }
    }
    return count;
  }

  /** Unmaps the memory, after the record that is being read. Closing again does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#reading) this.#unmap();
  }

  /** As `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Lets the kernel have the bytes up to a position. */
  #giveBack(from: number, to: number): number {
    if (from === to) return to;
    const next = this.#position + BigInt(to - from >>> 0);
    const found = Atomics.compareExchange(this.#consumed, 0, this.#position, next);
    if (found !== this.#position) throw conflict(this.#what);
    this.#position = next;
    return to;
  }

  #unmap(): void {
    this.#producer.close();
    this.#consumer.close();
  }
}

/**
 * Reads a header's first word, before anything of its record is read. On x86-64 the processor keeps that order by itself;
 * elsewhere it takes an atomic load, of 64 bits because Bun crashes at shorter ones in read-only memory.
 */
function headerReader(buffer: ArrayBuffer, start: number, size: number): (place: number) => number {
  if (ffi().architecture === "x64") {
    const words = new Uint32Array(buffer, start, size / 4);
    return (place) => words[place >>> 2];
  }
  const pairs = new BigUint64Array(buffer, start, size / 8);
  return (place) => Number(BigInt.asUintN(32, Atomics.load(pairs, place >>> 3)));
}

function conflict(what: string): EbpfError {
  return new EbpfError(
    ErrorCode.ReaderConflict,
    `Cannot take events out of ${what}: somebody else does so at the same time, and both may have got the same ones`,
    { remedy: "Read a ring buffer in one process and one thread only; let that one hand the events on" },
  );
}

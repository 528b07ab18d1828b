/**
 * Writing a user ring buffer map: records for programs, which take them out when they run.
 *
 * @module
 */
import { EbpfError, ErrorCode } from "../errors.ts";
import type { Descriptor } from "./descriptor.ts";
import { mapMemory, type Mapping, pageSize } from "./memory.ts";
import { littleEndian } from "./syscall.ts";

/** As in `ring_buffer.ts`; here the producer's page and the data are ours. */
const headerSize = 8;

/** The one writer of a user ring buffer. */
export class UserRingBufferWriter {
  readonly #consumer: Mapping;
  readonly #producer: Mapping;
  readonly #consumed: BigUint64Array;
  readonly #produced: BigUint64Array;
  readonly #data: DataView;
  readonly #size: number;

  /**
   * Maps a user ring buffer.
   *
   * @param map The map; it may be closed afterwards.
   * @param size Its `maxEntries`: bytes of data, a power of two.
   * @throws {EbpfError} `OutOfMemory`; `SystemCallFailed` if the map is no user ring buffer of this size.
   */
  constructor(map: Descriptor, size: number) {
    const page = pageSize();
    this.#size = size;
    this.#consumer = mapMemory(map, page, { writable: false });
    try {
      this.#producer = mapMemory(map, page + 2 * size, { offset: page });
    } catch (error) {
      this.#consumer.close();
      throw error;
    }
    this.#consumed = new BigUint64Array(this.#consumer.buffer, 0, 1);
    this.#produced = new BigUint64Array(this.#producer.buffer, 0, 1);
    this.#data = new DataView(this.#producer.buffer, page, 2 * size);
  }

  /** Bytes of records that no program has taken out, headers and padding included. */
  get used(): number {
    return Number(Atomics.load(this.#produced, 0) - Atomics.load(this.#consumed, 0));
  }

  /**
   * Appends a record.
   *
   * @param length Its bytes.
   * @param write Writes them at an offset.
   * @returns `false` if there is no room.
   * @throws {EbpfError} `Closed`.
   */
  output(length: number, write: (data: DataView, offset: number) => void): boolean {
    if (this.#produced.length === 0) {
      throw new EbpfError(ErrorCode.Closed, "Cannot write to a user ring buffer: it is closed");
    }
    const room = headerSize + length + 7 & ~7;
    if (room > this.#size - this.used) return false;
    const place = Number(BigInt.asUintN(32, this.#produced[0])) & this.#size - 1;
    this.#data.setUint32(place, length, littleEndian);
    this.#data.setUint32(place + 4, 0);
    write(this.#data, place + headerSize);
    // Only now can the kernel see it.
    Atomics.add(this.#produced, 0, BigInt(room));
    return true;
  }

  /** Unmaps the memory. Closing again does nothing. */
  close(): void {
    this.#producer.close();
    this.#consumer.close();
  }

  /** As `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

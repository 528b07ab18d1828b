/**
 * Reading a perf event array map: one buffer a CPU, mapped, into which programs write samples.
 *
 * @module
 */
import { Capability } from "./capabilities.ts";
import { Descriptor } from "./descriptor.ts";
import { updateElement } from "./elements.ts";
import { checked, type Context } from "./errors.ts";
import { readFile } from "./files.ts";
import { mapMemory, type Mapping, pageSize } from "./memory.ts";
import type { ReadRecord } from "./ring_buffer.ts";
import { Layout, littleEndian, pinned, syscall, word } from "./syscall.ts";

/** From the kernel's include/uapi/linux/perf_event.h. */
const software = 1;
const bpfOutput = 10;
const rawSample = 1 << 10;
const attributeSize = 112;
const closeOnExec = 8;
const enable = 0x2400;
const anyProcess = -1;
const noGroup = -1;

/** Offsets in `struct perf_event_mmap_page`, the buffer's first page. */
const headOffset = 1024;
const tailOffset = 1032;

/** A record's header: type (32 bits), misc (16), size of the whole (16). */
const headerSize = 8;
const lostRecord = 2;
const sampleRecord = 9;

/** Reads samples of all CPUs. */
export class PerfEventReader {
  readonly #buffers: CpuBuffer[] = [];
  #lost = 0;
  #reading = false;
  #closed = false;

  /**
   * Opens a buffer on each CPU that is on, and puts it into the map.
   *
   * @param map The map; it may be closed afterwards.
   * @param size Bytes of each CPU's buffer, a power of two that is not less than a page.
   * @throws {EbpfError} `NotPermitted` without CAP_PERFMON; `OutOfMemory`; `InvalidArgument` for other sizes.
   */
  constructor(map: Descriptor, size: number) {
    try {
      for (const cpu of onlineCpus()) this.#buffers.push(new CpuBuffer(map, cpu, size));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** What becomes readable with a sample. */
  get descriptors(): readonly Descriptor[] {
    return this.#buffers.map(({ descriptor }) => descriptor);
  }

  /** How many samples the kernel has told us it had no room for. */
  get lost(): number {
    return this.#lost;
  }

  /**
   * Reads the samples that are there, each CPU's oldest first. Their length is padded by the kernel to 4 less than a
   * multiple of 8.
   *
   * If `read` throws, its sample counts as read. Called by `read` itself, this does nothing.
   *
   * @param limit Not more samples than that.
   * @returns How many there were.
   */
  drain(read: ReadRecord, limit = Infinity): number {
    if (this.#reading || this.#closed) return 0;
    let count = 0;
    this.#reading = true;
    try {
      const sample: ReadRecord = (data, offset, length) => {
        count += 1;
        read(data, offset, length);
      };
      for (const buffer of this.#buffers) {
        buffer.drain(sample, (lost) => this.#lost += lost, () => count < limit && !this.#closed);
      }
    } finally {
      this.#reading = false;
      if (this.#closed) this.#free();
    }
    return count;
  }

  /** Frees the buffers, after the sample that is being read. Closing again does nothing. */
  close(): void {
    this.#closed = true;
    if (!this.#reading) this.#free();
  }

  /** As `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #free(): void {
    for (const buffer of this.#buffers.splice(0)) buffer.close();
  }
}

const opening: Context = { needs: [Capability.CAP_PERFMON] };

/** The buffer of one CPU. */
class CpuBuffer {
  readonly descriptor: Descriptor;
  readonly #mapping: Mapping;
  readonly #head: BigUint64Array;
  readonly #tail: BigUint64Array;
  readonly #data: DataView;
  /** Where a sample is put together that lies at both ends of the buffer. */
  readonly #whole: Uint8Array<ArrayBuffer>;

  constructor(map: Descriptor, cpu: number, size: number) {
    const what = `perf event buffer of CPU ${cpu}`;
    this.descriptor = new Descriptor(checked(openEvent(cpu), `open a ${what}`, opening), what);
    try {
      const page = pageSize();
      this.#mapping = mapMemory(this.descriptor, page + size);
      this.#head = new BigUint64Array(this.#mapping.buffer, headOffset, 1);
      this.#tail = new BigUint64Array(this.#mapping.buffer, tailOffset, 1);
      this.#data = new DataView(this.#mapping.buffer, page, size);
      this.#whole = new Uint8Array(size);
      updateElement(map, number(cpu), number(this.descriptor.fd));
      checked(syscall("ioctl", word(this.descriptor.fd), word(enable), 0n), `enable the ${what}`);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  drain(sample: ReadRecord, lost: (count: number) => void, goOn: () => boolean): void {
    const head = Atomics.load(this.#head, 0);
    let tail = this.#tail[0];
    try {
      while (tail !== head && goOn()) {
        const place = Number(tail & BigInt(this.#data.byteLength - 1));
        const type = this.#data.getUint32(place, littleEndian);
        const size = this.#data.getUint16(place + 6, littleEndian);
        tail += BigInt(size);
        const [record, start] = this.#inOnePiece(place, size);
        // A sample is its length and its bytes; a report of losses the event's id and how many.
        if (type === sampleRecord) {
          sample(record, start + headerSize + 4, record.getUint32(start + headerSize, littleEndian));
        } else if (type === lostRecord) {
          lost(Number(record.getBigUint64(start + headerSize + 8, littleEndian)));
        }
      }
    } finally {
      Atomics.store(this.#tail, 0, tail);
    }
  }

  close(): void {
    this.#mapping?.close();
    this.descriptor.close();
  }

  #inOnePiece(place: number, size: number): [record: DataView, offset: number] {
    const first = this.#data.byteLength - place;
    if (size <= first) return [this.#data, place];
    const { buffer, byteOffset } = this.#data;
    this.#whole.set(new Uint8Array(buffer, byteOffset + place, first));
    this.#whole.set(new Uint8Array(buffer, byteOffset, size - first), first);
    return [new DataView(this.#whole.buffer), 0];
  }
}

/** Opens the event that `bpf_perf_event_output` writes to; its descriptor or the negated errno. */
function openEvent(cpu: number): number {
  const attribute = new Layout(attributeSize)
    .u32(0, software)
    .u32(4, attributeSize)
    .u64(8, BigInt(bpfOutput))
    .u64(16, 1n) // a sample each time
    .u64(24, BigInt(rawSample))
    .u32(48, 1); // and a wakeup
  const flags = word(closeOnExec);
  const fd = syscall("perf_event_open", attribute.address, word(anyProcess), word(cpu), word(noGroup), flags);
  attribute.touch();
  return fd;
}

/** A number as a key or value of 4 bytes. */
function number(value: number): Uint8Array {
  return pinned(new Uint8Array(Uint32Array.of(value).buffer));
}

/** The CPUs that are on, from a list as `0-3,8`. */
function onlineCpus(): number[] {
  const list = readFile("/sys/devices/system/cpu/online") ?? "0";
  return list.trim().split(",").flatMap((part) => {
    const [first, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

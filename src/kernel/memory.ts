/**
 * Maps as memory: an array map's values, or a ring buffer, as an `ArrayBuffer` that user space and the kernel share.
 *
 * @module
 */
import { ffi, syscallNumber } from "../ffi/mod.ts";
import type { Descriptor } from "./descriptor.ts";
import { kernelError } from "./errors.ts";
import { readBytes } from "./files.ts";
import { syscall, word } from "./syscall.ts";

/** From the kernel's include/uapi/asm-generic/mman-common.h and linux/mman.h. */
const protRead = 1;
const protWrite = 2;
const shared = 1;

/**
 * Memory shared with the kernel. After {@linkcode Mapping.close} its buffer is detached: `DataView` and `Atomics` then
 * throw a TypeError, typed arrays are empty; nothing can reach the unmapped memory.
 */
export class Mapping {
  readonly #address: bigint;
  readonly #size: number;
  #buffer: ArrayBuffer;
  #closed = false;

  /**
   * Takes over mapped memory.
   *
   * @param address Where `size` mapped bytes are.
   */
  constructor(address: bigint, size: number) {
    this.#address = address;
    this.#size = size;
    this.#buffer = ffi().alias(address, size);
  }

  /** The memory; detached after `close()`. */
  get buffer(): ArrayBuffer {
    return this.#buffer;
  }

  /** Detaches the buffer from every view, then unmaps the memory. Closing again does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // Moves the memory to a buffer that nobody holds, without a copy. Unmapping first would leave views that fault.
    this.#buffer.transfer();
    syscall("munmap", this.#address, word(this.#size));
  }

  /** As `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Which part of an object's memory {@linkcode mapMemory} maps. */
export interface MappedPart {
  /** Bytes from the beginning, a multiple of the page size; default 0. */
  readonly offset?: number;
  /** Default `true`. A write to memory that is not is the end of the process. */
  readonly writable?: boolean;
}

/**
 * Maps memory into this process: the values of an array map that was created with `MapFlag.Mappable`, a part of a ring
 * buffer, a perf event's buffer.
 *
 * @param size Bytes: of an array map, value size (a multiple of 8) times entries.
 * @throws {EbpfError} `OutOfMemory`, or `SystemCallFailed` for what cannot be mapped.
 */
export function mapMemory(map: Descriptor, size: number, { offset = 0, writable = true }: MappedPart = {}): Mapping {
  const address = ffi().syscallAddress(
    syscallNumber("mmap"),
    0n,
    word(size),
    word(protRead | (writable ? protWrite : 0)),
    word(shared),
    word(map.fd),
    word(offset),
  );
  // The last page of the address space holds no mappings: these are negated error numbers.
  if (address < 0n) throw kernelError(`map the memory of ${map.what}`, Number(-address));
  return new Mapping(address, size);
}

/** The key of the page size in the auxiliary vector, from the kernel's include/uapi/linux/auxvec.h. */
const pageSizeKey = 6n;

/** Bytes of a page: 4096 everywhere but on some AArch64. */
export function pageSize(): number {
  const bytes = readBytes("/proc/self/auxv");
  if (bytes) {
    const words = new BigUint64Array(bytes.slice(0, bytes.length & ~7).buffer);
    for (let index = 0; index < words.length; index += 2) {
      if (words[index] === pageSizeKey) return Number(words[index + 1]);
    }
  }
  return 4096;
}

/**
 * Maps as memory: an array map's values as an `ArrayBuffer` that user space and the kernel share.
 *
 * @module
 */
import { ffi, syscallNumber } from "../ffi/mod.ts";
import type { Descriptor } from "./descriptor.ts";
import { kernelError } from "./errors.ts";
import { syscall, word } from "./syscall.ts";

/** From the kernel's include/uapi/asm-generic/mman-common.h and linux/mman.h. */
const readable = 1;
const writable = 2;
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

/**
 * Maps the values of an array map that was created with `MapFlag.Mappable` into this process.
 *
 * @param size Bytes: value size (a multiple of 8) times entries.
 * @throws {EbpfError} `OutOfMemory`, or `SystemCallFailed` for maps that cannot be mapped.
 */
export function mapMemory(map: Descriptor, size: number): Mapping {
  const address = ffi().syscallAddress(
    syscallNumber("mmap"),
    0n,
    word(size),
    word(readable | writable),
    word(shared),
    word(map.fd),
    0n,
  );
  // The last page of the address space holds no mappings: these are negated error numbers.
  if (address < 0n) throw kernelError(`map the memory of ${map.what}`, Number(-address));
  return new Mapping(address, size);
}

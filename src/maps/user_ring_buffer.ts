/**
 * User ring buffers: records for programs.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { UserRingBufferWriter } from "../kernel/mod.ts";
import type { Type } from "../types/type.ts";
import { MachineUserRingBuffer } from "../vm/maps/events.ts";
import type { MapDescription } from "./binding.ts";
import { binding, BpfMap, demandOptions } from "./map.ts";
import { type Channel, RecordBinding } from "./record_binding.ts";
import { demandSize } from "./ring_buffer.ts";

/** How a {@linkcode UserRingBuffer} is made. */
export interface UserRingBufferOptions {
  /** Bytes for records that no program has taken yet: a power of two, 4096 at least. Each takes 8 more than its size. */
  readonly size: number;
}

/**
 * Records for programs, first in, first out, written without a system call (BPF_MAP_TYPE_USER_RINGBUF, kernel 6.1).
 *
 * In user space: `output(record)`. In a program: `take()` gives the oldest record, or `undefined`. A struct is a copy on the
 * program's stack, which the next `take()` overwrites: its use after that is an error of generation.
 *
 * @example
 * ```ts
 * import { globalVar, u32, UserRingBuffer, XDP } from "@waggle/ebpf";
 *
 * class Sum extends XDP {
 *   @globalVar(u32) accessor sum = 0;
 *   numbers = new UserRingBuffer(u32, { size: 4096 });
 *
 *   program() {
 *     for (let i = 0; i < 8; i++) {
 *       const number = this.numbers.take();
 *       if (number === undefined) break;
 *       this.sum += number;
 *     }
 *   }
 * }
 *
 * const program = new Sum();
 * for (const number of [1, 2, 3]) program.numbers.output(number);
 * program.test(new Uint8Array(64));
 * console.log(program.sum === 6);
 * ```
 */
export class UserRingBuffer<V> extends BpfMap {
  /**
   * Makes a user ring buffer.
   *
   * @param type The type of records.
   * @param options How many bytes.
   * @throws {EbpfError} `InvalidArgument` for what is no type, and for other sizes.
   */
  constructor(type: Type<V>, options: UserRingBufferOptions) {
    const { size } = demandOptions(options, new.target, "{ size: 65536 }");
    demandSize("a user ring buffer", size);
    const description = { kind: "userRingBuffer", valueType: type, maxEntries: size } as const;
    super(description, (reference) => new UserRingBinding(reference, description));
  }

  /**
   * Writes a record.
   *
   * @param record The record; fields of structs that are missing become 0.
   * @returns Whether there was room.
   * @throws {EbpfError} `Closed`.
   */
  output(record: V): boolean {
    return inside(this).output(record);
  }

  /**
   * Takes the oldest record; in a program.
   *
   * @returns The record; `undefined` if there is none.
   * @throws {EbpfError} `NotSupported` after `load()`: then only the kernel's programs can.
   */
  take(): V | undefined {
    return inside(this).take() as V | undefined;
  }

  /** @ignore */
  protected override facts(): Readonly<Record<string, unknown>> {
    return { name: this.name, size: this.maxEntries };
  }
}

function inside(map: object): UserRingBinding {
  return (map as { readonly [binding]: UserRingBinding })[binding];
}

/** The writer of the kernel's ring. */
class UserRingChannel extends UserRingBufferWriter implements Channel {
  readonly descriptors = [];
}

/** Bytes before each record. */
const headerSize = 8;

/** What a user ring buffer keeps from its users. */
class UserRingBinding extends RecordBinding<UserRingChannel, MachineUserRingBuffer> {
  constructor(reference: BpfMap, description: MapDescription) {
    super(reference, description, {
      open: (map) => this.#move(new UserRingChannel(map, description.maxEntries)),
      adopt: (map) => new UserRingChannel(map, description.maxEntries),
      keySize: 0,
      valueSize: 0,
      isSideBySide: false,
    });
  }

  protected override createLocal(): MachineUserRingBuffer {
    const { kind, name, maxEntries } = this;
    return new MachineUserRingBuffer({ kind, name, maxEntries });
  }

  output(record: unknown): boolean {
    this.demandOpen();
    const { encode, size } = this.valueCodec!;
    if (this.channel) {
      return this.channel.output(size, (data, offset) => {
        new Uint8Array(data.buffer, data.byteOffset + offset, size).fill(0);
        encode(record, data, offset);
      });
    }
    const room = headerSize + size + 7 & ~7;
    if ((this.local.samples().length + 1) * room > this.maxEntries) return false;
    this.local.output(this.record(record));
    return true;
  }

  take(): unknown {
    this.demandOpen();
    if (this.channel) {
      throw new EbpfError(
        ErrorCode.NotSupported,
        `Cannot take a record of "${this.name}" in this process: the kernel has them since load()`,
        { remedy: 'Test on "js" before load(), or on "kernel" after it' },
      );
    }
    const bytes = this.local.take();
    return bytes && this.valueCodec!.decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0);
  }

  /** Gives the kernel's ring the records that there are. */
  #move(channel: UserRingChannel): UserRingChannel {
    for (const bytes of this.local.samples()) {
      channel.output(bytes.length, (data, offset) => {
        new Uint8Array(data.buffer, data.byteOffset + offset, bytes.length).set(bytes);
      });
    }
    return channel;
  }
}

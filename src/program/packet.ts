/**
 * Packets of runs as plain JavaScript.
 *
 * @module
 */

import { access, array, type ArrayView, type Fields, type Struct, type Type, u8, type View } from "../types/mod.ts";
import { Epoch, Frame } from "./frame.ts";
import { checksum, type Layers, layers } from "./packet_methods.ts";

/** Bytes of a packet: live, as all views. */
export interface PacketBytes extends ArrayView<number> {
  /**
   * Whether they are the bytes of something else, and as many.
   *
   * @param other Other bytes of the packet, a variable of the type `array(u8, n)`, or bytes that are known when the program is
   * generated: a `Uint8Array`, an array.
   */
  equals(other: Iterable<number>): boolean;
  /**
   * Writes them all.
   *
   * @param source As many bytes; as for {@linkcode PacketBytes.equals}. They may be parts of the same packet, overlapping.
   * @throws {EbpfError} `OutOfRange` for fewer or more.
   */
  set(source: Iterable<number>): void;
}

/** The key of the metadata's bytes. */
export const metaBytes: unique symbol = Symbol("meta bytes");

/** The key of the method that puts metadata before the packet. */
export const giveMeta: unique symbol = Symbol("give meta");

/** The key of the method that moves the metadata, and tells why not. */
export const moveMeta: unique symbol = Symbol("move meta");

/** Thrown where a program reaches beyond the packet: the run ends with `defaultAction`. No error of a user's is this one. */
export class PacketEnd extends Error {
  override readonly name = "PacketEnd";
}

/**
 * A packet, as a program sees it: a `DataView` (big-endian unless told otherwise, which is network order) whose accesses
 * outside end the program with its `defaultAction`.
 *
 * Programs get one as their argument. Making one is of use only to call `program()` by hand, under a debugger;
 * `test()` makes its own.
 *
 * Offsets may be known at run time only. The kernel follows none beyond 65,280: what lies there counts as outside.
 *
 * @example
 * ```ts
 * import { Packet } from "@waggle/ebpf";
 *
 * const packet = new Packet(new Uint8Array([0x08, 0x00]));
 * console.log(packet.getUint16(0) === 0x0800);
 * ```
 */
export class Packet extends DataView<ArrayBufferLike> {
  /** Where the packet's bytes are now. */
  #bytes: DataView;
  /** The room around it, once it was needed. */
  #frame: Frame | undefined;
  /** What views look at; its end is theirs. */
  #epoch: Epoch = this.#newEpoch();

  /**
   * Lays a packet over bytes.
   *
   * @param bytes The packet from its Ethernet header on; not copied, unless its ends are moved.
   */
  constructor(bytes: Uint8Array) {
    super(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#bytes = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** How many bytes the packet has. In programs, comparing it with offsets proves that bytes are there. */
  override get byteLength(): number {
    return this.#bytes.byteLength;
  }

  /**
   * How many bytes the packet has with all its fragments (`bpf_xdp_get_buff_len`, Linux 5.18). Only `byteLength` bytes of them
   * can be read; both are the same but for programs that accept fragments.
   */
  get totalLength(): number {
    return this.byteLength;
  }

  /** Where in {@linkcode Packet.buffer} the packet begins; not for programs. */
  override get byteOffset(): number {
    return this.#bytes.byteOffset;
  }

  /** The memory that the packet is in; not for programs. */
  override get buffer(): ArrayBufferLike {
    return this.#bytes.buffer;
  }

  /**
   * A header as a live view: reading its fields reads the packet, writing them changes it. Where the packet does not have
   * all of it, the program ends with its `defaultAction`.
   *
   * @param type A struct: one of the library's, such as `IPv4`, or your own. Programs must capture it.
   * @param offset Where it begins, in bytes from the Ethernet header on. Default 0.
   *
   * @example
   * ```ts
   * import { Ethernet, kernel, type Packet, XDP } from "@waggle/ebpf";
   *
   * class OnlyIPv4 extends XDP {
   *   @kernel(() => ({ Ethernet }))
   *   program(packet: Packet) {
   *     const { etherType } = packet.header(Ethernet);
   *     return etherType === 0x0800 ? XDP.PASS : XDP.DROP;
   *   }
   * }
   *
   * using program = new OnlyIPv4();
   * console.log(program.test(new Uint8Array(64)).name);
   * ```
   */
  header<F extends Fields, Derived>(type: Struct<F, Derived>, offset: number = 0): View<F> & Derived {
    const start = wholeOffset(offset);
    if (start < 0 || start + type.size > this.byteLength) throw beyond(this, start, type.size);
    return access(type, this.#epoch, start);
  }

  /**
   * Bytes of the packet, live: to compare or to write many of them at once. Where the packet does not have all of them, the
   * program ends with its `defaultAction`.
   *
   * @param offset Where they begin.
   * @param length How many, at least 1; known when the program is generated.
   *
   * @example
   * ```ts
   * import { type Packet, XDP } from "@waggle/ebpf";
   *
   * class NoGet extends XDP {
   *   get = new TextEncoder().encode("GET /");
   *
   *   program(packet: Packet) {
   *     return packet.bytes(54, 5).equals(this.get) ? XDP.DROP : XDP.PASS;
   *   }
   * }
   *
   * using program = new NoGet();
   * console.log(program.test(new Uint8Array(64)).name === "PASS");
   * ```
   */
  bytes(offset: number, length: number): PacketBytes {
    const start = wholeOffset(offset);
    const type = array(u8, length);
    if (start < 0 || start + length > this.byteLength) throw beyond(this, start, length);
    return access(type, this.#epoch, start) as PacketBytes;
  }

  /**
   * A part of the metadata as a live view: what lies before the packet once {@linkcode Packet.adjustMeta} has made room, or a
   * driver has. Where there is not so much of it, the program ends with its `defaultAction`.
   *
   * @param type A struct, an array or a scalar. Programs must capture it.
   * @param offset Where it begins, in bytes from the metadata's begin; known when the program is generated. Default 0.
   * @returns A live view; of a scalar, its value.
   *
   * @example
   * ```ts
   * import { kernel, type Packet, struct, u32, XDP } from "@waggle/ebpf";
   *
   * const Mark = struct({ mark: u32 });
   *
   * class Marks extends XDP {
   *   @kernel(() => ({ Mark }))
   *   program(packet: Packet) {
   *     if (packet.adjustMeta(-Mark.size)) packet.meta(Mark).mark = 7;
   *     return XDP.PASS;
   *   }
   * }
   *
   * using program = new Marks();
   * const { metadata } = program.test(new Uint8Array(64));
   * console.log(new DataView(metadata.buffer).getUint32(0, true) === 7);
   * ```
   */
  meta<T>(type: Type<T>, offset: number = 0): T {
    const start = wholeOffset(offset);
    const { length } = this[metaBytes];
    if (start < 0 || start + type.size > length) {
      throw new PacketEnd(`The packet has ${length} bytes of metadata: ${type.size} at ${start} are not in it`);
    }
    return access(type, this.#epoch.metadata, start);
  }

  /**
   * The metadata, in place.
   *
   * @ignore
   */
  get [metaBytes](): Uint8Array<ArrayBuffer> {
    return this.#frame?.metadata ?? new Uint8Array(0);
  }

  /**
   * Puts metadata before the packet.
   *
   * @ignore
   */
  [giveMeta](bytes: Uint8Array): void {
    this.#adjust((frame) => frame.adjustMeta(-bytes.length) === 0);
    this[metaBytes].set(bytes);
  }

  /**
   * Moves the packet's first byte (`bpf_xdp_adjust_head`, Linux 4.10): to wrap the packet in another header, or to take one
   * off.
   *
   * All that was known of the packet ends with it, whether it succeeds or not: headers must be taken again, offsets count
   * from the new first byte, and accesses are checked anew. New bytes have no certain content: write all of them.
   *
   * @param delta Bytes to move it by: negative ones make the packet longer at its begin, positive ones shorter.
   * @returns Whether it was done. It is not where the packet would have fewer than 14 bytes, or where no room is left before
   * it; there are 216 bytes, as a rule.
   *
   * @example
   * ```ts
   * import { type Packet, XDP } from "@waggle/ebpf";
   *
   * class Untag extends XDP {
   *   program(packet: Packet) {
   *     if (packet.getUint16(12) !== 0x8100) return XDP.PASS;
   *     const [first, rest] = [packet.getBigUint64(0), packet.getUint32(8)];
   *     if (!packet.adjustHead(4)) return XDP.DROP;
   *     packet.setBigUint64(0, first); // both addresses, in front of the type
   *     packet.setUint32(8, rest);
   *     return XDP.PASS;
   *   }
   * }
   *
   * using program = new Untag();
   * const tagged = new Uint8Array(64);
   * tagged.set([0x81, 0x00, 0x00, 0x07, 0x08, 0x00], 12);
   * console.log(program.test(tagged).packet.length === 60);
   * ```
   */
  adjustHead(delta: number): boolean {
    return this.#adjust((frame) => frame.adjustHead(delta | 0));
  }

  /**
   * Moves the packet's end (`bpf_xdp_adjust_tail`, Linux 4.18; making it longer, 5.8): to cut it off, or to append to it.
   *
   * As with {@linkcode Packet.adjustHead}, all that was known of the packet ends. New bytes are 0.
   *
   * @param delta Bytes to move it by: positive ones make the packet longer, negative ones shorter.
   * @returns Whether it was done. It is not where the packet would have fewer than 14 bytes, or where no room is left
   * behind it.
   */
  adjustTail(delta: number): boolean {
    return this.#adjust((frame) => frame.adjustTail(delta | 0));
  }

  /**
   * Moves the begin of the metadata, which lie before the packet (`bpf_xdp_adjust_meta`, Linux 4.15): for programs behind
   * this one, such as those of TC. {@linkcode Packet.meta} reads and writes them.
   *
   * As with {@linkcode Packet.adjustHead}, all that was known of the packet ends.
   *
   * @param delta Bytes to move it by, a multiple of 4: negative ones make room, positive ones take it back.
   * @returns Whether it was done. It is not where there would be more than 252 bytes or fewer than none, and some drivers
   * have no metadata.
   */
  adjustMeta(delta: number): boolean {
    return this[moveMeta](delta) === 0;
  }

  /**
   * Moves the begin of the metadata; 0, or the kernel's error.
   *
   * @ignore
   */
  [moveMeta](delta: number): number {
    let result = 0;
    this.#adjust((frame) => (result = frame.adjustMeta(delta | 0)) === 0);
    return result;
  }

  /**
   * The internet checksum (RFC 1071) of a part of the packet: what belongs in the checksum's field if that was 0 before. Where
   * the packet does not have all of the part, the program ends with its `defaultAction`.
   *
   * In a program, how long the part can be should be known: the more, the more the verifier has to follow.
   *
   * @param offset Where the part begins.
   * @param length Its bytes; behind an odd one, a zero is taken to follow.
   * @param sum A sum to begin with, such as `ip.pseudoHeaderSum(length)` for TCP and UDP. Default 0.
   * @returns The checksum. UDP writes 0xffff for 0, since 0 stands for none there.
   *
   * @example
   * ```ts
   * import { IPv4, kernel, type Packet, Udp, XDP } from "@waggle/ebpf";
   *
   * class Fix extends XDP {
   *   @kernel(() => ({ IPv4, Udp }))
   *   program(packet: Packet) {
   *     const ip = packet.header(IPv4, 14);
   *     const udp = packet.header(Udp, 34);
   *     const { length } = udp;
   *     if (ip.headerLength !== 20 || ip.protocol !== 17 || length > 1480) return XDP.PASS;
   *     udp.checksum = 0;
   *     udp.checksum = packet.checksum(34, length, ip.pseudoHeaderSum(length)) || 0xffff;
   *     return XDP.TX;
   *   }
   * }
   *
   * using program = new Fix();
   * console.log(program.test(new Uint8Array(64)).name === "PASS");
   * ```
   */
  checksum(offset: number, length: number, sum: number = 0): number {
    return checksum.call(this, offset, length, sum);
  }

  /**
   * The headers that the packet begins with: Ethernet, up to two VLAN tags, IPv4 or IPv6 with up to six extension headers, and
   * TCP, UDP, ICMP or ICMPv6. Headers that are not there are `undefined`; so are those that the packet ends before, and those
   * of transports in all fragments but the first. Only a packet without a whole Ethernet header ends the program, with its
   * `defaultAction`.
   *
   * @example
   * ```ts
   * import { type Packet, XDP } from "@waggle/ebpf";
   *
   * class NoTelnet extends XDP {
   *   program(packet: Packet) {
   *     const { tcp } = packet.layers();
   *     return tcp?.destination === 23 ? XDP.DROP : XDP.PASS;
   *   }
   * }
   *
   * using program = new NoTelnet();
   * console.log(program.test(new Uint8Array(64)).name === "PASS");
   * ```
   */
  layers(): Layers {
    return layers.call(this);
  }

  #adjust(move: (frame: Frame) => boolean): boolean {
    const { buffer, byteOffset, byteLength } = this.#bytes;
    this.#frame ??= new Frame(new Uint8Array(buffer, byteOffset, byteLength));
    const isDone = move(this.#frame);
    const { packet } = this.#frame;
    this.#bytes = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
    this.#epoch.end();
    this.#epoch = this.#newEpoch();
    return isDone;
  }

  #newEpoch(): Epoch {
    return new Epoch(this, () => this[metaBytes]);
  }

  static {
    for (const name of Object.getOwnPropertyNames(DataView.prototype)) {
      const bits = /^[gs]et\D+(\d+)$/.exec(name)?.[1];
      if (bits !== undefined) overrideAccess(this.prototype, name, Number(bits) / 8, (packet) => packet.#bytes);
    }
  }
}

/** What DataView makes of offsets: whole numbers, and 0 of what is no number. */
function wholeOffset(offset: number): number {
  return Math.trunc(Number(offset)) || 0;
}

type Access = (this: DataView, offset: number, ...rest: unknown[]) => unknown;

/** Replaces a method of `DataView` by one that ends the program where that one throws a RangeError. */
function overrideAccess(prototype: Packet, name: string, size: number, bytesOf: (packet: Packet) => DataView): void {
  const original = Reflect.get(DataView.prototype, name) as Access;
  const value = function (this: Packet, offset: number, ...rest: unknown[]): unknown {
    const start = wholeOffset(offset);
    const bytes = bytesOf(this);
    if (start < 0 || start + size > bytes.byteLength) throw beyond(bytes, start, size);
    return original.call(bytes, start, ...rest);
  };
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
}

function beyond({ byteLength }: DataView, start: number, size: number): PacketEnd {
  return new PacketEnd(`The packet has ${byteLength} bytes: bytes ${start} to ${start + size - 1} are not all in it`);
}

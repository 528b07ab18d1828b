/**
 * Packets of runs as plain JavaScript.
 *
 * @module
 */

import { access, type Fields, type Struct, type View } from "../types/mod.ts";

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
  /**
   * Lays a packet over bytes.
   *
   * @param bytes The packet from its Ethernet header on; not copied.
   */
  constructor(bytes: Uint8Array) {
    super(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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
  header<F extends Fields>(type: Struct<F>, offset: number = 0): View<F> {
    const start = wholeOffset(offset);
    if (start < 0 || start + type.size > this.byteLength) throw beyond(this, start, type.size);
    return access(type, { view: this }, start);
  }

  static {
    for (const name of Object.getOwnPropertyNames(DataView.prototype)) {
      const bits = /^[gs]et\D+(\d+)$/.exec(name)?.[1];
      if (bits !== undefined) overrideAccess(this.prototype, name, Number(bits) / 8);
    }
  }
}

/** What DataView makes of offsets: whole numbers, and 0 of what is no number. */
function wholeOffset(offset: number): number {
  return Math.trunc(Number(offset)) || 0;
}

type Access = (this: DataView, offset: number, ...rest: unknown[]) => unknown;

/** Replaces a method of `DataView` by one that ends the program where that one throws a RangeError. */
function overrideAccess(prototype: object, name: string, size: number): void {
  const original = Reflect.get(DataView.prototype, name) as Access;
  const value = function (this: DataView, offset: number, ...rest: unknown[]): unknown {
    const start = wholeOffset(offset);
    if (start < 0 || start + size > this.byteLength) throw beyond(this, start, size);
    return original.call(this, start, ...rest);
  };
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
}

function beyond({ byteLength }: DataView, start: number, size: number): PacketEnd {
  return new PacketEnd(`The packet has ${byteLength} bytes: bytes ${start} to ${start + size - 1} are not all in it`);
}

/**
 * Packets of runs as plain JavaScript.
 *
 * @module
 */

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

  static {
    for (const name of Object.getOwnPropertyNames(DataView.prototype)) {
      const bits = /^[gs]et\D+(\d+)$/.exec(name)?.[1];
      if (bits !== undefined) overrideAccess(this.prototype, name, Number(bits) / 8);
    }
  }
}

type Access = (this: DataView, offset: number, ...rest: unknown[]) => unknown;

/** Replaces a method of `DataView` by one that ends the program where that one throws a RangeError. */
function overrideAccess(prototype: object, name: string, size: number): void {
  const access = Reflect.get(DataView.prototype, name) as Access;
  const value = function (this: DataView, offset: number, ...rest: unknown[]): unknown {
    // What DataView makes of offsets: whole numbers, and 0 of what is no number.
    const start = Math.trunc(Number(offset)) || 0;
    if (start < 0 || start + size > this.byteLength) throw beyond(this, start, size);
    return access.call(this, start, ...rest);
  };
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
}

function beyond({ byteLength }: DataView, start: number, size: number): PacketEnd {
  return new PacketEnd(`The packet has ${byteLength} bytes: bytes ${start} to ${start + size - 1} are not all in it`);
}

import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Packet } from "../../mod.ts";
import { PacketEnd } from "../../src/program/packet.ts";

const bytes = Uint8Array.from({ length: 16 }, (_, index) => 0xf0 + index);

/** The accessors that DataView has in this runtime, with the bytes that they touch. */
const accessors = Object.getOwnPropertyNames(DataView.prototype)
  .map((name) => ({ name, size: Number(/^[gs]et\D+(\d+)$/.exec(name)?.[1]) / 8 }))
  .filter(({ size }) => size > 0);

function call(view: DataView, name: string, ...args: readonly unknown[]): unknown {
  return Reflect.apply(Reflect.get(view, name), view, args);
}

function valueFor(name: string): unknown {
  return name.includes("Big") ? 1n : 1;
}

describe("Packet", () => {
  it("is a DataView, big-endian by default", () => {
    const packet: DataView = new Packet(bytes);
    assertInstanceOf(packet, DataView);
    assertEquals([packet.getUint16(0), packet.getUint16(0, true)], [0xf0f1, 0xf1f0]);
    assertEquals([packet.byteLength, packet.byteOffset], [16, 0]);
  });

  it("reads and writes as one wherever the packet reaches", () => {
    for (const { name, size } of accessors) {
      for (const offset of [0, 1, 16 - size, 1.9, -0.5, undefined, NaN, "2", null]) {
        for (const little of [undefined, false, true]) {
          const [ours, theirs] = [bytes.slice(), bytes.slice()];
          const args = name.startsWith("get") ? [offset, little] : [offset, valueFor(name), little];
          const expected = call(new DataView(theirs.buffer), name, ...args);
          assertEquals(call(new Packet(ours), name, ...args), expected, `${name}(${offset})`);
          assertEquals(ours, theirs);
        }
      }
    }
  });

  it("ends the program where one would throw", () => {
    for (const { name, size } of accessors) {
      for (const offset of [-1, 17 - size, 16, 2 ** 40, Infinity, -Infinity]) {
        const args = name.startsWith("get") ? [offset] : [offset, valueFor(name)];
        const copy = bytes.slice();
        assertThrows(() => call(new Packet(copy), name, ...args), PacketEnd);
        assertThrows(() => call(new DataView(copy.buffer), name, ...args), RangeError);
        assertEquals(copy, bytes);
      }
    }
  });

  it("may be a part of a larger buffer", () => {
    const packet = new Packet(bytes.subarray(4, 8));
    assertEquals([packet.byteLength, packet.getUint8(0), packet.getUint8(3)], [4, 0xf4, 0xf7]);
    assertThrows(() => packet.getUint8(4), PacketEnd, "The packet has 4 bytes: bytes 4 to 4 are not all in it");
  });
});

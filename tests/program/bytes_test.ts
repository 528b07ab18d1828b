/**
 * Bytes of the packet as a whole, and loops over them: as plain JavaScript, in the virtual machine and in the kernel.
 *
 * @module
 */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { array, type ArrayView, EbpfError, globalVar, localVar, type Packet, u32, u8, XDP } from "../../mod.ts";
import { everywhere } from "../support/everywhere.ts";
import { needsKernel } from "../support/kernel.ts";

const bytes = Uint8Array.from({ length: 64 }, (_, i) => i);

describe("packet.bytes()", needsKernel(), () => {
  class Compare extends XDP {
    @globalVar(array(u8, 13))
    accessor wanted: ArrayView<number> = [...bytes.subarray(20, 33)];
    @globalVar(u32)
    accessor found = 0;
    known = bytes.slice(20, 33);
    other = [20, 21, 22];

    program(packet: Packet) {
      const at = packet.getUint8(0);
      const part = packet.bytes(at, 13);
      if (part.equals(this.wanted)) this.found |= 1;
      if (part.equals(this.known)) this.found |= 2;
      if (part.equals(packet.bytes(40, 13))) this.found |= 4;
      if (packet.bytes(at, 3).equals(this.other)) this.found |= 8;
      if (part.equals(this.other)) this.found |= 16;
      if (packet.bytes(at, 1).equals([300])) this.found |= 32;
      return part[12] === 32 && part.length === 13 ? XDP.TX : XDP.DROP;
    }
  }
  const compare = (packet: Uint8Array) => everywhere(() => new Compare(), packet, ({ found }) => found);

  it("are compared with variables, known bytes, and other parts of the packet", () => {
    assertEquals([compare(bytes.with(0, 20)).answer, compare(bytes.with(0, 20)).action], [11, "TX"]);
    assertEquals(compare(bytes.with(0, 40)).answer, 4);
    for (let i = 20; i < 33; i++) assertEquals(compare(bytes.with(0, 20).with(i, 99)).answer, i < 23 ? 0 : 8);
    assertEquals(compare(bytes.with(0, 52)).action, "PASS");
  });

  it("are copied from all of these, overlapping ones too", () => {
    class Copy extends XDP {
      @localVar(array(u8, 6))
      accessor kept!: ArrayView<number>;
      @globalVar(array(u8, 6))
      accessor shown: ArrayView<number> = [0, 0, 0, 0, 0, 0];

      program(packet: Packet) {
        this.kept = packet.bytes(0, 6);
        this.shown = packet.bytes(6, 6);
        packet.bytes(0, 6).set(packet.bytes(6, 6));
        packet.bytes(6, 6).set(this.kept);
        packet.bytes(20, 20).set(packet.bytes(23, 20));
        packet.bytes(50, 3).set([7, 8, 44]);
        return XDP.TX;
      }
    }
    const { packet, answer } = everywhere(() => new Copy(), bytes, ({ shown }) => [...shown]);
    assertEquals(answer, [6, 7, 8, 9, 10, 11]);
    assertEquals(packet.slice(0, 12), [6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5]);
    assertEquals(packet.slice(20, 40), [...bytes.subarray(23, 43)]);
    assertEquals(packet.slice(49, 54), [49, 7, 8, 44, 53]);
  });

  it("are refused where they cannot be", () => {
    class Long extends XDP {
      program(packet: Packet) {
        packet.bytes(0, packet.getUint8(0));
      }
    }
    class Text extends XDP {
      program(packet: Packet) {
        return packet.bytes(0, 3).equals("abc" as unknown as number[]) ? XDP.DROP : XDP.PASS;
      }
    }
    class Short extends XDP {
      program(packet: Packet) {
        packet.bytes(0, 3).set([1, 2]);
      }
    }
    const message = (Program: new () => XDP) => assertThrows(() => new Program().check(), EbpfError).message;
    assertStringIncludes(message(Long), "how many must be known at generation time");
    assertStringIncludes(message(Long), "this.bpf.xdpLoadBytes()");
    assertStringIncludes(message(Text), "Cannot take the string");
    assertStringIncludes(message(Short), "Cannot write 2 bytes over 3");
    assertStringIncludes(assertThrows(() => new Short().test(bytes), EbpfError).message, "Cannot write 2 bytes over 3");
  });
});

describe("loops over the packet", needsKernel(), () => {
  const text = (words: string) => {
    const packet = new Uint8Array(1400);
    packet.set(new TextEncoder().encode(words), 100);
    return packet;
  };

  it("go up to its end, and find", () => {
    class Find extends XDP {
      @globalVar(u32)
      accessor at = 0;

      program(packet: Packet) {
        for (let i = 14; i < packet.byteLength - 3 && i < 1500; i++) {
          if (packet.getUint32(i) === 0x77616767) { // "wagg"
            this.at = i;
            return XDP.DROP;
          }
        }
        return XDP.TX;
      }
    }
    const find = (packet: Uint8Array) => everywhere(() => new Find(), packet, ({ at }) => at);
    assertEquals([find(text("waggle")).action, find(text("a waggle")).answer], ["DROP", 102]);
    assertEquals(find(text("wag")).action, "TX");
    assertEquals(find(text("")).action, "TX");
  });

  it("go by lengths that they read on the way", () => {
    class Names extends XDP {
      @globalVar(u32)
      accessor labels = 0;
      @globalVar(u32)
      accessor hash = 0;

      program(packet: Packet) {
        let at = 100;
        for (let label = 0; label < 4; label++) {
          const length = packet.getUint8(at);
          if (length === 0 || length > 15) break;
          if (packet.byteLength < at + 1 + length) return XDP.DROP;
          for (let i = 0; i < length; i++) this.hash = this.hash * 31 + packet.getUint8(at + 1 + i);
          at += length + 1;
          this.labels += 1;
        }
        return XDP.TX;
      }
    }
    const { answer } = everywhere(() => new Names(), text("\x03www\x06waggle\x03org\0"), (p) => [p.labels, p.hash]);
    assertEquals(answer[0], 3);
  });
});

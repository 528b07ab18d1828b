/**
 * Programs that move the packet's ends: the same as plain JavaScript, in the virtual machine and in the kernel (rule 18).
 *
 * @module
 */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, ErrorCode, Ethernet, globalVar, i32, IPv4, kernel, type Packet, u32, u8, XDP } from "../../mod.ts";
import { everywhere } from "../support/everywhere.ts";
import { needsKernel } from "../support/kernel.ts";

const bytes = Uint8Array.from({ length: 64 }, (_, i) => i);

/** Moves one end by a number of the test's, and says what became of it. */
abstract class Moving extends XDP {
  @globalVar(i32)
  accessor delta = 0;
  @globalVar(u32)
  accessor length = 0;
  @globalVar(u32)
  accessor first = 0;
}

class Head extends Moving {
  program(packet: Packet) {
    if (!packet.adjustHead(this.delta)) return XDP.DROP;
    this.length = packet.byteLength;
    if (this.delta < 0) {
      for (let i = 0; i < 8; i++) packet.setUint8(i, 0xee);
    }
    this.first = packet.getUint32(0);
    return XDP.TX;
  }
}

class Tail extends Moving {
  program(packet: Packet) {
    if (!packet.adjustTail(this.delta)) return XDP.DROP;
    this.length = packet.byteLength;
    this.first = packet.getUint32(0);
    return XDP.TX;
  }
}

function moved(Program: new () => Moving, delta: number) {
  const create = () => Object.assign(new Program(), { delta });
  const { action, packet, answer } = everywhere(create, bytes, ({ length, first }) => [length, first]);
  return [action, packet.length, ...answer];
}

describe("moving the packet's ends", needsKernel(), () => {
  it("moves its begin both ways, as far as there is room", () => {
    assertEquals(moved(Head, 4), ["TX", 60, 60, 0x04050607]);
    assertEquals(moved(Head, -8), ["TX", 72, 72, 0xeeeeeeee]);
    assertEquals(moved(Head, 50), ["TX", 14, 14, 0x32333435]);
    for (const delta of [51, 64, 65_000, -217, -0x8000_0000]) {
      assertEquals(moved(Head, delta), ["DROP", 64, 0, 0], `by ${delta}`);
    }
  });

  it("moves its end both ways, and what is new is 0", () => {
    assertEquals(moved(Tail, -4), ["TX", 60, 60, 0x00010203]);
    assertEquals(moved(Tail, 100), ["TX", 164, 164, 0x00010203]);
    assertEquals(moved(Tail, -50), ["TX", 14, 14, 0x00010203]);
    for (const delta of [-51, -64, 4000, 0x7fff_ffff]) assertEquals(moved(Tail, delta), ["DROP", 64, 0, 0]);
  });

  it("makes room for metadata, in steps of four bytes", () => {
    class Meta extends Moving {
      program(packet: Packet) {
        if (!packet.adjustMeta(this.delta)) return XDP.DROP;
        this.first = packet.getUint32(0);
        return XDP.TX;
      }
    }
    assertEquals(moved(Meta, -8), ["TX", 64, 0, 0x00010203]);
    assertEquals(moved(Meta, -252), ["DROP", 64, 0, 0]);
    for (const delta of [-3, 4, -256, -1024]) assertEquals(moved(Meta, delta), ["DROP", 64, 0, 0]);
  });

  it("wraps a packet in another header", () => {
    class Tag extends XDP {
      @kernel(() => ({ Ethernet }))
      program(packet: Packet) {
        const { destination, source } = packet.header(Ethernet);
        if (!packet.adjustHead(-4)) return XDP.DROP;
        const ethernet = packet.header(Ethernet);
        ethernet.destination = destination;
        ethernet.source = source;
        ethernet.etherType = 0x8100;
        packet.setUint16(14, 7);
        return XDP.PASS;
      }
    }
    const { packet } = everywhere(() => new Tag(), bytes);
    assertEquals(packet, [...bytes.subarray(0, 12), 0x81, 0, 0, 7, ...bytes.subarray(12)]);
  });
});

describe("epochs", needsKernel(), () => {
  it("end on the way that moves, and where it meets the other", () => {
    class Maybe extends Moving {
      program(packet: Packet) {
        if (packet.byteLength < 40) return XDP.DROP;
        this.first = packet.getUint32(36);
        if (packet.getUint8(0) === 0 && !packet.adjustTail(-30)) return XDP.ABORTED;
        this.length = packet.byteLength;
        this.first = packet.getUint32(36);
        return XDP.TX;
      }
    }
    const run = (packet: Uint8Array) => everywhere(() => new Maybe(), packet, ({ length, first }) => [length, first]);
    assertEquals(run(bytes).answer, [34, 0x24252627]);
    assertEquals(run(bytes).action, "PASS");
    assertEquals(run(bytes.with(0, 1)).answer, [64, 0x24252627]);
    assertEquals(run(bytes.with(0, 1)).action, "TX");
  });

  it("change turn by turn", () => {
    class Peel extends Moving {
      @globalVar(u8)
      accessor turns = 0;

      program(packet: Packet) {
        for (let i = 0; i < 20; i++) {
          if (packet.getUint8(0) >= 40) break;
          if (!packet.adjustHead(4)) return XDP.ABORTED;
          this.turns += 1;
        }
        this.length = packet.byteLength;
        this.first = packet.getUint32(8);
        return XDP.TX;
      }
    }
    const { answer } = everywhere(() => new Peel(), bytes, ({ turns, length, first }) => [turns, length, first]);
    assertEquals(answer, [10, 24, 0x30313233]);
  });

  it("change in loops whose turns are known at run time only, nested ones too", () => {
    class Peel extends Moving {
      program(packet: Packet) {
        const count = packet.getUint8(1) * 5;
        let sum = 0;
        for (let i = 0; i < count; i++) {
          for (let k = 0; k < packet.getUint8(2); k++) {
            sum += packet.getUint8(3);
            if (!packet.adjustHead(1)) return XDP.DROP;
          }
        }
        this.length = packet.byteLength;
        this.first = sum;
        return XDP.TX;
      }
    }
    const run = (packet: Uint8Array) => everywhere(() => new Peel(), packet, ({ length, first }) => [length, first]);
    run(bytes);
    run(bytes.with(1, 2));
    run(bytes.with(1, 0));
  });

  it("change in callbacks of bpf_loop", () => {
    class Long extends Moving {
      program(packet: Packet) {
        let sum = 0;
        for (let i = 0; i < 20_000; i++) {
          sum += packet.getUint8(i % 7 === 0 ? 1 : 0);
          if (i % 1000 === 999 && !packet.adjustHead(1)) return XDP.DROP;
        }
        this.length = packet.byteLength;
        this.first = sum;
        return XDP.TX;
      }
    }
    assertStringIncludes(new Long().disassemble(), "loop");
    assertEquals(everywhere(() => new Long(), bytes, ({ length }) => length).answer, 44);
  });

  it("end within functions that are called", () => {
    class Calls extends Moving {
      shorten(packet: Packet, count: number) {
        return packet.adjustTail(-count) && packet.adjustHead(count);
      }
      program(packet: Packet) {
        const before = packet.byteLength;
        if (!this.shorten(packet, packet.getUint8(5))) return XDP.DROP;
        this.length = before - packet.byteLength;
        this.first = packet.getUint32(0);
        return XDP.TX;
      }
    }
    const { answer } = everywhere(() => new Calls(), bytes, ({ length, first }) => [length, first]);
    assertEquals(answer, [10, 0x05060708]);
  });

  it("are one for all ways that begin behind a move, or behind the place where one met another", () => {
    class Ways extends Moving {
      @kernel(() => ({ Ethernet }))
      program(packet: Packet) {
        if (packet.getUint8(1) === 1) packet.adjustHead(2);
        const early = packet.getUint8(2) > 8 ? packet.header(Ethernet, 4) : packet.header(Ethernet, 20);
        this.first = early.etherType;
        packet.adjustTail(-2);
        const late = packet.getUint8(2) > 8 ? packet.header(Ethernet, 9) : undefined;
        this.length = (late?.etherType ?? 0) + packet.byteLength;
        return XDP.TX;
      }
    }
    for (const packet of [bytes, bytes.with(1, 0), bytes.with(2, 9), bytes.with(1, 0).with(2, 9), bytes.with(4, 9)]) {
      everywhere(() => new Ways(), packet, ({ length, first }) => [length, first]);
    }
  });

  it("keep what was read before", () => {
    class Before extends Moving {
      program(packet: Packet) {
        const length = packet.byteLength;
        const first = packet.getUint32(0);
        const done = packet.adjustTail(-32);
        if (length >= 40 && done) this.length = length;
        this.first = first;
        return packet.byteLength < 40 ? XDP.TX : XDP.DROP;
      }
    }
    const { action, answer } = everywhere(() => new Before(), bytes, ({ length, first }) => [length, first]);
    assertEquals([action, answer], ["TX", [64, 0x00010203]]);
  });
});

describe("views of an earlier epoch", () => {
  class Read extends XDP {
    @kernel(() => ({ IPv4 }))
    program(packet: Packet) {
      const ip = packet.header(IPv4, 14);
      packet.adjustHead(4);
      return ip.ttl === 0 ? XDP.DROP : XDP.PASS;
    }
  }
  class Write extends XDP {
    @kernel(() => ({ IPv4 }))
    program(packet: Packet) {
      const ip = packet.header(IPv4, 14);
      ip.ttl = packet.adjustTail(-4) ? 1 : 2;
    }
  }
  class Maybe extends XDP {
    @kernel(() => ({ IPv4 }))
    program(packet: Packet) {
      const ip = packet.header(IPv4, packet.getUint8(0));
      if (ip.ttl === 3) packet.adjustHead(4);
      ip.ttl = 4;
    }
  }
  class Turn extends XDP {
    @kernel(() => ({ IPv4 }))
    program(packet: Packet) {
      const ip = packet.header(IPv4, 14);
      for (let i = 0; i < 100; i++) {
        ip.ttl = i;
        if (packet.getUint8(0) === 3) packet.adjustHead(4);
      }
    }
  }

  for (const [name, Program] of Object.entries({ Read, Write, Maybe, Turn })) {
    it(`are refused at generation: ${name}`, () => {
      const error = assertThrows(() => new Program().check(), EbpfError);
      assertEquals(error.code, ErrorCode.StaleView);
      assertStringIncludes(error.message, "taken before the packet's ends were moved");
      assertStringIncludes(error.frame ?? "", "ip.ttl");
    });
  }

  it("are refused in runs as plain JavaScript", () => {
    for (const Program of [Read, Write]) {
      const error = assertThrows(() => new Program().test(bytes), EbpfError);
      assertEquals(error.code, ErrorCode.StaleView);
    }
  });
});

/**
 * The kernel's helpers for packets: as plain JavaScript, in the virtual machine and in the kernel.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  array,
  type ArrayView,
  be16,
  EbpfError,
  ErrorCode,
  globalVar,
  i32,
  IPv4,
  kernel,
  localVar,
  Packet,
  packetVar,
  u32,
  u8,
  XDP,
} from "../../mod.ts";
import { everywhere } from "../support/everywhere.ts";
import { needsKernel } from "../support/kernel.ts";
import { TestNetwork } from "../support/network.ts";

/** Bytes that begin with some, and go on with others that differ. */
function packetOf(length: number, ...first: number[]): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => first[i] ?? i * 7 + 3 & 0xff);
}

const numbers = (view: Iterable<number>) => [...view];

describe("bpf.csumDiff", needsKernel(), () => {
  class Sums extends XDP {
    @globalVar(array(u32, 8))
    accessor sums: ArrayView<number> = new Array(8).fill(0);
    @globalVar(array(u8, 12))
    accessor shared: ArrayView<number> = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    @localVar(array(u8, 8))
    accessor own: ArrayView<number> = [255, 254, 0, 1, 128, 127, 5, 5];
    seed = 0x12345678;

    program(packet: Packet) {
      const { bpf } = this;
      const at = packet.getUint8(0);
      const first = bpf.csumDiff(undefined, packet.bytes(14, 20));
      this.sums = [
        first,
        bpf.csumDiff(packet.bytes(14, 20), undefined),
        bpf.csumDiff(packet.bytes(at, 8), this.shared, packet.getUint32(4)),
        bpf.csumDiff(this.own, [packet.getUint8(1), 0, 0, at], this.seed),
        bpf.csumDiff(undefined, undefined, 0xffff),
        bpf.csumDiff([0, 0, 0, 0], [0, 0, 0, 0]),
        bpf.csumDiff(packet.bytes(14, 4), packet.bytes(14, 4), first),
        bpf.csumDiff(undefined, [0, 0, 0, 0]),
      ];
    }
  }

  it("gives the sum in network order, whatever memory the bytes are in", () => {
    for (const packet of [packetOf(64, 14, 9), packetOf(64, 56, 255), new Uint8Array(64).fill(255).fill(20, 0, 1)]) {
      const { answer } = everywhere(() => new Sums(), packet, ({ sums }) => numbers(sums));
      const whole = new Packet(packet);
      assertEquals(~answer[0] & 0xffff, whole.checksum(14, 20));
      assertEquals([answer[4], answer[7]], [0xffff, 0]);
      assertEquals(answer[6] || 0xffff, answer[0]);
    }
  });

  it("corrects a checksum", () => {
    class Rename extends XDP {
      @kernel(() => ({ IPv4 }))
      program(packet: Packet) {
        const ip = packet.header(IPv4, 14);
        ip.checksum = ~this.bpf.csumDiff(packet.bytes(26, 4), [10, 0, 0, 7], ~ip.checksum & 0xffff) & 0xffff;
        packet.bytes(26, 4).set([10, 0, 0, 7]);
      }
    }
    const packet = new Packet(packetOf(64));
    const ip = packet.header(IPv4, 14);
    Object.assign(ip, { version: 4, headerLength: 20 });
    ip.fillChecksum();
    const changed = new Packet(Uint8Array.from(everywhere(() => new Rename(), new Uint8Array(packet.buffer)).packet));
    assertEquals([changed.checksum(14, 20), changed.getUint32(26)], [0, 0x0a000007]);
  });

  it("refuses what the kernel would", () => {
    class Odd extends XDP {
      program(packet: Packet) {
        return this.bpf.csumDiff(undefined, packet.bytes(0, 6)) === 0 ? XDP.DROP : XDP.PASS;
      }
    }
    class Long extends XDP {
      program(packet: Packet) {
        return this.bpf.csumDiff(packet.bytes(0, 256), packet.bytes(256, 260)) === 0 ? XDP.DROP : XDP.PASS;
      }
    }
    class Word extends XDP {
      program(packet: Packet) {
        return this.bpf.csumDiff(undefined, packet.getUint32(0) as never) === 0 ? XDP.DROP : XDP.PASS;
      }
    }
    assertStringIncludes(assertThrows(() => new Odd().check(), EbpfError).message, "multiples of 4");
    assertEquals(assertThrows(() => new Odd().test(new Uint8Array(64)), EbpfError).code, ErrorCode.InvalidArgument);
    assertStringIncludes(assertThrows(() => new Long().check(), EbpfError).message, "516 bytes at once");
    assertStringIncludes(assertThrows(() => new Word().check(), EbpfError).message, "it wants bytes in memory");
  });
});

describe("bpf.xdpLoadBytes, bpf.xdpStoreBytes", needsKernel(), () => {
  class Move extends XDP {
    @globalVar(array(i32, 8))
    accessor results: ArrayView<number> = new Array(8).fill(99);
    @globalVar(array(u8, 16))
    accessor shared: ArrayView<number> = new Array(16).fill(0xee);
    @localVar(array(u8, 8))
    accessor own: ArrayView<number> = [1, 2, 3, 4, 5, 6, 7, 8];
    @packetVar(0, be16)
    accessor offset!: number;

    program(packet: Packet) {
      const { bpf, offset } = this;
      const length = packet.getUint8(2);
      const before = packet.getUint8(30);
      const stored = bpf.xdpStoreBytes(30, [before + 1, 2, 3]);
      this.results = [
        bpf.xdpLoadBytes(offset, this.shared, length),
        bpf.xdpLoadBytes(packet.getUint8(3), this.own),
        bpf.xdpStoreBytes(20, this.own),
        bpf.xdpStoreBytes(packet.getUint16(0) + 1, this.shared, length),
        stored,
        packet.getUint8(30) - before,
        bpf.xdpLoadBytes(-1, this.own),
        bpf.xdpGetBuffLen(),
      ];
    }
  }

  for (
    const [title, first] of Object.entries({
      "some of them": [0, 40, 5, 8],
      "all of them": [0, 40, 16, 56],
      "more than there is room for": [0, 40, 17, 57],
      "none": [0, 40, 0, 200],
      "beyond the packet": [0, 60, 6, 4],
      "as far as it goes": [0, 59, 4, 4],
      "far beyond the packet": [255, 255, 6, 4],
    })
  ) {
    it(`copy ${title}`, () => {
      const { answer: { results } } = everywhere(
        () => new Move(),
        packetOf(64, ...first),
        ({ results, shared }) => ({ results: numbers(results), shared: numbers(shared) }),
      );
      assertEquals(results.slice(4), [0, 1, -14, 64]);
      assert(results.slice(0, 4).every((result) => [0, -22, -14].includes(result)));
    });
  }

  it("copy into variables only, and from them", () => {
    class Into extends XDP {
      program(packet: Packet) {
        this.bpf.xdpLoadBytes(0, packet.bytes(20, 4));
      }
    }
    class From extends XDP {
      program(packet: Packet) {
        this.bpf.xdpStoreBytes(0, packet.bytes(20, 4));
      }
    }
    assertStringIncludes(assertThrows(() => new Into().check(), EbpfError).message, "Cannot fill");
    assertStringIncludes(assertThrows(() => new From().check(), EbpfError).message, "Cannot store");
  });
});

describe("bpf.xdpAdjust…", needsKernel(), () => {
  class Adjust extends XDP {
    @globalVar(array(i32, 4))
    accessor results: ArrayView<number> = [9, 9, 9, 9];

    program(packet: Packet) {
      const [head, tail, meta] = [packet.getInt16(0), packet.getInt16(2), packet.getInt16(4)];
      const { bpf } = this;
      this.results[0] = bpf.xdpAdjustMeta(meta);
      this.results[1] = bpf.xdpAdjustHead(head);
      this.results[2] = bpf.xdpAdjustTail(tail);
      this.results[3] = packet.byteLength;
      packet.bytes(0, 8).set([1, 2, 3, 4, 5, 6, 7, 8]);
    }
  }

  for (
    const [deltas, results] of [
      [[-8, 10, -4], [0, 0, 0, 98]],
      [[60, 2000, 4], [-22, 0, 0, 2020]],
      [[70, -80, -3], [-13, -22, -22, 80]],
      [[2, -2, -256], [-22, 0, 0, 76]],
      [[-4000, 30000, -200], [0, -22, -22, 80]],
    ] as const
  ) {
    it(`say what the kernel says: ${deltas}`, () => {
      const packet = packetOf(80);
      deltas.forEach((delta, i) => new DataView(packet.buffer).setInt16(2 * i, delta));
      const { answer } = everywhere(() => new Adjust(), packet, (program) => numbers(program.results));
      assertEquals(answer, [...results]);
    });
  }
});

describe("bpf.checkMtu", needsKernel("ip", "nsenter"), () => {
  class Check extends XDP {
    @globalVar(array(i32, 3))
    accessor found: ArrayView<number> = [9, 9, 9];

    program(packet: Packet) {
      const { result, mtu } = this.bpf.checkMtu(packet.getUint8(0), packet.getInt16(1));
      this.found = [result, mtu, this.bpf.checkMtu(1).result];
    }
  }
  const withDifference = (ifindex: number, difference: number, length = 64) => {
    const packet = new Uint8Array(length);
    new DataView(packet.buffer).setUint8(0, ifindex);
    new DataView(packet.buffer).setInt16(1, difference);
    return packet;
  };

  it("compares with the interface's MTU", () => {
    const { answer } = everywhere(() => new Check(), withDifference(1, 10), ({ found }) => numbers(found));
    assertEquals(answer, [0, 65536, 0]);
  });

  it("compares with the test's MTU, as the kernel with an interface's", () => {
    using network = new TestNetwork({ mtu: 900 });
    const { near, near: { index } } = network;
    for (const [difference, expected] of [[0, 0], [850, 0], [851, 1], [-60, 0]]) {
      const found = near.run(() => {
        using program = new Check();
        program.test(withDifference(index, difference), { on: "kernel" });
        return numbers(program.found);
      });
      assertEquals(found, [expected, 900, 0]);
      for (const on of ["js", "vm"] as const) {
        using program = new Check();
        program.test(withDifference(index, difference), { on, mtu: 900 });
        assertEquals(numbers(program.found), found);
      }
    }
  });

  it("says that there is no such interface", () => {
    using program = new Check();
    program.test(withDifference(250, 0), { on: "kernel" });
    assertEquals(numbers(program.found), [-19, 0, 0]);
  });
});

describe("helpers about the packet", () => {
  it("are for programs", () => {
    class Idle extends XDP {
      program() {}
    }
    const { bpf } = new Idle();
    for (const call of [() => bpf.checkMtu(1), () => bpf.xdpGetBuffLen(), () => bpf.xdpAdjustHead(1)]) {
      assertEquals(assertThrows(call, EbpfError).code, ErrorCode.NoPacket);
    }
  });
});

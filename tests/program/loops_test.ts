/**
 * Loops whose end the compiler finds by itself: by counting, or by dividing until nothing is left (rule 20).
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, ErrorCode, globalVar, i32, type Packet, u32, u64, XDP } from "../../mod.ts";
import { needsKernel } from "../support/kernel.ts";

abstract class Loop extends XDP {
  @globalVar(u32)
  accessor turns = 0;
  @globalVar(u64)
  accessor sum = 0n;
}

class Shifts extends Loop {
  program(packet: Packet) {
    let n = packet.getUint32(0);
    let turns = 0;
    while (n > 0) {
      turns += n & 1;
      n >>>= 1;
    }
    this.turns = turns;
  }
}

class SignedShifts extends Loop {
  program(packet: Packet) {
    let turns = 0;
    for (let n = packet.getInt32(0); n > 0; n >>= 3) turns++;
    this.turns = turns;
  }
}

class Divisions extends Loop {
  program(packet: Packet) {
    let n = packet.getUint32(0);
    let digits = 0;
    do {
      this.sum += BigInt(n % 10);
      digits++;
      n = Math.floor(n / 10);
    } while (n !== 0);
    this.turns = digits;
  }
}

class Halves extends Loop {
  program(packet: Packet) {
    let n = packet.getBigUint64(0);
    let turns = 0;
    while (n !== 0n) {
      if (n & 1n) this.sum += n;
      n = packet.getUint8(8) > 100 ? n >> 2n : n / 3n;
      turns++;
    }
    this.turns = turns;
  }
}

class Subtracts extends Loop {
  program(packet: Packet) {
    let n = packet.getUint16(0);
    let turns = 0;
    while (n >= 100) {
      n -= 100;
      turns++;
    }
    this.turns = turns;
  }
}

/** Loops in loops, with locals of outside read and written. */
class VeryLong extends Loop {
  @globalVar(i32)
  accessor last = 0;

  program(packet: Packet) {
    const step = packet.getUint8(0) | 1;
    let sum = 0;
    let last = 0;
    for (let i = 0; i < 3000; i++) {
      for (let j = 0; j < 3000; j++) {
        if (j > (i & 3)) break;
        sum = (sum + step * j) & 0xffffff;
        last = i - j;
      }
    }
    this.turns = sum;
    this.last = last;
  }
}

/** More turns than one call of bpf_loop makes. */
class Millions extends Loop {
  program(packet: Packet) {
    const stop = packet.getUint32(0);
    let turns = 0;
    let hash = 7;
    for (let i = 0; i < 9_000_000; i++) {
      if (i === stop) break;
      hash = (hash * 31 + (i & 0xff)) & 0xffffff;
      turns++;
    }
    this.turns = turns;
    this.sum = BigInt(hash);
  }
}

const LOOPS = { Shifts, SignedShifts, Divisions, Halves, Subtracts, VeryLong };

const PACKETS = [0, 1, 9, 10, 0x7fffffff, 0x80000000, 0xffffffff, 1234567890].flatMap((first) =>
  [0, 200].map((eighth) => {
    const bytes = new DataView(new ArrayBuffer(64));
    bytes.setUint32(0, first);
    bytes.setUint32(4, first * 7);
    bytes.setUint8(8, eighth);
    return new Uint8Array(bytes.buffer);
  })
);

function compare(on: "vm" | "kernel"): void {
  for (const [title, Class] of Object.entries(LOOPS)) {
    it(title, () => {
      using subject = new Class();
      for (const packet of title === "VeryLong" ? PACKETS.slice(-2) : PACKETS) {
        using reference = new Class();
        [subject.turns, subject.sum] = [0, 0n];
        assertEquals(subject.test(packet, { on }).action, reference.test(packet, { on: "js" }).action);
        assertEquals([subject.turns, subject.sum], [reference.turns, reference.sum], `[${packet.slice(0, 9)}]`);
      }
    });
  }
}

describe("loops in the virtual machine turn as often as in JavaScript", () => compare("vm"));
describe("loops in the kernel turn as often as in JavaScript", needsKernel(), () => {
  compare("kernel");

  it("Millions", () => {
    using subject = new Millions();
    for (const stop of [0, 8_388_607, 8_388_608, 8_388_609, 9_500_000]) {
      using reference = new Millions();
      const packet = new Uint8Array(14);
      new DataView(packet.buffer).setUint32(0, stop);
      subject.test(packet, { on: "kernel" });
      reference.test(packet, { on: "js" });
      assertEquals([subject.turns, subject.sum], [reference.turns, reference.sum], `stop at ${stop}`);
    }
  });
});

describe("a loop without a bound", () => {
  const refused = (program: (this: Loop, packet: Packet) => void) => {
    class Endless extends Loop {
      program(_: Packet) {}
    }
    Object.defineProperty(Endless.prototype, "program", { value: program });
    const error = assertThrows(() => new Endless().check(), EbpfError);
    assertEquals(error.code, ErrorCode.UnboundedLoop);
  };

  it("that shifts what may be negative", () =>
    refused(function (this: Loop, packet: Packet) {
      let n = packet.getInt32(0);
      while (n !== 0) n >>= 1; // −1 stays −1
    }));
  it("that goes on with 0", () =>
    refused(function (this: Loop, packet: Packet) {
      let n = packet.getUint32(0);
      while (n >= 0) n >>>= 1;
    }));
  it("that divides on one path only", () =>
    refused(function (this: Loop, packet: Packet) {
      let n = packet.getUint32(0);
      while (n > 0) if (packet.getUint8(n & 7) > 3) n >>>= 1;
    }));
  it("that divides by what may be 1", () =>
    refused(function (this: Loop, packet: Packet) {
      let n = packet.getUint32(0);
      const by = packet.getUint8(4) + 1;
      while (n > 0) n = Math.floor(n / by);
    }));
});

describe("a long loop within another", needsKernel(), () => {
  class Nested extends Loop {
    program(packet: Packet) {
      for (let outer = 0; outer < 20_000; outer++) {
        let inner = 0;
        do {
          this.sum = this.sum * 3n + BigInt(packet.getUint16(8) & 7);
          this.turns ^= packet.getUint16(8);
          if (this.turns & 8) this.sum ^= 77n;
        } while (++inner < 200_000);
        this.turns += packet.getUint16(8);
      }
    }
  }

  it("shows again behind it what its turns have shown of the packet", () => {
    using nested = new Nested();
    nested.load(); // that it ends is known; to wait for it would take long
  });
});

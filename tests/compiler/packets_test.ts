/**
 * Packets at run-time offsets: the same as plain JavaScript, in the virtual machine and in the kernel.
 *
 * @module
 */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, globalVar, i32, type Packet, u32, XDP } from "../../mod.ts";
import { needsKernel } from "../support/kernel.ts";

const bytes = Uint8Array.from({ length: 64 }, (_, i) => i);

interface Result {
  readonly action: string;
  readonly packet: readonly number[];
  readonly answer: number;
}

/** A program that answers in a variable: everything that can be seen of a run must be the same everywhere. */
abstract class Answering extends XDP {
  @globalVar(u32)
  accessor answer = 0;
}

function everywhere(create: () => Answering, packet: Uint8Array = bytes): Result {
  const [expected, ...others] = (["js", "vm", "kernel"] as const).map((on): Result => {
    using program = create();
    const result = program.test(packet, { on });
    return { action: result.name, packet: [...result.packet], answer: program.answer };
  });
  for (const other of others) assertEquals(other, expected);
  return expected;
}

/** How often the code compares something with the packet's end. */
function checks(program: XDP): number {
  return [...program.disassemble().matchAll(/if r\d+ (>|<=) r\d+ goto/g)].length;
}

describe("run-time offsets", needsKernel(), () => {
  it("read and write where they point to, and leave where the packet ends", () => {
    class Copy extends Answering {
      @globalVar(i32)
      accessor at = 0;

      program(packet: Packet) {
        this.answer = packet.getUint32(this.at);
        packet.setUint16(this.at + 2, 0xabcd);
        packet.setUint8(this.at + 1, 7);
        return XDP.DROP;
      }
    }
    const at = (offset: number) =>
      everywhere(() => {
        const program = new Copy();
        program.at = offset;
        return program;
      });
    assertEquals(at(3).answer, 0x03040506);
    assertEquals(at(3).packet.slice(2, 8), [2, 3, 7, 0xab, 0xcd, 7]);
    assertEquals(at(60).action, "DROP");
    const untouched: Result = { action: "PASS", packet: [...bytes], answer: 0 };
    for (const offset of [61, 64, 65_000, 65_281, 0x7fff_ffff, -1, -4, -0x8000_0000]) {
      assertEquals(at(offset), untouched, `at ${offset}`);
    }
  });

  it("follow a header of a length that it has in itself", () => {
    class Ports extends Answering {
      program(packet: Packet) {
        const transport = 14 + (packet.getUint8(14) & 15) * 4;
        this.answer = packet.getUint16(transport) * 65_536 + packet.getUint16(transport + 2);
        return XDP.TX;
      }
    }
    const withLength = (words: number) => bytes.with(14, 0x40 | words);
    assertEquals(everywhere(() => new Ports(), withLength(5)).answer, 0x22232425);
    assertEquals(everywhere(() => new Ports(), withLength(11)).action, "TX");
    assertEquals(everywhere(() => new Ports(), withLength(12)).action, "PASS");
    assertEquals(everywhere(() => new Ports(), withLength(15)).action, "PASS");
  });

  it("take no fraction, as a DataView", () => {
    class Half extends Answering {
      program(packet: Packet) {
        this.answer = packet.getUint8(packet.getUint8(9) / 2);
      }
    }
    assertEquals(everywhere(() => new Half()).answer, 4);
  });

  it("may be 64 bits wide", () => {
    class Wide extends Answering {
      program(packet: Packet) {
        const word = packet.getBigUint64(packet.getUint8(3));
        packet.setBigInt64(packet.getUint8(20), word, true);
        this.answer = Number(word & 0xffffn);
      }
    }
    assertEquals(everywhere(() => new Wide()).answer, 0x090a);
  });

  it("cannot be bigints", () => {
    class Big extends XDP {
      program(packet: Packet) {
        packet.getUint8(packet.getBigUint64(0) as unknown as number);
      }
    }
    using program = new Big();
    const error = assertThrows(() => program.assemble(), EbpfError);
    assertStringIncludes(error.message, "Cannot use a bigint as the offset of packet.getUint8()");
  });
});

describe("comparisons with the length", needsKernel(), () => {
  // Each reads 4 bytes at a run-time offset behind a comparison that proves them: the comparison is the only check.
  const arrangements: Record<string, new () => Answering> = {
    "length < offset + 4": class extends Answering {
      program(packet: Packet) {
        const at = packet.getUint8(0);
        if (packet.byteLength < at + 4) return XDP.DROP;
        this.answer = packet.getUint32(at);
      }
    },
    "offset + 4 > length": class extends Answering {
      program(packet: Packet) {
        const at = packet.getUint8(0);
        if (at + 4 > packet.byteLength) return XDP.DROP;
        this.answer = packet.getUint32(at);
      }
    },
    "length < offset + another + 4": class extends Answering {
      program(packet: Packet) {
        const at = packet.getUint8(0) + (packet.getUint8(62) >> 6);
        if (packet.byteLength < at + 4) return XDP.DROP;
        this.answer = packet.getUint32(at);
      }
    },
    "offset + another + 4 > length": class extends Answering {
      program(packet: Packet) {
        const at = packet.getUint8(0) + (packet.getUint8(62) >> 6);
        if (at + 4 > packet.byteLength) return XDP.DROP;
        this.answer = packet.getUint32(at);
      }
    },
    "length - offset < 4": class extends Answering {
      program(packet: Packet) {
        const at = packet.getUint8(0);
        if (packet.byteLength - at < 4) return XDP.DROP;
        this.answer = packet.getUint32(at);
      }
    },
    "length - 4 < offset": class extends Answering {
      program(packet: Packet) {
        const at = packet.getUint8(0);
        if (packet.byteLength - 4 < at) return XDP.DROP;
        this.answer = packet.getUint32(at);
      }
    },
    "!(offset + 3 < length)": class extends Answering {
      program(packet: Packet) {
        const at = packet.getUint8(0);
        if (!(at + 3 < packet.byteLength)) return XDP.DROP;
        this.answer = packet.getUint32(at);
      }
    },
    "length >= 4 + offset && …": class extends Answering {
      program(packet: Packet) {
        const at = packet.getUint8(0);
        if (packet.byteLength >= 4 + at && packet.getUint16(at) !== 0xffff) this.answer = packet.getUint32(at);
        else return XDP.DROP;
      }
    },
    "length < offset + 4 || …": class extends Answering {
      program(packet: Packet) {
        const at = packet.getUint8(0);
        if (at > 200 || packet.byteLength < at + 4) return XDP.DROP;
        this.answer = packet.getUint32(at);
      }
    },
    "!(… && length >= offset + 4)": class extends Answering {
      program(packet: Packet) {
        const at = packet.getUint8(0);
        if (!(at <= 200 && packet.byteLength >= at + 4)) return XDP.DROP;
        this.answer = packet.getUint32(at);
      }
    },
    "length >= offset + 4 ? … : …": class extends Answering {
      program(packet: Packet) {
        const at = packet.getUint8(0);
        const answer = packet.byteLength >= at + 4 ? packet.getUint32(at) : undefined;
        if (answer === undefined) return XDP.DROP;
        this.answer = answer;
      }
    },
    "a chain of them": class extends Answering {
      program(packet: Packet) {
        const at = packet.getUint8(0);
        if (at > packet.byteLength - 4 || packet.getUint8(at + 3) === 0xff) return XDP.DROP;
        this.answer = packet.getUint32(at);
      }
    },
  };
  for (const [name, Program] of Object.entries(arrangements)) {
    it(`prove accesses: ${name}`, () => {
      for (const [at, action] of [[0, "PASS"], [60, "PASS"], [61, "DROP"], [255, "DROP"]] as const) {
        assertEquals(everywhere(() => new Program(), bytes.with(0, at)).action, action, `at ${at}`);
      }
      using program = new Program();
      assertEquals(checks(program), 2, "one of the first byte, one of the four");
    });
  }

  it("may take a constant from the length", () => {
    class Short extends Answering {
      program(packet: Packet) {
        if (packet.byteLength - 14 < 20) return XDP.DROP;
        this.answer = packet.getUint8(33);
      }
    }
    assertEquals(everywhere(() => new Short()).answer, 33);
    assertEquals(everywhere(() => new Short(), bytes.subarray(0, 33)).action, "DROP");
    using program = new Short();
    assertEquals(checks(program), 1);
  });

  it("prove nothing of another offset", () => {
    class Other extends Answering {
      program(packet: Packet) {
        let at = packet.getUint8(0);
        if (packet.byteLength < at + 1) return XDP.DROP;
        at += packet.getUint8(1);
        this.answer = packet.getUint8(at) + 1;
      }
    }
    assertEquals(everywhere(() => new Other(), bytes.with(0, 20)).answer, 22);
    assertEquals(everywhere(() => new Other(), bytes.with(0, 63)), {
      action: "PASS",
      packet: [...bytes.with(0, 63)],
      answer: 0,
    });
  });
});

describe("loops over the payload", needsKernel(), () => {
  const long = Uint8Array.from({ length: 1500 }, (_, i) => i * 7);

  it("go to the packet's end", () => {
    class Sum extends Answering {
      program(packet: Packet) {
        for (let i = 14; i < packet.byteLength; i++) this.answer += packet.getUint8(i);
        return XDP.TX;
      }
    }
    for (const packet of [bytes.subarray(0, 14), bytes, long]) {
      const { answer, action } = everywhere(() => new Sum(), packet);
      assertEquals([answer, action], [packet.subarray(14).reduce((sum, byte) => sum + byte, 0), "TX"]);
    }
  });

  it("find a byte", () => {
    class Find extends Answering {
      program(packet: Packet) {
        for (let i = 0; i < 128; i++) {
          if (packet.getUint8(i) !== 0x2a) continue;
          this.answer = i;
          return XDP.DROP;
        }
      }
    }
    assertEquals(everywhere(() => new Find()).answer, 0x2a);
    assertEquals(everywhere(() => new Find(), bytes.with(0x2a, 0)).action, "PASS");
  });

  it("step from option to option", () => {
    class Options extends Answering {
      program(packet: Packet) {
        let at = 14;
        for (let i = 0; i < 10 && at + 2 <= packet.byteLength; i++) {
          const length = packet.getUint8(at + 1);
          if (length === 0) break;
          this.answer = packet.getUint8(at) + this.answer * 3;
          at += length;
        }
        packet.setUint8(at, 0xff);
        return XDP.TX;
      }
    }
    const options = new Uint8Array(64);
    options.set([1, 4, 0, 0, 2, 2, 3, 7, 0, 0, 0, 0, 0, 9, 0], 14);
    assertEquals(everywhere(() => new Options(), options).answer, 18);
    options.set([9, 100], 27);
    assertEquals(everywhere(() => new Options(), options).action, "PASS");
  });
});

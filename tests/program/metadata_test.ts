/**
 * Metadata before the packet: as plain JavaScript, in the virtual machine and in the kernel.
 *
 * @module
 */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  array,
  be16,
  EbpfError,
  ErrorCode,
  globalVar,
  kernel,
  type Packet,
  struct,
  type TestOptions,
  u16,
  u32,
  u64,
  u8,
  XDP,
} from "../../mod.ts";
import { needsKernel } from "../support/kernel.ts";

const engines = ["js", "vm", "kernel"] as const;
const Mark = struct({ mark: u32, flow: u64, port: be16, queue: u16 }, { packed: true });
const Bytes = array(u8, 6);
const packet = Uint8Array.from({ length: 64 }, (_, i) => i);

/** What is left of a run on each engine: the same everywhere. */
function everywhere(create: () => XDP & { readonly seen?: number }, options: TestOptions = {}): unknown[] {
  const [expected, ...others] = engines.map((on) => {
    using program = create();
    const { name, metadata, packet: after } = program.test(packet, { ...options, on });
    return [name, [...metadata], [...after], program.seen];
  });
  for (const other of others) assertEquals(other, expected);
  return expected;
}

/** Makes room, and writes into it. */
class Write extends XDP {
  @kernel(() => ({ Mark }))
  program(packet: Packet) {
    const port = packet.getUint16(4);
    if (!packet.adjustMeta(-Mark.size)) return XDP.ABORTED;
    const mark = packet.meta(Mark);
    mark.mark = 0x01020304;
    mark.flow = 0x1112131415161718n;
    mark.port = port;
    mark.queue = packet.getUint8(9);
    packet.setUint8(0, 0xee);
    return XDP.TX;
  }
}

/** Reads what is there, at several places, and changes some of it. */
class Read extends XDP {
  @globalVar(u32)
  accessor seen = 0;

  @kernel(() => ({ Mark, Bytes, u32 }))
  program(packet: Packet) {
    const { port, mark } = packet.meta(Mark);
    this.seen = port * 65536 + (mark & 0xffff);
    const bytes = packet.meta(Bytes, 10);
    bytes[1] += 1;
    this.seen += packet.meta(u32, 4);
    packet.meta(Mark).queue += packet.getUint8(1);
    for (let i = 0; i < 6; i++) if (bytes[i] === 0xff) return XDP.DROP;
    return packet.byteLength > 60 ? XDP.TX : XDP.DROP;
  }
}

/** Goes on from epoch to epoch. */
class Epochs extends XDP {
  @globalVar(u32)
  accessor seen = 0;

  @kernel(() => ({ u32 }))
  program(packet: Packet) {
    if (packet.getUint8(1) === 1) packet.adjustMeta(-4);
    this.seen = packet.meta(u32);
    packet.adjustHead(4);
    this.seen += packet.meta(u32) + packet.getUint8(0);
    packet.adjustMeta(4);
    return packet.meta(u32) === 7 ? XDP.DROP : XDP.TX;
  }
}

const given = Uint8Array.from({ length: 16 }, (_, i) => i + 100);

describe("metadata", needsKernel(), () => {
  it("are made and written", () => {
    const [name, metadata, after] = everywhere(() => new Write());
    assertEquals([name, after], ["TX", [0xee, ...packet.subarray(1)]]);
    const expected = [4, 3, 2, 1, 0x18, 0x17, 0x16, 0x15, 0x14, 0x13, 0x12, 0x11, 4, 5, 9, 0];
    assertEquals(metadata, expected);
  });

  it("are read and changed where a driver has left them", () => {
    const [name, metadata, , seen] = everywhere(() => new Read(), { metadata: given });
    assertEquals([name, metadata], ["TX", [...given.with(11, 112).with(14, 115)]]);
    const view = new DataView(given.buffer);
    assertEquals(seen, view.getUint16(12) * 65536 + view.getUint16(0, true) + view.getUint32(4, true) >>> 0);
    assertEquals(everywhere(() => new Read(), { metadata: given.with(13, 255) })[0], "DROP");
  });

  it("end the program where there are fewer", () => {
    for (const metadata of [undefined, given.slice(0, 12)]) {
      assertEquals(everywhere(() => Object.assign(new Read(), { defaultAction: XDP.DROP }), { metadata })[0], "DROP");
    }
  });

  it("move with the packet's begin, and are taken again after each move", () => {
    assertEquals(everywhere(() => new Epochs(), { metadata: given.slice(0, 8) })[0], "TX");
    assertEquals(everywhere(() => new Epochs())[0], "PASS");
    const full = new Uint8Array(216).fill(1);
    assertEquals((everywhere(() => new Epochs(), { metadata: full })[1] as number[]).length, 212);
  });

  it("must be taken again", () => {
    class Stale extends XDP {
      @kernel(() => ({ Mark }))
      program(packet: Packet) {
        const mark = packet.meta(Mark);
        packet.adjustTail(-4);
        return mark.mark === 1 ? XDP.DROP : XDP.PASS;
      }
    }
    assertEquals(assertThrows(() => new Stale().check(), EbpfError).code, ErrorCode.StaleView);
    const test = () => new Stale().test(packet, { metadata: given });
    assertEquals(assertThrows(test, EbpfError).code, ErrorCode.StaleView);
  });

  it("are of a type, at a place that is known", () => {
    class NoType extends XDP {
      program(packet: Packet) {
        return packet.meta(1 as never) === 0 ? XDP.DROP : XDP.PASS;
      }
    }
    class Far extends XDP {
      @kernel(() => ({ u32 }))
      program(packet: Packet) {
        return packet.meta(u32, 250) === 0 ? XDP.DROP : XDP.PASS;
      }
    }
    class RunTime extends XDP {
      @kernel(() => ({ u32 }))
      program(packet: Packet) {
        return packet.meta(u32, packet.getUint8(0)) === 0 ? XDP.DROP : XDP.PASS;
      }
    }
    assertStringIncludes(assertThrows(() => new NoType().check(), EbpfError).message, "as the type of packet.meta()");
    for (const create of [() => new Far(), () => new RunTime()]) {
      assertStringIncludes(assertThrows(() => create().check(), EbpfError).message, "this far into the metadata");
    }
    const odd = () => new Write().test(packet, { metadata: new Uint8Array(6) });
    assertEquals(assertThrows(odd, EbpfError).code, ErrorCode.InvalidArgument);
  });
});

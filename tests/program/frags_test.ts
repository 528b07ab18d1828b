/**
 * Packets in several fragments: programs with `frags`, where the MTU is larger than a page.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, ErrorCode, globalVar, type Packet, u32, XDP } from "../../mod.ts";
import { type AttachType, loadProgram, ProgramFlag, type ProgramType } from "../../src/kernel/mod.ts";
import { needsKernel, openDescriptors, returning } from "../support/kernel.ts";
import { ethernetFrame, TestNetwork } from "../support/network.ts";

const mtu = 9000;

/** Keeps the lengths of the last packet, and drops packets of more than 8,000 bytes. */
class Lengths extends XDP {
  @globalVar(u32)
  accessor first = 0;
  @globalVar(u32)
  accessor total = 0;

  constructor(frags: boolean) {
    super();
    this.frags = frags;
  }

  program(packet: Packet) {
    this.first = packet.byteLength;
    this.total = packet.totalLength;
    return packet.totalLength > 8000 ? XDP.DROP : XDP.PASS;
  }
}

const lengths = ({ first, total }: Lengths) => [first, total];

describe("packet.totalLength", () => {
  for (const on of ["js", "vm"] as const) {
    it(`is the packet's length on ${on}`, () => {
      const program = new Lengths(true);
      const actions = [60, 8000, 8001].map((length) => program.test(new Uint8Array(length), { on }).name);
      assertEquals([actions, lengths(program)], [["PASS", "PASS", "DROP"], [8001, 8001]]);
    });
  }

  it("counts all fragments in the kernel", needsKernel(), () => {
    using whole = new Lengths(false);
    whole.test(new Uint8Array(1000), { on: "kernel" });
    assertEquals(lengths(whole), [1000, 1000]);
    using parted = new Lengths(true);
    assertEquals(parted.test(new Uint8Array(8001), { on: "kernel" }).name, "DROP");
    assert(parted.first < 4096 && parted.total === 8001, String(lengths(parted)));
  });
});

describe("an interface with a large MTU", needsKernel(), () => {
  it("takes a program for whole packets in generic mode only, and says why", () => {
    using network = new TestNetwork({ mtu });
    const { near, far } = network;
    far.run(() => {
      const before = openDescriptors();
      {
        using whole = new Lengths(false);
        for (const persist of [false, true]) {
          const error = assertThrows(() => whole.attach(far.index, { mode: "drv", persist }), EbpfError);
          assertEquals(error.code, ErrorCode.ModeNotSupported);
          assertStringIncludes(error.message, "its MTU is too large for a program that takes each packet in one piece");
          assertStringIncludes(error.remedy!, "frags = true");
          const link = whole.attach(far.index, { persist });
          assertEquals(link.mode, "skb");
          assertStringIncludes(link.fallback!, "the driver cannot: ");
          assertStringIncludes(link.fallback!, "MTU is too large");
          near.send(ethernetFrame(7000));
          assertEquals([far.drain().map(({ length }) => length), lengths(whole)], [[7000], [7000, 7000]]);
          link.detach();
        }
      }
      assertEquals(openDescriptors(), before);
    });
  });

  for (const mode of ["drv", "skb"] as const) {
    it(`takes one with frags in mode ${mode}`, () => {
      using network = new TestNetwork({ mtu });
      const { near, far } = network;
      far.run(() => {
        using parted = new Lengths(true);
        using link = parted.attach(far.index, { mode });
        assertEquals([link.mode, link.fallback], [mode, undefined]);
        near.send(ethernetFrame(7000));
        assertEquals(far.drain().map(({ length }) => length), [7000]);
        assert(parted.first <= parted.total && parted.total === 7000, String(lengths(parted)));
        if (mode === "drv") assert(parted.first < 4096, String(parted.first));
        near.send(ethernetFrame(8500));
        assertEquals([far.drain().length, parted.total], [0, 8500]);
      });
    });
  }

  it("has its packets as they were after a program with frags", () => {
    using network = new TestNetwork({ mtu });
    const { near, far } = network;
    using parted = new Lengths(true);
    using _link = parted.attach(far.index, { namespace: far.path, mode: "drv" });
    const frame = ethernetFrame(6543);
    near.send(frame);
    assertEquals(far.drain().map((received) => received.toString() === frame.toString()), [true]);
  });
});

describe("frags", needsKernel(), () => {
  it("is part of the code", () => {
    using program = new Lengths(true);
    program.load();
    const error = assertThrows(() => program.frags = false, EbpfError);
    assertEquals(error.code, ErrorCode.Folded);
    program.reload(() => program.frags = false);
    assertEquals(program.frags, false);
  });

  it("is refused by name where the kernel does not know it", () => {
    // This kernel knows it; what it refuses without a word as well is a place of attachment that there is not.
    const error = assertThrows(() =>
      loadProgram({
        type: 8 as ProgramType, // BPF_PROG_TYPE_CGROUP_SKB
        name: "impossible",
        instructions: returning(0),
        expectedAttachType: 999 as AttachType,
        flags: ProgramFlag.XdpFragments,
      }), EbpfError);
    assertEquals(error.code, ErrorCode.NotSupported);
    assertStringIncludes(error.remedy!, "5.18");
  });
});

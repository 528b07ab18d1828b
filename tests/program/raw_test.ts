/**
 * Programs of instructions, and captures fed through programs.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, ErrorCode, globalVar, RawProgram, u32, XDP } from "../../mod.ts";
import { asm, assemble, exit, jump, label, memory, r0, r1, r2, r3 } from "../../src/bytecode/asm.ts";
import { needsKernel } from "../support/kernel.ts";

const short = label("short");
const dropsShort = asm(
  r2.load(memory.u32(r1, 0)),
  r3.load(memory.u32(r1, 4)),
  r0.mov(XDP.DROP),
  r2.add(34),
  jump(short, r2.gt(r3)),
  r0.mov(XDP.PASS),
  short,
  exit(),
);

describe("RawProgram", () => {
  it("runs in the virtual machine", () => {
    using program = new RawProgram("xdp", dropsShort);
    assertEquals(program.test(new Uint8Array(33), { on: "vm" }).name, "DROP");
    assertEquals(program.test(new Uint8Array(34), { on: "vm" }).name, "PASS");
  });

  it("takes the assembler's text", () => {
    using program = new RawProgram("xdp", assemble("r0 = 3\nexit"));
    assertEquals(program.test(new Uint8Array(34), { on: "vm" }).name, "TX");
  });

  it("disassembles to itself", () => {
    using program = new RawProgram("xdp", dropsShort, { name: "short" });
    assertEquals(assemble(program.disassemble()).instructions, dropsShort.instructions);
  });

  it("has no meaning as plain JavaScript", () => {
    using program = new RawProgram("xdp", dropsShort);
    const error = assertThrows(() => program.test(new Uint8Array(34), { on: "js" }), EbpfError);
    assertEquals(error.code, ErrorCode.NotSupported);
  });

  it("refuses other types", () => {
    const error = assertThrows(() => new RawProgram("tc" as "xdp", dropsShort), EbpfError);
    assertEquals(error.code, ErrorCode.InvalidArgument);
  });
});

describe("RawProgram in the kernel", needsKernel(), () => {
  it("loads and runs", () => {
    using program = new RawProgram("xdp", dropsShort);
    assertEquals(program.test(new Uint8Array(33), { on: "kernel" }).name, "DROP");
    assertEquals(program.test(new Uint8Array(34), { on: "kernel" }).name, "PASS");
  });
});

/** A pcap file of Ethernet frames of these lengths. */
function capture(lengths: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(24 + lengths.reduce((sum, length) => sum + 16 + length, 0)));
  [0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1].forEach((word, i) => view.setUint32(4 * i, word, true));
  let at = 24;
  for (const length of lengths) {
    view.setUint32(at + 8, length, true);
    view.setUint32(at + 12, length, true);
    at += 16 + length;
  }
  return new Uint8Array(view.buffer);
}

describe("replay", () => {
  class Sizes extends XDP {
    @globalVar(u32)
    accessor seen = 0;
    override program(packet: { readonly byteLength: number }) {
      this.seen += 1;
      return packet.byteLength < 60 ? XDP.DROP : XDP.PASS;
    }
  }

  for (const on of ["js", "vm"] as const) {
    it(`tallies the actions of a whole file on: "${on}"`, () => {
      using sizes = new Sizes();
      const result = sizes.replay(capture([14, 59, 60, 1500]), { on });
      assertEquals(result, { packets: 4, skipped: 0, actions: { DROP: 2, PASS: 2 } });
      assertEquals(sizes.seen, 4);
    });
  }
});

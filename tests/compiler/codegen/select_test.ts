/**
 * What the allocator may take for granted of selected code.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { select } from "../../../src/compiler/codegen/select.ts";
import { parseFunction } from "../../../src/compiler/parse.ts";

/** How many of a function's registers may be kept in 4 bytes. */
function shortRegisters(instructions: string, cpu: number): number {
  return select(parseFunction(`function test\nb0:\n${instructions}`), cpu).short.size;
}

describe("registers that may be kept in four bytes", () => {
  const load = "v1 = context\nv2 = packetStart 0 (v1)\nv3 = load.u64.packet +0 (v2)\n";

  it("are those that never hold more, not even between two steps", () => {
    const shifted = `${load}v4 = constant 49\nv5 = lshr64 (v3, v4) in 0..32767\nreturn v5`;
    assertEquals(shortRegisters(shifted, 4), 0);
    const low = `${load}v4 = constant 255\nv5 = and32 (v3, v4) in 0..255\nreturn v5`;
    assertEquals(shortRegisters(low, 4), 1);
  });

  it("are not those that hold a pointer between two steps", () => {
    // What is wanted of the distance are 32 bits, but the register is a copy of the packet's end first.
    const distance =
      "v1 = context\nv2 = packetStart 0 (v1)\nv3 = packetEnd 0 (v1)\nv4 = sub32 (v3, v2) in 0..65535\nreturn v4";
    assertEquals(shortRegisters(distance, 4), 0);
  });

  it("are not those that are extended by shifting up and down", () => {
    const extended = `${load}v4 = extend.s16 (v3) in 0..255\nreturn v4`;
    assertEquals(shortRegisters(extended, 3), 0);
    assertEquals(shortRegisters(extended, 4), 1);
  });
});

describe("the low 16 bits", () => {
  /** Whether they are taken with a mask, and not by the instruction that is shorter. */
  function areMasked(instructions: string): boolean {
    const code = select(parseFunction(`function test\n${instructions}`), 3).blocks.flatMap((block) =>
      block.instructions
    );
    const isMask = code.some(({ operation }) => operation.kind === "alu" && operation.operation === "and");
    assertEquals(code.some(({ operation }) => operation.kind === "swap"), !isMask);
    return isMask;
  }
  const word = `b0:
  v1 = context
  v2 = packetStart 0 (v1)
  v3 = load.u32.packet +0 (v2) in 0..4294967295
  v4 = constant 65535
`;

  it("are taken by what is shorter than a mask", () => {
    assertEquals(areMasked(`${word}  v5 = and32 (v3, v4)\n  return v5`), false);
    assertEquals(areMasked(`${word}  v5 = extend.u16 (v3)\n  return v5`), false);
  });

  it("are masked where the verifier must see what they are at most", () => {
    const address = (low: string) =>
      areMasked(`${word}  v5 = ${low}\n  v6 = add64 (v2, v5)\n  v7 = load.u8.packet +0 (v6)\n  return v7`);
    assertEquals(address("and32 (v3, v4)"), true);
    assertEquals(address("extend.u16 (v3)"), true);
  });
});

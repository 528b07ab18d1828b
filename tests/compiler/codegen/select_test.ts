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

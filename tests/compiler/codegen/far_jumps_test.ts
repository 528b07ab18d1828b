/**
 * Programs so long that jumps of 16 bits do not reach: unrolled tables.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { compile } from "../../../src/compiler/mod.ts";
import { EbpfError, ErrorCode } from "../../../src/errors.ts";
import { u32 } from "../../../src/types/mod.ts";
import { createVirtualMap, Machine } from "../../../src/vm/mod.ts";
import { globals, unitOf } from "../units.ts";

/** Enough for 36,000 instructions. */
const STEPS = 9_000;
const unit = unitOf(
  `steps: Array.from({ length: ${STEPS} }, (_, i) => i),
  program(packet) {
    if (packet.byteLength < 30) return XDP.DROP;
    let n = packet.getUint32(26);
    for (const step of this.steps) n = (n >>> 1 ^ step) * 3 & 0xffffff;
    this.result = n;
    return XDP.PASS;
  }`,
  { result: u32 },
);

function expected(n: number): number {
  for (let step = 0; step < STEPS; step++) n = (n >>> 1 ^ step) * 3 & 0xffffff;
  return n;
}

describe("a program of 36,000 instructions", () => {
  it("jumps from its beginning to its end", () => {
    const compiled = compile(unit, { cpu: 4 });
    assert(compiled.instructions.length > 32_768 + 2);
    const memory = new ArrayBuffer(4);
    const map = createVirtualMap({ kind: "array", keySize: 4, valueSize: 4, maxEntries: 1, memory });
    const machine = new Machine(compiled, { maps: new Map([[globals, map]]) });
    const packet = new Uint8Array(64);
    new DataView(packet.buffer).setUint32(26, 0x12345678);
    assertEquals(machine.run(packet).action, 2);
    assertEquals(new DataView(memory).getUint32(0, true), expected(0x12345678));
    assertEquals(machine.run(packet.subarray(0, 20)).action, 1);
  });

  it("is refused where the instruction set has no jumps so far", () => {
    const error = assertThrows(() => compile(unit, { cpu: 3 }), EbpfError);
    assertEquals(error.code, ErrorCode.TooLarge);
  });
});

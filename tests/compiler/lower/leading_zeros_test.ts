/**
 * `Math.clz32` of all that matters: around each power of two, of numbers of all widths.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { disassemble } from "../../../src/bytecode/mod.ts";
import { compile } from "../../../src/compiler/mod.ts";
import { i32, u32 } from "../../../src/types/mod.ts";
import { createVirtualMap, Machine } from "../../../src/vm/mod.ts";
import { globals, unitOf } from "../units.ts";

const NUMBERS = Array.from({ length: 32 }, (_, bit) => [2 ** bit - 1, 2 ** bit, 2 ** bit + 1]).flat().concat(
  2 ** 32 - 1,
);
const READS = ["packet.getUint8(3)", "packet.getUint16(2)", "packet.getUint32(0)", "packet.getInt32(0)"];

function compiled(text: string) {
  return compile(unitOf(`program(packet) { ${text} }`, { result: i32, least: u32 }, 4), { cpu: 4 });
}

describe("Math.clz32", () => {
  for (const read of READS) {
    it(`of ${read}`, () => {
      const program = compiled(
        `const x = ${read}; this.result = Math.clz32(x); this.least = Math.min(31 - Math.clz32(x), 15);`,
      );
      const memory = new ArrayBuffer(8);
      const map = createVirtualMap({ kind: "array", keySize: 4, valueSize: 8, maxEntries: 1, memory });
      const machine = new Machine(program, { maps: new Map([[globals, map]]) });
      const packet = new DataView(new ArrayBuffer(16));
      for (const number of NUMBERS) {
        packet.setUint32(0, number);
        machine.run(new Uint8Array(packet.buffer));
        const x = { "8": number & 0xff, "16": number & 0xffff }[/\d+/.exec(read)![0]] ?? number;
        const zeros = Math.clz32(x);
        const results = [new DataView(memory).getInt32(0, true), new DataView(memory).getInt32(4, true)];
        assertEquals([number, ...results], [number, zeros, Math.min(31 - zeros, 15)]);
      }
    });
  }

  it("takes a step for each half that there can be, and the verifier follows each result", () => {
    const steps = (read: string) => disassemble(compiled(`this.result = Math.clz32(${read});`).instructions);
    assertEquals(steps(READS[0]).match(/if w. <= /g)?.length, 3);
    assertEquals(steps(READS[2]).match(/if w. <= /g)?.length, 5);
    // Laundered, it would go through the stack.
    assert(!steps(READS[2]).includes("r10"));
  });
});

/**
 * What generated code came from, as text.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { globalVar, i16, packetVar, u32, XDP } from "../../mod.ts";

class Sorts extends XDP {
  @packetVar(0, i16)
  accessor word!: number;
  @globalVar(u32)
  accessor negative = 0;

  program() {
    if (this.word < 0) this.negative += 1;
    return XDP.PASS;
  }
}

describe("explain()", () => {
  it("shows the instructions of each line, in the order of the source", () => {
    const text = new Sorts().explain();
    assertMatch(text, /^\d+ slots of 8 bytes, from .*explain_test\.ts\n/);
    const lines = [...text.matchAll(/^line (\d+): (.*) \((\d+) instructions?\)$/gm)];
    assertEquals(lines.map(([, , source]) => source), [
      "if (this.word < 0) this.negative += 1;",
      "return XDP.PASS;",
    ]);
    assertEquals(Number(lines[1][1]), Number(lines[0][1]) + 1);
    const counted = lines.reduce((sum, [, , , count]) => sum + Number(count), 0);
    assertEquals(counted, [...text.matchAll(/^ *\d+: /gm)].length);
    assertStringIncludes(text, "  lock *(u32 *)(r".trim());
  });

  it("shows what is inlined at its own line", () => {
    class Inlines extends XDP {
      @globalVar(u32)
      accessor sum = 0;
      times(factor: number) {
        return this.sum * factor;
      }
      program() {
        this.sum = this.times(12345) & 0xff;
        return XDP.PASS;
      }
    }
    const lines = new Inlines().explain().split(/^(?=line )/m);
    const inlined = lines.find((line) => line.includes("return this.sum * factor;"));
    assertMatch(inlined!, /\*= 12345\n/);
  });

  it("shows what the compiler's steps did, if asked", () => {
    const text = new Sorts().explain({ passes: true });
    assertMatch(text, /\nlower: 0 values, 0 blocks → \d+ values, \d+ blocks\n/);
    assertMatch(text, /\nlate .* of Sorts: \d+ values, \d+ blocks → \d+ values, \d+ blocks\n/);
  });

  it("shows what the code generator's steps did, up to what is loaded", () => {
    const text = new Sorts().explain({ passes: true });
    const steps = [...text.matchAll(/^code (.*) of Sorts: (.*) → (\d+) instructions, \d+ blocks, 0 bytes of stack$/gm)];
    assertEquals(steps[0][1], "select");
    assertMatch(steps[0][2], /^\d+ values, \d+ blocks$/);
    const [, , , last] = steps[steps.length - 1];
    const counted = [...text.matchAll(/^ *\d+: .*$/gm)];
    // What only ends blocks, jumps and exits, is counted with the blocks.
    const ends = counted.filter(([line]) => /goto|exit/.test(line));
    assertEquals(Number(last), counted.length - ends.length);
  });

  it("looks at the steps only if asked", () => {
    const text = new Sorts().explain();
    assertEquals(text.match(/ blocks|\blower: /), null);
  });
});

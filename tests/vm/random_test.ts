import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { asm, r0, r7 } from "../../src/bytecode/asm.ts";
import { needs } from "../support/skip.ts";
import { judge, judgeMany, shrink } from "./oracle.ts";
import { assembly } from "./generate.ts";

describe("random sequences", needs("linux", "root"), () => {
  it("do in the VM what they do in the kernel", () => {
    const { accepted, refused, equal, excluded, different } = judgeMany(1, 500);
    console.log(`${accepted} accepted, ${refused} refused: ${equal} equal, ${excluded} not comparable`);
    assertEquals(different, []);
    assert(equal > accepted * 0.8, "too few sequences are comparable");
  });

  it("stay as they are if nothing differs", () => {
    const sequence = { body: [r0.mov(1), r7.mov(5), [r7.add(2), r7.mul(3)]], functions: [] };
    assertEquals(judge(sequence, 1).kind, "equal");
    assertEquals(shrink(sequence, 1).body.length, 4);
    assert(assembly(sequence).instructions.length > asm(sequence.body).instructions.length);
  });
});

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { assemble } from "../../src/bytecode/assemble.ts";

// In a file of its own, so that nothing has made the table of words before.
describe("the first line that is ever assembled", () => {
  it("may contain words", () => {
    assertEquals(assemble("  if r1 == 0 goto out\n out: exit").instructions.length, 2);
  });
});

import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, ErrorCode } from "../../mod.ts";
import { tooDeep, withinStack } from "../../src/compiler/overflow.ts";

describe("the engine's stack", () => {
  const deeper = (): number => deeper() + 1;

  it("overflows with an error of ours", () => {
    const error = assertThrows(() => withinStack(deeper, () => tooDeep("Count")), EbpfError, 'Cannot generate "Count"');
    assertEquals(error.code, ErrorCode.TooLarge);
  });

  it("is none of ours where other errors are thrown", () => {
    const others = new RangeError("Invalid array length");
    const thrown = assertThrows(() =>
      withinStack(() => {
        throw others;
      }, () => tooDeep("Count"))
    );
    assertStrictEquals(thrown, others);
  });
});

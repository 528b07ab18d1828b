import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";

describe("mixed", () => {
  it("passes", () => assertEquals(1, 1));
  it("a > b & <testcase>", () => assertEquals(1, 1));
  it("fails", () => assertEquals<unknown>("<testcase>", "]]>"));
  it.skip("is skipped", () => assertEquals(1, 2));
});

import { assertEquals, assertThrows } from "@std/assert";
import { afterAll, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
const log: string[] = [];
describe("hooks", () => {
  beforeAll(() => {
    log.push("all");
  });
  beforeEach(() => {
    log.push("each");
  });
  afterAll(() => {
    log.push("end");
  });
  it("one", () => {
    assertEquals(log, ["all", "each"]);
  });
  describe("inner", () => {
    beforeAll(() => {
      log.push("inner");
    });
    it("two", () => {
      assertEquals(log, ["all", "each", "inner", "each"]);
    });
  });
});
it("after", () => {
  assertEquals(log.at(-1), "end");
});
describe("x", { ignore: true }, () => {
  it("skipme", () => {
    throw new Error();
  });
});
it("x", () => {
  assertThrows(
    () => {
      throw new TypeError("hello");
    },
    TypeError,
    "hell",
  );
});

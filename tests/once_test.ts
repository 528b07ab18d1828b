import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { once } from "../src/once.ts";

describe("once", () => {
  it("makes a value when it is first asked for, and keeps it, whatever it is", () => {
    for (const value of [{}, undefined, 0]) {
      let count = 0;
      const get = once(() => {
        count++;
        return value;
      });
      assertEquals(count, 0);
      assertEquals([get(), get(), count], [value, value, 1]);
    }
  });

  it("tries again after a failure", () => {
    let count = 0;
    const get = once(() => {
      if (++count === 1) throw new RangeError("not yet");
      return count;
    });
    assertThrows(get, RangeError, "not yet");
    assertEquals([get(), get()], [2, 2]);
  });
});

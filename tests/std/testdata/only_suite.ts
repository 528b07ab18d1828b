import { describe, it } from "@std/testing/bdd";

const ran = (what: string) => () => console.log(`ran: ${what}`);

describe("left out", () => {
  it("left out", ran("left out"));
});
describe.only("suite", () => {
  it("one", ran("one"));
  describe("inner", () => it("two", ran("two")));
  it.skip("skipped", ran("skipped"));
});

import { describe, it } from "@std/testing/bdd";

const ran = (what: string) => () => console.log(`ran: ${what}`);

describe("suite", () => {
  it("left out", ran("left out"));
  describe("inner", () => {
    it.only("chosen", ran("chosen"));
    it("left out", ran("left out"));
  });
});
it("left out", ran("left out"));

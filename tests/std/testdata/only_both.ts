import { describe, it } from "@std/testing/bdd";

const ran = (what: string) => () => console.log(`ran: ${what}`);

describe.only("suite", () => {
  it("left out", ran("left out"));
  it("chosen", { only: true }, ran("chosen"));
  describe("inner", () => it("left out", ran("left out")));
});

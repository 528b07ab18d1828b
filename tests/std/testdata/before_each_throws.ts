import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";

const ran = (what: string) => () => console.log(`ran: ${what}`);
const throws = () => {
  throw new Error("thrown");
};

describe("suite", () => {
  afterEach(ran("outer afterEach"));
  describe("inner", () => {
    beforeEach(throws);
    afterEach(ran("inner afterEach"));
    it("one", ran("one"));
  });
});

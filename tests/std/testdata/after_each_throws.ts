import { afterEach, describe, it } from "@std/testing/bdd";

const ran = (what: string) => () => console.log(`ran: ${what}`);
const throws = () => {
  throw new Error("thrown");
};

describe("suite", () => {
  afterEach(throws);
  it("one", ran("one"));
});

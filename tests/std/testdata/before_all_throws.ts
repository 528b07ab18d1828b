import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";

const ran = (what: string) => () => console.log(`ran: ${what}`);
const throws = () => {
  throw new Error("thrown");
};

describe("suite", () => {
  beforeAll(throws);
  afterAll(ran("afterAll"));
  it("one", ran("one"));
  it("two", ran("two"));
});
it("other suite", ran("other suite"));

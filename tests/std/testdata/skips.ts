import { describe, it } from "@std/testing/bdd";

const ran = (what: string) => () => console.log(`ran: ${what}`);

it("not skipped", { ignore: false }, ran("not skipped"));
it.skip("skip", ran("skip"));
it.ignore("ignore", ran("ignore"));
it("the option", { ignore: true }, ran("the option"));
describe.skip("a suite with skip", ran("suite with skip"));
describe.ignore("a suite with ignore", () => it("is left out", ran("suite with ignore")));
describe({ name: "a suite with the option", ignore: true, beforeAll: ran("hook") }, () => {
  it("is left out", ran("suite with the option"));
});

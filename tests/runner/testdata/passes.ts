import { it } from "@std/testing/bdd";

it("passes", () => {});

import { it } from "@std/testing/bdd";

it("is left out", () => {});
it.only("is chosen", () => {});

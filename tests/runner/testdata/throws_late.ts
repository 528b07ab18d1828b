import { it } from "@std/testing/bdd";

it("is registered", () => {});
throw new Error("after the test was registered");

import process from "node:process";
import { it } from "@std/testing/bdd";

it("passes", () => {});
it("ends the process with status 0", () => process.exit(0));
it("never runs", () => {});

import { assertEquals } from "@std/assert";
import { it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { ErrorCode } from "../src/errors.ts";

it("README explains every error code", () => {
  const rows = readFileSync("README.md", "utf8").matchAll(/^\| `([A-Z_]+)` /gm);
  assertEquals([...rows].map(([, code]) => code), Object.values<string>(ErrorCode));
});

/**
 * What single passes make of small functions: golden texts, which `BLESS=1` writes anew.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { checkFunction } from "../../../src/compiler/check.ts";
import { gatherConstants } from "../../../src/compiler/optimize/constants.ts";
import { simplifyControlFlow } from "../../../src/compiler/optimize/control_flow.ts";
import { removeDeadCode } from "../../../src/compiler/optimize/dead_code.ts";
import { EARLY, LATE, SPLITTING } from "../../../src/compiler/optimize/mod.ts";
import { parseFunction } from "../../../src/compiler/parse.ts";
import { printFunction } from "../../../src/compiler/print.ts";
import { cases } from "./testdata/passes.ts";

const golden = new URL("testdata/passes.txt", import.meta.url);
const separator = "\n\n== ";

function outcome(pass: string, title: string): string {
  const fn = parseFunction(`function test\n${cases[pass][title].replaceAll(/\n\n+/g, "\n")}`);
  gatherConstants(fn);
  const before = printFunction(fn);
  [...EARLY, ...LATE, ...SPLITTING].find(({ name }) => name === pass)!.run(fn);
  checkFunction(fn);
  // As they are cleaned up after every pass.
  simplifyControlFlow(fn);
  removeDeadCode(fn);
  gatherConstants(fn);
  simplifyControlFlow(fn);
  const after = printFunction(fn);
  return `${pass}: ${title}\n${before}\n-- becomes\n${after.trimEnd()}`;
}

const titles = Object.entries(cases).flatMap(([pass, ofPass]) => Object.keys(ofPass).map((title) => [pass, title]));
if (process.env.BLESS === "1") {
  writeFileSync(golden, titles.map(([pass, title]) => `== ${outcome(pass, title)}`).join("\n\n") + "\n");
}
const expected = new Map(
  readFileSync(golden, "utf8").trimEnd().slice(3).split(separator)
    .map((text) => [text.slice(0, text.indexOf("\n")), text]),
);

for (const pass of Object.keys(cases)) {
  describe(`the pass "${pass}"`, () => {
    for (const title of Object.keys(cases[pass])) {
      it(title, () => assertEquals(outcome(pass, title), expected.get(`${pass}: ${title}`)));
    }
  });
}

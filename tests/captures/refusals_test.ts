/**
 * Captures and names that are refused, word for word and at their place: `BLESS=1` writes the golden text anew.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { EbpfError } from "../../mod.ts";
import { refusals } from "./testdata/refusals.ts";

const golden = new URL("testdata/refusals.txt", import.meta.url);
const mark = "== ";

/** What `check()` says, or already the class: with the file's name alone, and one caret: Bun puts locals in place that are used once. */
function refusal(title: string): string {
  const error = assertThrows(() => refusals[title]().check(), EbpfError);
  const message = error.message.replaceAll(/(file:\/\/)?\S*\/testdata\//g, "").replaceAll(/\^+/g, "^");
  return `${title}\n${error.code}: ${message}\n`;
}

describe("refused captures", () => {
  if (process.env.BLESS === "1") {
    writeFileSync(golden, Object.keys(refusals).map((title) => mark + refusal(title)).join("\n"));
  }
  const texts = readFileSync(golden, "utf8").split(`\n${mark}`).map((text, i) =>
    i === 0 ? text.slice(mark.length) : text
  );
  const expected = new Map(texts.map((text) => [text.slice(0, text.indexOf("\n")), text.trimEnd()]));
  for (const title of Object.keys(refusals)) {
    it(title, () => assertEquals(refusal(title).trimEnd(), expected.get(title)));
  }
});

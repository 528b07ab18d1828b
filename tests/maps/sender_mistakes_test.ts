/**
 * The errors that newcomers meet, word for word and at their place: `BLESS=1` writes the golden text anew.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { EbpfError } from "../../mod.ts";
import { mistakes } from "./testdata/sender_mistakes.ts";

const golden = new URL("testdata/sender_mistakes.txt", import.meta.url);
const separator = "\n\n== ";

/** What `check()` says: with the file's name alone, and one caret, since Bun's text of `undefined` is `void 0`. */
function refusal(title: string): string {
  const error = assertThrows(() => new mistakes[title]().check(), EbpfError);
  const message = error.message.replaceAll(/(file:\/\/)?\S*\/testdata\//g, "").replaceAll(/\^+/g, "^");
  return `${title}\n${error.code}: ${message}`;
}

describe("mistakes", () => {
  if (process.env.BLESS === "1") {
    writeFileSync(
      golden,
      Object.keys(mistakes).map((title) => separator.slice(2) + refusal(title)).join("\n\n") + "\n",
    );
  }
  const expected = new Map(
    readFileSync(golden, "utf8").trimEnd().slice(3).split(separator).map((
      text,
    ) => [text.slice(0, text.indexOf("\n")), text]),
  );
  for (const title of Object.keys(mistakes)) {
    it(title, () => assertEquals(refusal(title), expected.get(title)));
  }
});

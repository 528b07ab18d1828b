/**
 * The errors of programs that are refused, word for word and at their place: `BLESS=1` writes the golden text anew.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { it } from "@std/testing/bdd";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { EbpfError, type XDP } from "../../mod.ts";

const separator = "\n\n== ";

/** What `check()` says: with the file's name alone, and one caret, since Bun's text of `undefined` is `void 0`. */
function refusal(title: string, mistake: new () => XDP): string {
  const error = assertThrows(() => new mistake().check(), EbpfError);
  const message = error.message.replaceAll(/(file:\/\/)?\S*\/testdata\//g, "").replaceAll(/\^+/g, "^");
  return `${title}\n${error.code}: ${message}`;
}

/** A test for each program: that its error is the one of the golden text. */
export function testMistakes(mistakes: Readonly<Record<string, new () => XDP>>, golden: URL): void {
  if (process.env.BLESS === "1") {
    const texts = Object.entries(mistakes).map(([title, mistake]) => separator.slice(2) + refusal(title, mistake));
    writeFileSync(golden, texts.join("\n\n") + "\n");
  }
  const texts = readFileSync(golden, "utf8").trimEnd().slice(3).split(separator);
  const expected = new Map(texts.map((text) => [text.slice(0, text.indexOf("\n")), text]));
  for (const [title, mistake] of Object.entries(mistakes)) {
    it(title, () => assertEquals(refusal(title, mistake), expected.get(title)));
  }
}

/**
 * The examples of docs/maps.md, which are whole modules, print what their comments say. That TypeScript takes them is part of
 * `language_test.ts`.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runtimeCommand } from "../support/kernel.ts";
import { blocksOf, moduleOf } from "./blocks.ts";

const blocks = blocksOf(readFileSync("docs/maps.md", "utf8"));
const library = fileURLToPath(new URL("../../mod.ts", import.meta.url));

/** What a block prints, by the comments behind what prints. */
function expected(code: string): string {
  return [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => `${text}\n`).join("");
}

/** What each block prints, all in one process. */
function printed(): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "waggle-docs-"));
  try {
    const files = blocks.map((block, i) => {
      const file = join(folder, `${i}.ts`);
      writeFileSync(file, moduleOf(block, [], library));
      return file;
    });
    const [command, args] = runtimeCommand(new URL("testdata/print_blocks.ts", import.meta.url), files);
    // Reading the modules is what these permissions are for; programs themselves need no more than --allow-ffi.
    const all = args.map((argument) => argument === "--allow-ffi" ? "--allow-all" : argument);
    const { stdout, stderr } = spawnSync(command, all, { encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } });
    return stdout.split("\f\n").map((text, i, { length }) => i === length - 1 ? text + stderr : text);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("docs/maps.md", () => {
  const outputs = printed();
  blocks.forEach(({ heading, line, code }, i) => {
    it(`line ${line}, ${heading}: prints what it says`, () => {
      assertEquals(expected(code) !== "", true);
      assertEquals(outputs[i], expected(code));
    });
  });
});

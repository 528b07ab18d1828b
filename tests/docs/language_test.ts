/**
 * The examples of docs/language.md and other pages do what they say, as plain JavaScript, in the virtual machine and in the kernel, and TypeScript takes them.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as library from "../../mod.ts";
import { runtimeCommand } from "../support/kernel.ts";
import { findCommand, needs } from "../support/skip.ts";
import { type Block, blocksOf, moduleOf } from "./blocks.ts";

const page = readFileSync("docs/language.md", "utf8");
const others = ["docs/from-ebpfcat.md", "docs/packets.md"];
const blocks = [page, ...others.map((file) => readFileSync(file, "utf8"))].flatMap(blocksOf);
const source = fileURLToPath(new URL("../../mod.ts", import.meta.url));
/** Names that examples may use without an import: those of the library, types included. */
const names = [...Object.keys(library), "Infer", "Packet", "ArrayView", "XdpAction", "XdpContext", "DevMapContext"]
  .filter((name, i, all) => all.indexOf(name) === i);

/** Hands the blocks to something that works on files, in a folder of their own. */
function inFolder<Result>(chosen: readonly Block[], work: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), "waggle-docs-"));
  try {
    writeFileSync(join(folder, "blocks.json"), JSON.stringify(chosen));
    chosen.forEach((block, i) => writeFileSync(join(folder, `${i}.ts`), moduleOf(block, names, source)));
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What is wrong with each block, found in one process. */
function problemsOf(engines: readonly string[]): readonly string[][] {
  return inFolder(blocks, (folder) => {
    const script = new URL("testdata/run_blocks.ts", import.meta.url);
    const [command, args] = runtimeCommand(script, [folder, ...engines]);
    // Reading the modules is what these permissions are for; programs themselves need no more than --allow-ffi.
    const all = args.map((argument) => argument === "--allow-ffi" ? "--allow-all" : argument);
    const { stdout, stderr, status } = spawnSync(command, all, { encoding: "utf8", maxBuffer: 1 << 26 });
    if (status !== 0) throw new Error(`The examples cannot be run: ${stderr}${stdout}`);
    return JSON.parse(stdout.trim().split("\n").at(-1)!);
  });
}

for (const [engine, requirements] of [["js", []], ["vm", []], ["kernel", ["linux", "root"]]] as const) {
  const choice = needs(...requirements);
  describe(`the examples of the documentation on ${engine}`, choice, () => {
    const problems = choice.ignore ? [] : problemsOf([engine]);
    blocks.forEach(({ heading, line, expectation }, i) => {
      it(`line ${line}, ${heading}: ${expectation.kind}`, () => assertEquals(problems[i], []));
    });
  });
}

describe("the documentation of the language", () => {
  it("has examples that TypeScript takes, as other pages have", needs("deno"), () => {
    const all = [...blocks, ...blocksOf(readFileSync("docs/maps.md", "utf8"))];
    inFolder(all, (folder) => {
      const files = all.map((_, i) => join(folder, `${i}.ts`));
      const { stderr, status } = spawnSync(findCommand("deno")!, ["check", "--quiet", ...files], { encoding: "utf8" });
      assertEquals([status, stderr.replaceAll(`file://${folder}`, "")], [0, ""]);
    });
  });

  it("says in every example of a program what comes of it", () => {
    const silent = blocks.filter(({ program, expectation }) => {
      return program !== undefined && expectation.kind === "runs" && expectation.runs.length === 0;
    });
    assertEquals(silent.map(({ line }) => `line ${line}`), []);
  });

  it("has all the rules", () => {
    const rules = [...page.matchAll(/^#+ .*\((?:rule|rules) ([^)]*)\)$/gm)].flatMap(([, list]) => {
      return list.split(", ").flatMap((part) => {
        const [from, to = from] = part.split("–").map(Number);
        return Array.from({ length: to - from + 1 }, (_, i) => from + i);
      });
    });
    assertEquals([...new Set(rules)].sort((a, b) => a - b), Array.from({ length: 20 }, (_, i) => i + 1));
  });
});

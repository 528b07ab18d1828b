/**
 * The programs of `testdata`, as files that run, and what each has to print.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { findCommand } from "../support/skip.ts";
import type { Line, Outcome } from "./testdata/report.ts";

const isBun = process.versions.bun !== undefined;

/** The file that imports all programs. */
export const entry: string = new URL("testdata/all.ts", import.meta.url).pathname;

/** What runs a program besides JavaScript. */
export type Engine = "vm" | "kernel";

/** Each program's action and variables. */
const expected: Readonly<Record<string, Outcome>> = {
  "values": ["DROP", 9173, "281474976645121n"],
  "namespace": ["TX", 1],
  "renamed": ["DROP", 14],
  "shadowing": ["PASS", 274, 1121],
  "default anonymous": ["PASS", 3],
  "default named": ["PASS", 5],
  "expression": ["DROP", 5],
  "inside a function": ["PASS", 306],
  "inside a function again": ["PASS", 6005],
  "inside an object": ["PASS", 25],
  "functions": ["PASS", 136, 255],
  "enums": ["PASS", 6, 603],
  "statics": ["DROP", 1012, 121],
  "inheritance": ["TX", 422, 1, 4122],
  "arrows": ["TX", 214, 222],
  "closures": ["PASS", 129066, 704],
  "wrapped": ["TX", 184],
  "own": ["DROP", 15],
  "own and base": ["TX", 26],
  "own name of an expression": ["PASS", 1100],
  "indirect": ["DROP", 1],
};

/** Runs a command; what it printed. Throws if it failed. */
export function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout;
}

/** The arguments that run a file, or what a URL gives, in this runtime. */
export function runtimeArguments(module: string, engine: Engine, ...flags: readonly string[]): string[] {
  const own = isBun ? [] : ["run", "--no-prompt", "--no-check", "--quiet", "--allow-ffi", ...flags];
  return [...own, module, engine];
}

/** How a program's file is made of the sources. */
export interface Build {
  readonly title: string;
  readonly command: "deno" | "bun";
  readonly flags: readonly string[];
  /** Whether the names of a module's own things are changed, the library's among them. */
  readonly renames?: boolean;
}

const bunBuild = ["build", "--target=bun"];
/** All ways. */
export const builds: readonly Build[] = [
  { title: "deno bundle", command: "deno", flags: ["bundle", "--quiet"] },
  { title: "deno bundle --minify", command: "deno", flags: ["bundle", "--quiet", "--minify"], renames: true },
  { title: "bun build", command: "bun", flags: bunBuild },
  { title: "bun build --target=browser", command: "bun", flags: ["build", "--target=browser"] },
  { title: "bun build --minify", command: "bun", flags: [...bunBuild, "--minify"], renames: true },
  {
    title: "bun build --minify-identifiers",
    command: "bun",
    flags: [...bunBuild, "--minify-identifiers"],
    renames: true,
  },
  { title: "bun build --minify-syntax", command: "bun", flags: [...bunBuild, "--minify-syntax"] },
  { title: "bun build --minify-whitespace", command: "bun", flags: [...bunBuild, "--minify-whitespace"] },
];

/** Makes one file of the sources, in a folder. */
export function bundle({ command, flags }: Build, folder: string): string {
  const file = join(folder, "bundle.js");
  run(findCommand(command)!, [...flags, command === "deno" ? `--output=${file}` : `--outfile=${file}`, entry]);
  return file;
}

/** What the programs printed; the indirect use of `XDP` is refused where names are changed, and told how to go on. */
export function assertLines(output: string, renames = false, file?: string): void {
  const lines: Line[] = output.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ name }) => name), Object.keys(expected));
  for (const { name, js, other, code, message = "" } of lines) {
    if (renames && name === "indirect") {
      assertEquals([name, code], [name, "UNKNOWN_NAME"]);
      assert(message.includes("If it is XDP, renamed by a bundler or an import"), message);
      assert(message.includes("@kernel(() => ({ XDP })) above program"), message);
      // What is inside of an executable cannot be read.
      assert(file === undefined || message.includes(`  at ${file}:`), message);
      continue;
    }
    assertEquals([name, message, js, other], [name, "", expected[name], expected[name]]);
  }
}

/** Does something with a folder that is gone afterwards. */
export async function inFolder(work: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "waggle-captures-"));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

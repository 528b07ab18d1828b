/**
 * Captures and names as runtimes, bundlers, minifiers, compilers and servers hand them over: all programs of `testdata`
 * together, in JavaScript and, as root, in the kernel.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { needsKernel } from "../support/kernel.ts";
import { findCommand, needs } from "../support/skip.ts";
import type { Line, Outcome } from "./testdata/report.ts";

const isBun = process.versions.bun !== undefined;
const hasKernel = !needsKernel().ignore;
const root = new URL("../../", import.meta.url);
const entry = new URL("testdata/all.ts", import.meta.url).pathname;

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

/** How a program's file is made of the sources. */
interface Build {
  readonly title: string;
  readonly command: "deno" | "bun";
  readonly flags: readonly string[];
  /** Whether the names of a module's own things are changed, the library's among them. */
  readonly renames?: boolean;
}

const bunBuild = ["build", "--target=bun"];
const builds: readonly Build[] = [
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

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout;
}

/** Runs a file, or what a URL gives, in this runtime. */
function runtimeArguments(module: string, ...flags: readonly string[]): string[] {
  const own = isBun ? [] : ["run", "--no-prompt", "--no-check", "--quiet", "--allow-ffi", ...flags];
  return [...own, module, ...kernel];
}

const kernel = hasKernel ? ["kernel"] : [];

/** What the programs printed; the indirect use of `XDP` is refused where names are changed, and told how to go on. */
function assertLines(output: string, renames = false, file?: string): void {
  const lines: Line[] = output.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.map(({ name }) => name), Object.keys(expected));
  for (const { name, js, kernel, code, message = "" } of lines) {
    if (renames && name === "indirect") {
      assertEquals([name, code], [name, "UNKNOWN_NAME"]);
      assert(message.includes("If it is XDP, renamed by a bundler or an import"), message);
      assert(message.includes("@kernel(() => ({ XDP })) above program"), message);
      // What is inside of an executable cannot be read.
      assert(file === undefined || message.includes(`  at ${file}:`), message);
      continue;
    }
    assertEquals([name, message], [name, ""]);
    assertEquals([name, js], [name, expected[name]]);
    if (hasKernel) assertEquals([name, kernel], [name, expected[name]]);
  }
}

/** Does something with a folder that is gone afterwards. */
async function inFolder(work: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "waggle-captures-"));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("captures", () => {
  it("from the sources", () => assertLines(run(process.execPath, runtimeArguments(entry))));

  for (const { title, command, flags, renames } of builds) {
    it(`through ${title}`, needs(command), () =>
      inFolder((folder) => {
        const file = join(folder, "bundle.js");
        run(findCommand(command)!, [...flags, command === "deno" ? `--output=${file}` : `--outfile=${file}`, entry]);
        assertLines(run(process.execPath, runtimeArguments(file)), renames, file);
      }));
  }

  it("through bun build --compile", needs("bun"), () =>
    inFolder((folder) => {
      const file = join(folder, "program");
      run(findCommand("bun")!, ["build", "--compile", `--outfile=${file}`, entry]);
      assertLines(run(file, kernel));
    }));

  it("through bun build --compile --minify", needs("bun"), () =>
    inFolder((folder) => {
      const file = join(folder, "program");
      run(findCommand("bun")!, ["build", "--compile", "--minify", `--outfile=${file}`, entry]);
      assertLines(run(file, kernel), true);
    }));

  it("through deno compile", needsDenoRuntime(), () =>
    inFolder((folder) => {
      const file = join(folder, "program");
      run(findCommand("deno")!, ["compile", "--no-check", "--quiet", "--allow-ffi", `--output=${file}`, entry]);
      assertLines(run(file, kernel));
    }));

  it("from a server", overHttp(), () =>
    inFolder(async (folder) => {
      const server = createServer(({ url }, response) => {
        const file = new URL(`.${url}`, root);
        response.setHeader("content-type", "application/typescript");
        response.end(existsSync(file) ? readFileSync(file) : "");
      });
      await new Promise<void>((listening) => server.listen(0, "127.0.0.1", () => listening()));
      try {
        const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
        const module = `http://${host}/${entry.slice(root.pathname.length)}`;
        const args = runtimeArguments(module, `--allow-import=${host}`, "--no-config", "--no-lock");
        assertLines(await output(process.execPath, args, { DENO_DIR: folder }));
      } finally {
        await new Promise((closed) => server.close(closed));
      }
    }));
});

/** As `run`, while this process goes on: it is the server. */
function output(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env } });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (text) => stdout += text);
    child.stderr.on("data", (text) => stderr += text);
    child.on("error", reject);
    child.on(
      "close",
      (status) => status === 0 ? resolve(stdout) : reject(new Error(`ended with ${status}: ${stderr}`)),
    );
  });
}

/** `deno compile` puts programs into a runtime of its own, which it downloads once. */
function needsDenoRuntime(): { readonly ignore: boolean } {
  const choice = needs("deno");
  if (choice.ignore) return choice;
  const cache = process.env.DENO_DIR ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "deno");
  const downloads = join(cache, "dl");
  const names = existsSync(downloads) ? readdirSync(downloads, { recursive: true, encoding: "utf8" }) : [];
  if (process.env.DENORT_BIN || names.some((name) => name.includes("denort"))) return choice;
  console.log("skipped: deno compile needs its runtime, which it would have to download (or DENORT_BIN)");
  return { ignore: true };
}

function overHttp(): { readonly ignore: boolean } {
  if (isBun) console.log("skipped: Bun does not import from http");
  return { ignore: isBun };
}

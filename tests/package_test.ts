import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { runInNewContext } from "node:vm";
import { findCommand, needs } from "./support/skip.ts";

const entry = "tests/testdata/portable.ts";
const runtime = process.versions.bun ? "bun" : "deno";

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout.trim();
}

/** The runtime's own bundler, for browsers. */
function bundle(to: string): void {
  const flags = ["--format=iife", entry];
  if (runtime === "bun") run(process.execPath, ["build", "--target=browser", `--outfile=${to}`, ...flags]);
  else run(process.execPath, ["bundle", "--quiet", "--platform=browser", `--output=${to}`, ...flags]);
}

/** Runs a script where there is the language, a little of the web, and nothing else. */
function runAlone(file: string): readonly string[] {
  const lines: string[] = [];
  const console = { log: (line: string) => lines.push(line) };
  runInNewContext(readFileSync(file, "utf8"), { console, performance, TextDecoder, TextEncoder });
  return lines;
}

describe("the library", () => {
  it("is bundled for browsers, and runs where there is no FFI", () => {
    const folder = mkdtempSync(join(tmpdir(), "waggle-bundle-"));
    try {
      const bundled = join(folder, "portable.js");
      bundle(bundled);
      assertEquals(runAlone(bundled), ["count 3, generated, NO_FFI"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("has no syntax that engines of 2023 cannot parse, and runs in one", needs("node"), () => {
    const folder = mkdtempSync(join(tmpdir(), "waggle-bundle-"));
    try {
      const bundled = join(folder, "portable.cjs");
      bundle(bundled);
      const node = findCommand("node")!;
      run(node, ["--check", bundled]);
      assertEquals(run(node, [bundled]), "count 3, generated, NO_FFI");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  if (runtime === "deno") {
    it("needs no permission before it loads a program", () => {
      // Started by node:child_process without any flag about permissions, Deno gets all of them.
      const flags = ["run", "--no-prompt", "--no-check", "--quiet", "--deny-import"];
      assertEquals(run(process.execPath, [...flags, entry]), "count 3, generated, FFI_DENIED");
    });
  }
});

describe("src/", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const sources = files.map((file) => ({ file, code: withoutComments(readFileSync(join("src", file), "utf8")) }));
  const having = (pattern: RegExp) => sources.filter(({ code }) => pattern.test(code)).map(({ file }) => file);

  it("names a runtime only in src/ffi/", () => {
    assertEquals(
      having(/\b(?:Deno|Bun)\??\.\w|\{[^}"'`]*\b(?:Deno|Bun)\b[^}"'`]*\} = globalThis/).filter((file) =>
        !file.startsWith("ffi/")
      ),
      [],
    );
  });
  it("imports nothing but its own files", () => {
    assertEquals(having(/\bfrom "(?!\.)/), []);
    assertEquals(having(/^\s*(?:const|let|return|await).*\b(?:import|require)\(/m), []);
  });
  it("declares nothing with using", () => {
    assertEquals(having(/^\s*(?:await\s+)?using\s+\w+\s*=/m), []);
  });
  it("uses no decorator syntax and no top-level await", () => {
    assertEquals(having(/^\s*@\w+\(|^await\b/m), []);
  });
});

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
}

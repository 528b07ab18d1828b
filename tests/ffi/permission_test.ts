import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { findCommand, needs } from "../support/skip.ts";

const script = new URL("testdata/getpid.ts", import.meta.url).pathname;
const onDeno = process.versions.bun === undefined;

function run(command: string, ...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync(command, [...args, script], { encoding: "utf8" });
  return stdout.trim() || stderr;
}

function runDeno(...flags: readonly string[]): string {
  return run(onDeno ? process.execPath : findCommand("deno")!, "run", "--no-prompt", "--no-check", ...flags);
}

describe("Deno's permission", onDeno ? needs("linux") : needs("linux", "deno"), () => {
  it("is --allow-ffi and nothing else", () => assertEquals(runDeno("--allow-ffi"), "works"));

  // Another flag stands for none: Deno's node:child_process gives a child without flags all that the parent may do.
  for (
    const flags of [["--allow-env"], ["--allow-ffi=/usr"], ["--allow-ffi=libc.so.6"], ["--allow-all", "--deny-ffi"]]
  ) {
    it(`is not: ${flags.join(" ")}`, () => {
      const output = runDeno(...flags);
      assertStringIncludes(output, "FFI_DENIED");
      assertStringIncludes(output, "Run with --allow-ffi (without a path");
    });
  }
});

describe("Bun", onDeno ? needs("linux", "bun") : needs("linux"), () => {
  it("needs no permission", () => assertEquals(run(onDeno ? findCommand("bun")! : process.execPath), "works"));
});

/**
 * Captures and names as runtimes, bundlers, minifiers, compilers and servers hand them over: all programs of `testdata`
 * together, in JavaScript and in the virtual machine. `kernel_test.ts` has them in the kernel.
 *
 * @module
 */

import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { findCommand, needs } from "../support/skip.ts";
import { assertLines, builds, bundle, entry, inFolder, run, runtimeArguments } from "./bundles.ts";

const isBun = process.versions.bun !== undefined;
const root = new URL("../../", import.meta.url);
const engine = "vm";

describe("captures", () => {
  it("from the sources", () => assertLines(run(process.execPath, runtimeArguments(entry, engine))));

  for (const build of builds) {
    it(`through ${build.title}`, needs(build.command), () =>
      inFolder((folder) => {
        const file = bundle(build, folder);
        assertLines(run(process.execPath, runtimeArguments(file, engine)), build.renames, file);
      }));
  }

  it("through bun build --compile", needs("bun"), () =>
    inFolder((folder) => {
      const file = join(folder, "program");
      run(findCommand("bun")!, ["build", "--compile", `--outfile=${file}`, entry]);
      assertLines(run(file, [engine]));
    }));

  it("through bun build --compile --minify", needs("bun"), () =>
    inFolder((folder) => {
      const file = join(folder, "program");
      run(findCommand("bun")!, ["build", "--compile", "--minify", `--outfile=${file}`, entry]);
      assertLines(run(file, [engine]), true);
    }));

  it("through deno compile", needsDenoRuntime(), () =>
    inFolder((folder) => {
      const file = join(folder, "program");
      run(findCommand("deno")!, ["compile", "--no-check", "--quiet", "--allow-ffi", `--output=${file}`, entry]);
      assertLines(run(file, [engine]));
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
        const args = runtimeArguments(module, engine, `--allow-import=${host}`, "--no-config", "--no-lock");
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

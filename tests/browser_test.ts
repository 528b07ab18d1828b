import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { results } from "./browser/results.ts";
import { findCommand, needs } from "./support/skip.ts";

/** A browser that hangs is ended, and the test with it. */
const timeout = 120_000;

/** What the script prints, or why it failed, becomes the title. */
const page = `<!DOCTYPE html>
<meta charset="utf-8">
<script>
  const show = (text) => document.title = encodeURIComponent(text);
  addEventListener("error", ({ message, error }) => show("failed: " + (error?.stack ?? message)));
  console.log = show;
</script>
<script src="page.js"></script>
`;

/**
 * Root has no sandbox. Without access between files, a script's error is only "Script error.". The rest keeps the
 * browser from graphics, from the network and from asking anything.
 */
const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--allow-file-access-from-files",
  "--host-resolver-rules=MAP * ~NOTFOUND",
  "--no-first-run",
];

function run(command: string, args: readonly string[], environment = process.env): string {
  const options = { encoding: "utf8", env: environment, timeout, killSignal: "SIGKILL" } as const;
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, options);
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")} ended with ${error ?? signal ?? status}: ${stderr}`);
}

/** The runtime's own bundler, for browsers. */
function bundle(to: string): void {
  const entry = "tests/browser/page.ts";
  const flags = ["--format=iife", entry];
  if (process.versions.bun) run(process.execPath, ["build", "--target=browser", `--outfile=${to}`, ...flags]);
  else run(process.execPath, ["bundle", "--quiet", "--platform=browser", `--output=${to}`, ...flags]);
}

/** What the page's script prints, in a browser that has never run before and leaves nothing outside the folder. */
function inChromium(folder: string): string {
  const profile = `--user-data-dir=${join(folder, "profile")}`;
  const address = pathToFileURL(join(folder, "page.html")).href;
  const environment = { ...process.env, HOME: folder, TMPDIR: folder };
  const dom = run(findCommand("chromium")!, [...flags, profile, "--dump-dom", address], environment);
  const title = /<title>(.*?)<\/title>/.exec(dom)?.[1];
  if (title === undefined) throw new Error(`The page's script printed nothing: ${dom}`);
  return decodeURIComponent(title);
}

describe("a bundle in a browser", needs("chromium"), () => {
  it("assembles, compiles and runs programs as here, and knows that there is no kernel", () => {
    const folder = mkdtempSync(join(tmpdir(), "waggle-browser-"));
    try {
      bundle(join(folder, "page.js"));
      writeFileSync(join(folder, "page.html"), page);
      const printed = inChromium(folder);
      if (printed.startsWith("failed: ")) throw new Error(printed);
      const inPage = JSON.parse(printed);
      assertEquals(inPage, { ...results(), loading: "NO_FFI" });
      assertEquals(inPage.vm, inPage.js);
    } finally {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});

/**
 * How Deno and Bun are found and how each runs one test file.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { findCommand } from "../support/skip.ts";
import tools from "../tools.json" with { type: "json" };
import { count, type Tally } from "./report.ts";
import type { StdSource } from "./std.ts";

/** A runtime that can run a test file and count. */
export interface Runtime {
  readonly name: "Deno" | "Bun";
  readonly version: string;
  readonly path: string;
  /** Runs a file in a process of its own, by way of a command that takes another. */
  run(file: string, through?: readonly string[]): Promise<Ran>;
}

/** What became of a file. */
export interface Ran {
  readonly tally: Tally;
  /** All that it printed. */
  readonly output: string;
}

/** The arguments that run a file and write its report. */
type Command = (file: string, report: string) => readonly string[];

const fileLimitMs = 5 * 60_000;

/** The Deno that runs this. */
export function deno(std: StdSource): Promise<Runtime> {
  const path = process.execPath;
  const map = std === "local" ? ["--import-map=tests/std/import_map.json"] : [];
  // Types are `deno task check`'s work: here, a wrong type in one file must not keep the others from running.
  const flags = ["test", "--allow-all", "--no-prompt", "--no-check", ...map];
  const version = process.versions.deno ?? "";
  const command: Command = (file, report) => [...flags, `--junit-path=${report}`, file];
  return Promise.resolve(runtime({ name: "Deno", version, path, nested: std === "jsr", command }));
}

/** A Bun on the PATH, else the pinned one from npm. */
export async function bun(): Promise<Runtime> {
  const path = process.versions.bun ? process.execPath : findCommand("bun") ?? await fetchBun();
  const version = (await output(path, ["--version"])).trim();
  const command: Command = (file, report) => {
    // Bun takes a bare path for a pattern.
    return ["test", "--reporter=junit", `--reporter-outfile=${report}`, file.startsWith("/") ? file : `./${file}`];
  };
  return runtime({ name: "Bun", version, path, nested: false, command });
}

/** npm 12 runs a package's install script only when told so; older ones take the flag and ignore it. */
async function fetchBun(): Promise<string> {
  const npx = findCommand("npx");
  if (!npx) throw new Error("Bun: neither bun nor npx is on the PATH");
  const from = ["--yes", "--prefer-offline", "--allow-scripts=bun", `bun@${tools.bun}`];
  return (await output(npx, [...from, "--print", "process.execPath"])).trim();
}

interface Settings extends Omit<Runtime, "run"> {
  /** Whether its reports have suites beside tests. */
  readonly nested: boolean;
  readonly command: Command;
}

function runtime({ name, version, path, nested, command }: Settings): Runtime {
  const run: Runtime["run"] = async (file, through = []) => {
    const folder = mkdtempSync(join(tmpdir(), "waggle-report-"));
    try {
      const [report, output] = [join(folder, "report.xml"), join(folder, "output.txt")];
      const status = await exit([...through, path, ...command(file, report)], output);
      const tally = count({ what: `on ${name}, ${file}`, report: readIfThere(report), status, nested });
      return { tally, output: readFileSync(output, "utf8") };
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  return { name, version, path, run };
}

/** Runs a command, with its output and its errors into one file; how it ended. */
function exit([path, ...args]: readonly string[], output: string): Promise<number | string> {
  return new Promise((resolve, reject) => {
    const to = openSync(output, "w");
    // With CI set, a forgotten `only` fails on both runtimes.
    const child = spawn(path, args, { stdio: ["ignore", to, to], env: { ...process.env, CI: "true" } });
    closeSync(to);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, fileLimitMs);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve(late ? `no result within ${fileLimitMs / 60_000} minutes` : code ?? `signal ${signal}`);
    });
  });
}

function output(path: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk) => text += chunk);
    child.on("error", reject);
    child.on(
      "close",
      (code) => code === 0 ? resolve(text) : reject(new Error(`${path} ${args.join(" ")}: status ${code}`)),
    );
  });
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

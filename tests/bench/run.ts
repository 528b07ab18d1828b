/**
 * `deno task bench [name…] [--no-time] [--quiet] [--atomic] [--noise]`: compiles the programs in `c/` with clang, loads them
 * and ours, checks all results, measures, and prints the table.
 *
 * `--atomic` has clang's counters go up by atomic instructions, as ours do: what the times differ by then is the compilers'.
 * `--noise` measures clang's programs a second time instead of ours: what the times differ by then is noise.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { findCommand } from "../support/skip.ts";
import { type Executed, executedOf, tableOf } from "./table.ts";

const CLANG = "clang19-v4";
const ATOMIC = "--atomic";
const NOISE = "--noise";
const here = fileURLToPath(new URL(".", import.meta.url));

function main(args: readonly string[]): void {
  const missing = process.getuid?.() !== 0 ? "root" : ["python3", "clang-19"].find((name) => !findCommand(name));
  if (missing !== undefined) {
    console.log(`The programs cannot be measured here: it needs ${missing}`);
    process.exitCode = 1;
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "waggle-bench-"));
  try {
    run(folder, args);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(folder: string, args: readonly string[]): void {
  const names = args.filter((argument) => !argument.startsWith("-"));
  const only = names.length > 0 ? ["--only", names.join()] : [];
  const options = args.filter((argument) => argument.startsWith("-") && argument !== ATOMIC && argument !== NOISE);
  call("bash", [join(here, "build.sh")], { OUT: folder, FLAGS: args.includes(ATOMIC) ? "-DATOMIC" : "" });
  const clangs = `elf:${join(folder, CLANG)}`;
  const result = join(folder, "result.json");
  const status = call("python3", [
    join(here, "bench.py"),
    "--impl",
    `clang=${clangs}`,
    "--impl",
    `ours=${args.includes(NOISE) ? clangs : `cmd:${providerCommand()}`}`,
    "--json",
    result,
    "--keep-meta",
    folder,
    ...only,
    ...options,
  ], {});
  const metas = ["clang", "ours"].map((label) => `${label}=${join(folder, `${label}.json`)}`);
  const pathLengths = spawnSync("python3", [join(here, "pathlen.py"), ...metas, ...only], { encoding: "utf8" });
  if (!options.includes("--quiet")) console.log(`\n${pathLengths.stdout}`);
  const executed: Executed = executedOf(pathLengths.stdout);
  if (existsSync(result)) console.log(tableOf(JSON.parse(readFileSync(result, "utf8")), executed));
  process.exitCode = status === 0 && pathLengths.status === 0 ? 0 : 1;
}

/** What runs the provider in the runtime that this is. */
function providerCommand(): string {
  const flags = process.versions.bun ? "" : " run --allow-all --no-prompt --no-check";
  return `${process.execPath}${flags} ${join(here, "provider.ts")}`;
}

function call(command: string, args: readonly string[], environment: Record<string, string>): number | null {
  return spawnSync(command, args, { stdio: "inherit", env: { ...process.env, ...environment } }).status;
}

main(process.argv.slice(2));

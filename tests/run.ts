/**
 * `deno task test [part of a path | file]…`: the whole suite on Deno and on Bun, and one line that counts. Files that use
 * the kernel run one after the other, those that only compute beside them.
 *
 * @module
 */
import process from "node:process";
import { confinement } from "./runner/confine.ts";
import { findTests } from "./runner/files.ts";
import { type Lane, lanesOf } from "./runner/lanes.ts";
import { countLine, Tally } from "./runner/report.ts";
import { bun, deno, type Runtime } from "./runner/runtimes.ts";
import { chooseStd } from "./runner/std.ts";

const files = findTests(process.argv.slice(2));
const std = await chooseStd(process.env.STD);
console.log(`@std on Deno: ${std.source === "jsr" ? "from JSR" : "tests/std"} (${std.reason}); on Bun: tests/std`);

const total = new Tally();
const confined = confinement();
const suites = await findSuites();
await Promise.all(
  lanesOf(files).map(async (lanes) => {
    for (const suite of suites) {
      for (const lane of lanes) await runLane(suite, lane);
    }
  }),
);
for (const { runtime, tally } of suites) {
  console.log(`\n${runtime.name}: ${countLine(tally)}`);
  total.add(tally);
}
console.log();
for (const problem of total.problems) console.log(problem);
console.log(countLine(total));
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** A runtime, and what its tests came to. */
interface Suite {
  readonly runtime: Runtime;
  readonly tally: Tally;
}

/** A runtime that cannot be found is a failure. */
async function findSuites(): Promise<readonly Suite[]> {
  const found: Suite[] = [];
  for (const find of [() => deno(std.source), bun]) {
    try {
      const runtime = await find();
      console.log(`${runtime.name} ${runtime.version} (${runtime.path}): ${files.length} files`);
      found.push({ runtime, tally: new Tally() });
    } catch (error) {
      total.fail(`FAILED ${error instanceof Error ? error.message : error}`);
    }
  }
  return found;
}

/** Runs every file in a process of its own: a crash takes one file with it, and nothing leaks into the next. */
async function runLane({ runtime, tally }: Suite, { files, usesMachine }: Lane): Promise<void> {
  for (const file of files) {
    try {
      const ran = await runtime.run(file, usesMachine ? [] : confined);
      // What another lane prints stands before or after it, never within.
      console.log(`\n── ${runtime.name} ── ${file}\n${ran.output.trim()}`);
      tally.add(ran.tally);
    } catch (error) {
      tally.fail(`FAILED on ${runtime.name}, ${file}: ${error}`);
    }
  }
}

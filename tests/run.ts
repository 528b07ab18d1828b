/**
 * `deno task test [part of a path | file]…`: the whole suite on Deno, then on Bun, and one line that counts.
 *
 * @module
 */
import process from "node:process";
import { findTests } from "./runner/files.ts";
import { countLine, Tally } from "./runner/report.ts";
import { bun, deno, type Runtime } from "./runner/runtimes.ts";
import { chooseStd } from "./runner/std.ts";

const files = findTests(process.argv.slice(2));
const std = await chooseStd(process.env.STD);
console.log(`@std on Deno: ${std.source === "jsr" ? "from JSR" : "tests/std"} (${std.reason}); on Bun: tests/std`);

const total = new Tally();
for (const find of [() => deno(std.source), bun]) {
  total.add(await runSuite(find));
}
for (const problem of total.problems) console.log(problem);
console.log(countLine(total));
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** Runs every file in a process of its own: a crash takes one file with it, and nothing leaks into the next. */
async function runSuite(find: () => Promise<Runtime>): Promise<Tally> {
  const tally = new Tally();
  try {
    const runtime = await find();
    console.log(`\n${runtime.name} ${runtime.version} (${runtime.path}): ${files.length} files\n`);
    for (const file of files) tally.add(await runtime.run(file));
    console.log(`\n${runtime.name}: ${countLine(tally)}\n`);
  } catch (error) {
    tally.fail(`FAILED ${error instanceof Error ? error.message : error}`);
  }
  return tally;
}

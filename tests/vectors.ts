/**
 * Runs files of outside test vectors through decoder, assembler, VM and, as root, the kernel:
 * `deno task vectors FILE.json…`. The last line is `N passed, N failed, N skipped`.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { type Outcome, runVector, type Vector } from "./vectors/vector.ts";

/** Numbers of a whole file. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  readonly kernel: Record<Outcome["kernel"], number>;
}

/**
 * Runs all vectors of a file.
 *
 * @param text The file.
 * @param useKernel Needs root.
 * @param report Gets each outcome that is not simply passed.
 * @returns The numbers.
 */
export function runFile(text: string, useKernel: boolean, report: (line: string) => void): Tally {
  const parsed = JSON.parse(text) as { readonly tests: readonly Vector[] } | readonly Vector[];
  const tests = "tests" in parsed ? parsed.tests : parsed;
  const tally: Tally = { passed: 0, failed: 0, skipped: 0, kernel: { equal: 0, refused: 0, "not asked": 0 } };
  for (const vector of tests) {
    const { verdict, note, kernel } = runVector(vector, useKernel);
    tally[verdict]++;
    tally.kernel[kernel]++;
    if (note !== "") report(`${verdict}: ${vector.name}: ${note}`);
  }
  return tally;
}

function main(files: readonly string[]): void {
  const useKernel = process.platform === "linux" && process.getuid?.() === 0;
  if (files.length === 0) {
    console.error("usage: vectors FILE.json…");
    process.exit(2);
  }
  if (!useKernel) console.log("the kernel is not asked: needs root on Linux");
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const file of files) {
    const tally = runFile(readFileSync(file, "utf8"), useKernel, console.log);
    total.passed += tally.passed;
    total.failed += tally.failed;
    total.skipped += tally.skipped;
    const { equal, refused } = tally.kernel;
    if (useKernel) console.log(`${file}: the kernel ran ${equal} with the same results and refused ${refused}`);
  }
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

if (import.meta.main) main(process.argv.slice(2));

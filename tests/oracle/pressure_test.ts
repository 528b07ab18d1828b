/**
 * Register allocation: programs that need far more registers than there are mean what JavaScript says.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { needs } from "../support/skip.ts";
import { print } from "./piece.ts";
import { generatePressure } from "./pressure.ts";
import { type Engine, run } from "./run.ts";

/** Seeds that have found something once. */
const FOUND = [1102];
const PROGRAMS = 120;

function compare(engine: Engine): void {
  const failures: string[] = [];
  for (const seed of [...FOUND, ...Array.from({ length: PROGRAMS }, (_, i) => i + 1)]) {
    const program = generatePressure(seed);
    const outcome = run(program, program.body, [engine]);
    if (outcome.status === "same" || outcome.status === "refused") continue;
    // Loops with many ways through them are another matter than registers.
    if (outcome.status === "rejected" && outcome.why.includes("too complex")) continue;
    failures.push(`seed ${seed}: ${outcome.status}: ${outcome.why}\n${print(program.body)}`);
  }
  assertEquals(failures, []);
}

describe("programs with dozens of live values", () => {
  it("do in the virtual machine what they do in JavaScript", () => compare("vm"));
});

describe("programs with dozens of live values in the kernel", needs("linux", "root"), () => {
  it("do what they do in JavaScript", () => compare("kernel"));
});

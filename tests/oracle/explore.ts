/**
 * Looks for random programs that engines disagree on, and makes those that it finds small.
 *
 *     deno task fuzz --count 50000 --first 1 --engines vm,unoptimized,steps,kernel
 *
 * `levels.ts` says which engines there are: `vm:*,kernel:*` are all versions of the instruction set, optimized and not.
 * Two processes that share a kernel each take half of the seeds and the same lock:
 *
 *     deno task fuzz --count 25000 --first 1 --engines vm:*,kernel:* --kernel-lock /tmp/kernel.lock
 *     deno task fuzz --count 25000 --first 25001 --engines vm:*,kernel:* --kernel-lock /tmp/kernel.lock
 *
 * @module
 */

import process from "node:process";
import { parseArgs } from "node:util";
import { generate, type Piece, print, type RandomProgram } from "./generate.ts";
import { type Engine, levelsOf } from "./levels.ts";
import { alone, type Exclusive, exclusiveBy } from "./lock.ts";
import { mapText } from "./maps.ts";
import { type Outcome, run } from "./run.ts";
import { shrink } from "./shrink.ts";

/** What to look through. */
export interface Exploration {
  /** The first seed; each program has its own. */
  readonly first: number;
  readonly count: number;
  readonly engines: readonly Engine[];
  /** Takes one text a failure, and what the language refused. */
  readonly report: (text: string) => void;
  /** What the kernel is used in, if other processes explore at the same time. */
  readonly exclusive?: Exclusive;
}

/** The seeds that failed, and how many programs came to what. */
export function explore({ first, count, engines, report, exclusive = alone }: Exploration): {
  readonly failures: readonly number[];
  readonly counts: Readonly<Partial<Record<Outcome["status"], number>>>;
} {
  const failures: number[] = [];
  const counts: Partial<Record<Outcome["status"], number>> = {};
  for (let seed = first; seed < first + count; seed++) {
    const program = generate(seed, {
      shapes: seed % 2 === 0,
      decimals: seed % 3 === 0,
      functions: seed % 5 < 3,
      maps: seed % 7 < 3,
      sums: seed % 11 < 5,
      choices: seed % 13 < 6,
      words: seed % 17 < 6,
      scans: seed % 19 < 7,
      ends: seed % 23 < 6,
    });
    const outcome = run(program, program.body, engines, exclusive);
    counts[outcome.status] = (counts[outcome.status] ?? 0) + 1;
    if (outcome.status === "same" || outcome.status === "refused") continue;
    failures.push(seed);
    report(describe(seed, program, outcome, (body) => run(program, body, engines, exclusive)));
  }
  return { failures, counts };
}

/** The smallest program that fails in the same way, with all that it takes to run it. */
function describe(
  seed: number,
  program: RandomProgram,
  outcome: Outcome,
  runAgain: (body: Piece) => Outcome,
): string {
  const tries = outcome.status === "rejected" ? 60 : 2000;
  const small = shrink(program.body, (body: Piece) => isAlike(runAgain(body), outcome), tries);
  const last = runAgain(small);
  const why = "why" in last ? last.why : "";
  const { globals, locals, packetVariables, minimumPacketSize } = program;
  const maps = program.maps.map((map) => [map.name, mapText(map), map.entries]);
  const surroundings = { globals, locals, packetVariables, maps, minimumPacketSize };
  const layout = JSON.stringify(surroundings, (_, value) => typeof value === "bigint" ? `${value}n` : value);
  return `seed ${seed}: ${last.status}: ${why}\n${print(small)}\n${layout}`;
}

/** Whether two failures are of one kind; what crashes has to do so for the same reason. */
function isAlike(a: Outcome, b: Outcome): boolean {
  if (a.status !== "crashed" || b.status !== "crashed") return a.status === b.status;
  return a.why.split("\n")[0] === b.why.split("\n")[0];
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      first: { type: "string", default: "1" },
      count: { type: "string", default: "5000" },
      engines: { type: "string", default: "vm,kernel" },
      "kernel-lock": { type: "string" },
    },
  });
  const engines = values.engines.split(",");
  // Before anything else: what is not known is an error.
  levelsOf(engines);
  const lock = values["kernel-lock"];
  const { failures, counts } = explore({
    first: Number(values.first),
    count: Number(values.count),
    engines: engines as Engine[],
    report: console.log,
    exclusive: lock === undefined ? alone : exclusiveBy(lock),
  });
  console.log(counts);
  process.exit(failures.length > 0 ? 1 : 0);
}

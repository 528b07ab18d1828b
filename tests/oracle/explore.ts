/**
 * Looks for random programs that engines disagree on, and makes those that it finds small.
 *
 *     deno task fuzz --count 50000 --first 1 --engines vm,unoptimized,steps,kernel
 *
 * @module
 */

import process from "node:process";
import { parseArgs } from "node:util";
import { generate, type Piece, print, type RandomProgram } from "./generate.ts";
import { mapText } from "./maps.ts";
import { type Engine, type Outcome, run } from "./run.ts";
import { shrink } from "./shrink.ts";

/** What to look through. */
export interface Exploration {
  /** The first seed; each program has its own. */
  readonly first: number;
  readonly count: number;
  readonly engines: readonly Engine[];
  /** Takes one text a failure, and what the language refused. */
  readonly report: (text: string) => void;
}

/** The seeds that failed, and how many programs came to what. */
export function explore({ first, count, engines, report }: Exploration): {
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
    });
    const outcome = run(program, program.body, engines);
    counts[outcome.status] = (counts[outcome.status] ?? 0) + 1;
    if (outcome.status === "same" || outcome.status === "refused") continue;
    failures.push(seed);
    report(describe(seed, program, outcome, engines));
  }
  return { failures, counts };
}

/** The smallest program that fails in the same way, with all that it takes to run it. */
function describe(seed: number, program: RandomProgram, outcome: Outcome, engines: readonly Engine[]): string {
  const tries = outcome.status === "rejected" ? 60 : 2000;
  const small = shrink(program.body, (body: Piece) => isAlike(run(program, body, engines), outcome), tries);
  const last = run(program, small, engines);
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
    },
  });
  const { failures, counts } = explore({
    first: Number(values.first),
    count: Number(values.count),
    engines: values.engines.split(",") as Engine[],
    report: console.log,
  });
  console.log(counts);
  process.exit(failures.length > 0 ? 1 : 0);
}

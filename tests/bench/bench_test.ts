/**
 * The benchmark programs give the results of their specification on all packets.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { globalVar, u64, XDP } from "../../mod.ts";
import { needs } from "../support/skip.ts";
import { type Case, caseOf, type Expected, makeProgram, programNames, type Sequence, variable } from "./suite.ts";

type Engine = "js" | "vm" | "kernel";

/** Tells an engine's time. */
class Clock extends XDP {
  @globalVar(u64)
  accessor now = 0n;

  program() {
    this.now = this.bpf.ktimeGetNs();
  }
}

function timeOn(engine: Engine): bigint {
  using clock = new Clock();
  clock.test(new Uint8Array(64), { on: engine });
  return clock.now;
}

async function check(name: string, { vars }: Case, sequence: Sequence, engine: Engine): Promise<void> {
  using program = await makeProgram(name);
  if (engine === "kernel") program.load();
  for (const step of sequence.setup) {
    if (!("var" in step)) throw new Error("Cannot set up entries of maps");
    const { value } = step;
    const now = typeof value === "object" ? timeOn(engine) - BigInt(value.now_minus) : BigInt(value);
    variable(program, step.var).value = BigInt.asUintN(8 * vars[step.var].size, now);
  }
  sequence.packets.forEach(({ hex, ret, out = hex, times = 1 }, i) => {
    const { action, packet } = program.test(Uint8Array.fromHex(hex), { on: engine, repeat: times });
    assertEquals([i, action, packet.toHex()], [i, ret, out]);
  });
  for (const [one, expected] of Object.entries(sequence.expect.vars)) {
    demand(one, variable(program, one).value, expected, timeOn(engine));
  }
}

function demand(name: string, found: bigint, expected: Expected, now: bigint): void {
  if (typeof expected === "number") return assertEquals([name, found], [name, BigInt(expected)]);
  const isTime = "now" in expected;
  const [least, most] = isTime ? expected.now : expected;
  const seen = isTime ? found - now : found;
  assert(least <= seen && seen <= most, `${name} is ${seen}, not from ${least} to ${most}`);
}

for (const engine of ["js", "vm", "kernel"] as const) {
  describe(`the benchmark programs on ${engine}`, engine === "kernel" ? needs("linux", "root") : {}, () => {
    for (const name of programNames()) {
      const found = caseOf(name);
      if (!found) throw new Error(`There are no packets for ${name}`);
      found.tests.forEach((sequence) => {
        it(`${name}: ${sequence.name}`, () => check(name, found, sequence, engine));
      });
    }
  });
}

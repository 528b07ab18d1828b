/**
 * `deno run --allow-all tests/bench/generation.ts` or `bun tests/bench/generation.ts`: how long programs take to be generated,
 * in a process that has done so before, and how that grows with an unrolled table of rules: also in processor time, which
 * other processes disturb less, but which counts what the engine does besides. For people: nothing is asserted.
 *
 * As root with clang 19 it also says how long clang takes for the same programs, and ours from the text to the kernel; and how
 * many times as long clang and the kernel's part of loading take together.
 *
 * With a program's name, or a number of rules, it lists what each step of the compiler takes instead.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Packet, XDP, type XdpAction } from "../../mod.ts";
import { generate } from "../../src/program/ebpf.ts";
import { findCommand } from "../support/skip.ts";
import { makeProgram, programNames } from "./suite.ts";

const RUNS = 50;
const TABLE_RUNS = 5;
const CLANG_RUNS = 5;
const TABLES = [1_000, 2_000, 4_000, 8_000, 12_000];

/** Rules that are written out one after the other: nine IR instructions each. */
class Table extends XDP {
  readonly rules: readonly { readonly address: number; readonly port: number; readonly action: XdpAction }[];

  constructor(count: number) {
    super();
    this.rules = Array.from({ length: count }, (_, i) => ({
      address: Math.imul(i, 0x9e3779b1) >>> 0,
      port: i & 0xffff,
      action: i % 2 === 0 ? XDP.DROP : XDP.PASS,
    }));
  }

  program(packet: Packet) {
    const address = packet.getUint32(26);
    const port = packet.getUint16(36);
    for (const rule of this.rules) {
      if (address === rule.address && port === rule.port) return rule.action;
    }
    return XDP.PASS;
  }
}

/** Milliseconds that something takes, by the fastest run: others wait for other processes. */
function least(runs: number, prepare: () => XDP, measured: (program: XDP) => void): number {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    using program = prepare();
    const start = performance.now();
    measured(program);
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}

/** Milliseconds of `clang -c`; `undefined` without clang or a source. */
function clang(name: string): number | undefined {
  const source = fileURLToPath(new URL(`c/${name}.bpf.c`, import.meta.url));
  if (!findCommand("clang-19") || !existsSync(source)) return undefined;
  const headers = { x64: "x86_64", arm64: "aarch64" }[process.arch as string] ?? process.arch;
  const options = ["-O2", "-g", "-mcpu=v4", "-target", "bpf", `-I/usr/include/${headers}-linux-gnu`];
  const times = Array.from({ length: CLANG_RUNS }, () => {
    const start = performance.now();
    const { status } = spawnSync("clang-19", [...options, "-c", source, "-o", "/dev/null"]);
    return status === 0 ? performance.now() - start : Infinity;
  });
  return Math.min(...times);
}

/** Milliseconds that each step of the compiler takes, by the fastest run, and what all of them take. */
async function listSteps(what: string): Promise<void> {
  const rules = Number(what);
  const steps = new Map<string, number>();
  for (let run = 0; run < (rules > 0 ? TABLE_RUNS : RUNS); run++) {
    using program = rules > 0 ? new Table(rules) : await makeProgram(what);
    const taken = new Map<string, number>();
    let last = performance.now();
    const note = (step: string) => {
      const name = step.replace(/ (of|in) \S+$/, "");
      taken.set(name, (taken.get(name) ?? 0) + performance.now() - last);
      last = performance.now();
    };
    program[generate]({ observe: note, observeCode: note });
    note("emit");
    for (const [name, ms] of taken) steps.set(name, Math.min(ms, steps.get(name) ?? Infinity));
  }
  for (const [name, ms] of [...steps].sort(([, a], [, b]) => b - a)) console.log(ms.toFixed(3).padStart(10), name);
  console.log([...steps.values()].reduce((sum, ms) => sum + ms, 0).toFixed(3).padStart(10), "all");
}

async function main(): Promise<void> {
  const [what] = process.argv.slice(2);
  if (what !== undefined) return await listSteps(what);
  const isRoot = process.getuid?.() === 0;
  console.log("program            generated       loaded     clang -c  ms   times");
  for (const name of programNames()) {
    const first = await makeProgram(name);
    const make = () => new (first.constructor as new () => XDP)();
    first.close();
    const generated = least(RUNS, make, (program) => program.check());
    const loaded = isRoot ? least(RUNS, make, (program) => program.load()) : undefined;
    const compiled = clang(name);
    const columns = [generated, loaded, compiled].map((ms) => (ms?.toFixed(2) ?? "-").padStart(12));
    // What the kernel does, making maps included, it does for both.
    const times = loaded && compiled && (compiled + Math.max(0, loaded - generated)) / loaded;
    console.log(name.padEnd(16), ...columns, (times?.toFixed(1) ?? "-").padStart(11));
  }
  console.log("\nrules    generated   processor  ms a rule   memory MB");
  for (const count of TABLES) {
    using table = new Table(count);
    const [start, before] = [performance.now(), process.cpuUsage()];
    table.check();
    const ms = performance.now() - start;
    const { user, system } = process.cpuUsage(before);
    const processor = (user + system) / 1000;
    const megabytes = process.memoryUsage().rss / 1e6;
    const columns = [ms.toFixed(0), processor.toFixed(0), (processor / count).toFixed(3), megabytes.toFixed(0)];
    console.log(String(count).padEnd(7), ...columns.map((text) => text.padStart(10)));
  }
}

await main();

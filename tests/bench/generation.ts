/**
 * `deno run --allow-all tests/bench/generation.ts` or `bun tests/bench/generation.ts`: how long programs take to be generated,
 * in a process that has done so before, and how that grows with an unrolled table of rules: also in processor time, which
 * other processes disturb less, but which counts what the engine does besides. For people: nothing is asserted.
 *
 * As root with clang 19 it also says how long clang takes for the same programs, and ours from the text to the kernel.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Packet, XDP, type XdpAction } from "../../mod.ts";
import { findCommand } from "../support/skip.ts";
import { makeProgram, programNames } from "./suite.ts";

const RUNS = 50;
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

/** Milliseconds that something takes: half of the runs were faster. */
function median(runs: number, prepare: () => XDP, measured: (program: XDP) => void): number {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    using program = prepare();
    const start = performance.now();
    measured(program);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[runs >> 1];
}

/** Milliseconds of `clang -c`; `undefined` without clang or a source. */
function clang(name: string): number | undefined {
  const source = fileURLToPath(new URL(`c/${name}.bpf.c`, import.meta.url));
  if (!findCommand("clang-19") || !existsSync(source)) return undefined;
  const headers = { x64: "x86_64", arm64: "aarch64" }[process.arch as string] ?? process.arch;
  const options = ["-O2", "-g", "-mcpu=v4", "-target", "bpf", `-I/usr/include/${headers}-linux-gnu`];
  const start = performance.now();
  const { status } = spawnSync("clang-19", [...options, "-c", source, "-o", "/dev/null"]);
  return status === 0 ? performance.now() - start : undefined;
}

async function main(): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  console.log("program            generated      loaded       clang -c  ms");
  for (const name of programNames()) {
    const first = await makeProgram(name);
    const make = () => new (first.constructor as new () => XDP)();
    first.close();
    const generated = median(RUNS, make, (program) => program.check());
    const loaded = isRoot ? median(RUNS, make, (program) => program.load()) : undefined;
    const columns = [generated, loaded, clang(name)].map((ms) => (ms?.toFixed(2) ?? "-").padStart(12));
    console.log(name.padEnd(16), ...columns);
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

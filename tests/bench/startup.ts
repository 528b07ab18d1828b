/**
 * How long it takes from the start of a process until its program is attached, beside an empty script. For people:
 * `deno task startup`, or `bun tests/bench/startup.ts`; needs root.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { TestNetwork } from "../support/network.ts";
import { runtimeCommand } from "../support/kernel.ts";

const rounds = 20;
const scripts = ["empty", "imported", "attached"] as const;

/** Milliseconds until a script's line is there, and the line. What happens after it, as detaching, is not counted. */
async function start(namespace: string, script: string, name: string): Promise<readonly number[]> {
  const [command, args] = runtimeCommand(new URL(`startup/${script}.ts`, import.meta.url), [name]);
  const begin = performance.now();
  const child = spawn("nsenter", [`--net=${namespace}`, command, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  const [line] = await once(child.stdout!, "data");
  const took = performance.now() - begin;
  await ended;
  return [took, ...String(line).trim().split(" ").map(Number)];
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[figures.length >> 1];
}

using network = new TestNetwork();
const { path, interfaceName } = network.near;
const figures: Record<string, (readonly number[])[]> = { empty: [], imported: [], attached: [] };
// In turn, so that whatever else the machine does disturbs all alike. The first round fills the runtimes' caches.
for (let round = 0; round <= rounds; round++) {
  for (const script of scripts) {
    const figure = await start(path, script, interfaceName);
    if (round > 0) figures[script].push(figure);
  }
}
const show = (what: string, ms: number) => console.log(`${what.padEnd(44)} ${ms.toFixed(1).padStart(7)} ms`);
const [empty, imported, attached] = scripts.map((script) => median(figures[script].map(([took]) => took)));
console.log(process.versions.bun ? `Bun ${process.versions.bun}` : `Deno ${process.versions.deno}`);
show("process to its first line, empty script", empty);
show("the same with the library imported", imported);
show("the same with a program attached", attached);
show("attached, above an empty script", attached - empty);
show("of these: importing", imported - empty);
show("generating and loading", median(figures.attached.map(([, load]) => load)));
show("attaching", median(figures.attached.map(([, , attach]) => attach)));

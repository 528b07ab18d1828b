/**
 * Runs the examples whose modules lie in a folder, and prints what is wrong with each as JSON: `run_blocks.ts FOLDER
 * ENGINE…`, the folder with `blocks.json`, `0.ts`, `1.ts`, ….
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { EbpfError, type XDP } from "../../../mod.ts";
import type { Block, Run } from "../blocks.ts";

type Engine = "js" | "vm" | "kernel";

const [folder, ...engines] = process.argv.slice(2);
const blocks = JSON.parse(readFileSync(join(folder, "blocks.json"), "utf8")) as readonly Block[];
const problems: string[][] = [];
for (const [i, block] of blocks.entries()) problems.push(await problemsOf(block, join(folder, `${i}.ts`)));
console.log(JSON.stringify(problems));

async function problemsOf({ expectation }: Block, file: string): Promise<string[]> {
  if (expectation.kind === "throws" && !engines.includes("kernel")) return [];
  let Example: (new () => XDP) | undefined;
  try {
    ({ Example } = await import(pathToFileURL(file).href));
    if (expectation.kind === "throws") return [`it does not throw ${expectation.code}`];
  } catch (error) {
    return expectation.kind === "throws" ? wrongCode(error, expectation.code) : [String(error)];
  }
  if (!Example) return [];
  if (expectation.kind === "refused") return refusal(Example, expectation.code);
  if (expectation.kind === "runs") return (engines as Engine[]).flatMap((on) => runAll(Example, expectation.runs, on));
  return [];
}

function refusal(Example: new () => XDP, code: string): string[] {
  try {
    new Example().check();
    return [`check() does not throw ${code}`];
  } catch (error) {
    return wrongCode(error, code);
  }
}

function wrongCode(error: unknown, code: string): string[] {
  if (error instanceof EbpfError && error.code === code) return [];
  return [`expected ${code}: ${error instanceof EbpfError ? error.code : ""} ${error}`];
}

function runAll(Example: new () => XDP, runs: readonly Run[], on: Engine): string[] {
  try {
    using program = new Example();
    if (on === "js") program.check();
    return runs.flatMap((run) => differences(program, run, on));
  } catch (error) {
    return [`on ${on}: ${error}`];
  }
}

function differences(program: XDP, { text, packet, action, values }: Run, on: Engine): string[] {
  const result = program.test(Uint8Array.from(packet), { on });
  const found = result.name === action ? [] : [`${text}: ${result.name} on ${on}${thrown(result.thrown)}`];
  for (const [actual, expected] of values) {
    const [is, should] = [evaluate(actual, program, result.packet), evaluate(expected, program, result.packet)];
    if (show(is) !== show(should)) found.push(`${text}: ${actual} is ${show(is)} on ${on}`);
  }
  return found;
}

function thrown(what: unknown): string {
  return what === undefined ? "" : `, which threw ${what}`;
}

/** An expression that sees the program's members and `packet`. */
function evaluate(expression: string, program: XDP, packet: Uint8Array): unknown {
  const scope = new Proxy(program, {
    has: () => true,
    get: (target, key) => key === "packet" ? packet : Reflect.get(target, key, target),
  });
  return new Function("scope", `with (scope) return (${expression});`)(scope);
}

/** Views as the arrays and objects that they look like. */
function show(value: unknown): string {
  return JSON.stringify(value, (_, part) => typeof part === "bigint" ? `${part}n` : part);
}

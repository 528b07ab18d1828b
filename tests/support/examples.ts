/**
 * Runs the examples as users do.
 *
 * @module
 */
import { assertStringIncludes } from "@std/assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import type { NetworkEnd } from "./network.ts";
import { findCommand } from "./skip.ts";

/** The command that runs an example in this runtime, with no more permissions than it needs. */
export function commandFor(
  name: string,
  permissions: readonly string[],
  args: readonly string[],
): [string, string[]] {
  const path = new URL(`../../examples/${name}.ts`, import.meta.url).pathname;
  const flags = process.versions.bun ? [] : ["run", "--no-prompt", "--no-check", ...permissions];
  return [process.execPath, [...flags, path, ...args]];
}

/** Runs an example in an end's namespace until something is done, and gives all that it has said; `input` is what it is told. */
export async function running(
  end: NetworkEnd,
  [command, args]: [string, string[]],
  ready: string,
  work: () => void,
  input?: string,
): Promise<string> {
  const child: ChildProcess = spawn(findCommand("nsenter")!, [`--net=${end.path}`, command, ...args], {
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "inherit"],
  });
  child.stdin?.end(input);
  const exit = once(child, "exit");
  let output = "";
  let isReady = false;
  for await (const text of child.stdout!) {
    output += text;
    if (isReady || !output.includes(ready)) continue;
    isReady = true;
    work();
  }
  await exit;
  assertStringIncludes(output, ready);
  return output;
}

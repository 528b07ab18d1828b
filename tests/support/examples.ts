/**
 * Examples as users run them: processes of their own, whose output can be waited for.
 *
 * @module
 */
import { assert } from "@std/assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { findCommand } from "./skip.ts";

/** How an example is run. */
export interface ExampleOptions {
  /** What Deno permits it; default `--allow-ffi` alone. */
  readonly permissions?: readonly string[];
}

/** The command that runs an example in this runtime, with no more permissions than it needs. */
export function exampleCommand(
  name: string,
  args: readonly string[],
  { permissions = ["--allow-ffi"] }: ExampleOptions = {},
): [command: string, args: string[]] {
  const path = new URL(`../../examples/${name}.ts`, import.meta.url).pathname;
  const flags = process.versions.bun ? [] : ["run", "--no-prompt", "--no-check", ...permissions];
  return [process.execPath, [...flags, path, ...args]];
}

/** Runs an example within a namespace. */
export function within(path: string, name: string, args: readonly string[], options: ExampleOptions = {}): Running {
  const [command, all] = exampleCommand(name, args, options);
  return new Running(findCommand("nsenter")!, [`--net=${path}`, command, ...all]);
}

/** Longer than any example takes to say something, on any machine. */
const patience = 60_000;

/** A process whose output can be waited for, and that can be told something; it ends with its scope at the latest. */
export class Running {
  /** All that it has said, errors included. */
  output = "";
  readonly #child: ChildProcess;
  readonly #end: Promise<unknown>;

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#end = once(this.#child, "close");
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => void (this.output += text));
    }
  }

  /** Writes to its standard input. */
  tell(text: string): void {
    this.#child.stdin!.write(text);
  }

  /** Waits until the output has words, matches, or is as asked. */
  async until(wanted: string | RegExp | ((output: string) => boolean)): Promise<void> {
    const isThere = typeof wanted === "function"
      ? wanted
      : (output: string) => typeof wanted === "string" ? output.includes(wanted) : wanted.test(output);
    for (let waited = 0; waited < patience && !isThere(this.output); waited += 10) await pause(10);
    assert(isThere(this.output), `waited for ${wanted} in vain: ${this.output}`);
  }

  /** Waits until it has ended, by a signal if one is given; all that it has said. */
  async end(signal?: NodeJS.Signals): Promise<string> {
    if (signal) this.#child.kill(signal);
    await this.#end;
    return this.output;
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }
}

/** Waits. */
export const pause = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds));

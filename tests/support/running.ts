/**
 * Examples as processes of their own, whose output can be waited for.
 *
 * @module
 */
import { assertStringIncludes } from "@std/assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { runtimeCommand } from "./kernel.ts";
import { findCommand } from "./skip.ts";

/** Where an example is. */
export const example = (name: string): URL => new URL(`../../examples/${name}.ts`, import.meta.url);

/** A process whose output can be waited for. */
export class Running {
  output = "";
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#exit = once(this.#child, "exit");
    const gather = (text: unknown) => void (this.output += text);
    this.#child.stdout!.on("data", gather);
    this.#child.stderr!.on("data", gather);
  }

  /** Waits until the output says something. */
  async until(words: string): Promise<void> {
    for (let wait = 0; wait < 1000 && !this.output.includes(words); wait++) await pause(10);
    assertStringIncludes(this.output, words);
  }

  /** Ends it by a signal, if given; all that it has said in the end. */
  async end(signal?: NodeJS.Signals): Promise<string> {
    if (signal) this.#child.kill(signal);
    await this.#exit;
    await pause(20);
    return this.output;
  }
}

/** Waits. */
export const pause = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds));

/** The command that runs an example within a namespace. */
export function within(path: string, name: string, args: readonly string[]): Running {
  const [command, all] = runtimeCommand(example(name), args);
  return new Running(findCommand("nsenter")!, [`--net=${path}`, command, ...all]);
}

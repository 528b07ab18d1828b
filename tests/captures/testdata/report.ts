/**
 * Prints what a program does as a line of JSON: as plain JavaScript, and on the engine that the argument names.
 *
 * @module
 */
import { EbpfError, type XDP } from "../../../mod.ts";

/** One run: the action's name, then the values of the variables after it. */
export type Outcome = readonly unknown[];

/** A line of a program's output. */
export interface Line {
  readonly name: string;
  readonly js?: Outcome;
  /** On the other engine. */
  readonly other?: Outcome;
  /** The code of the error that refused it, and its words. */
  readonly code?: string;
  readonly message?: string;
}

/** The packet that all programs get: 64 bytes, 0, 1, 2, … */
const packet = Uint8Array.from({ length: 64 }, (_, index) => index);

const { process } = globalThis as { readonly process?: { readonly argv: readonly string[] } };
const engines = ["vm", "kernel"] as const;
const engine = engines.find((name) => process?.argv.includes(name));

/**
 * Runs a program and prints its line.
 *
 * @param name What the line is called.
 * @param make Makes a new object of it.
 * @param variables The variables to print, as an array.
 */
export function report<P extends XDP>(name: string, make: () => P, variables: (program: P) => Outcome): void {
  console.log(
    JSON.stringify(lineOf(name, make, variables), (_, value) => typeof value === "bigint" ? `${value}n` : value),
  );
}

function lineOf<P extends XDP>(name: string, make: () => P, variables: (program: P) => Outcome): Line {
  try {
    const js = run(make(), "js", variables);
    return { name, js, other: engine && run(make(), engine, variables) };
  } catch (error) {
    if (!(error instanceof EbpfError)) throw error;
    return { name, code: error.code, message: error.message };
  }
}

function run<P extends XDP>(program: P, on: "js" | "vm" | "kernel", variables: (program: P) => Outcome): Outcome {
  program.check();
  const { name } = program.test(packet, { on });
  const values = variables(program);
  program.close();
  return [name, ...values];
}

/**
 * What a console shows of a program: its state, its variables with their values, its maps and other fields by name.
 *
 * @module
 */

import { EbpfError } from "../errors.ts";
import type { Inspect } from "../ffi/console.ts";
import { memory } from "./memory.ts";
import type { Program } from "./program.ts";

/** The key of what a program says of its state: nothing while it is not in the kernel. */
export const state: unique symbol = Symbol("state");

/** The key of the fields that a console shows. */
export const shownFields: unique symbol = Symbol("shown fields");

/** Programs that are being shown: they may hold each other. */
const underway = new Set<Program>();

/** The text for a console. */
export function show(program: Program, inspect: Inspect, options: unknown): string {
  const words = program[state]() || (program[memory].closed ? "closed" : "");
  const name = words === "" ? program[memory].name : `${program[memory].name} (${words})`;
  if (underway.has(program)) return `${name} [Circular]`;
  underway.add(program);
  try {
    return `${name} ${inspect({ ...variablesOf(program), ...program[shownFields]() }, options)}`;
  } finally {
    underway.delete(program);
  }
}

/** What the variables hold that are there between two packets. Private ones are a class's own business. */
function variablesOf(program: Program): Record<string, unknown> {
  if (program[memory].closed) return {};
  const { declarations } = program[memory];
  const lasting = declarations.filter(({ kind, name }) =>
    (kind === "global" || kind === "entry") && !name.startsWith("#") && program[memory].find(name)?.kind === kind
  );
  return Object.fromEntries(lasting.map(({ name }) => [name, valueOf(program, name)]));
}

/** Printing must not throw: not even where the kernel does not give a value. */
function valueOf(program: Program, name: string): unknown {
  try {
    return Reflect.get(program, name);
  } catch (error) {
    if (error instanceof EbpfError) return error.code;
    throw error;
  }
}

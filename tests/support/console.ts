/**
 * What the runtime's own console makes of values.
 *
 * @module
 */

import { inspect } from "node:util";

/** The text of a value, as `console.log` prints it. */
export function printed(x: unknown): string {
  const deno = (globalThis as { Deno?: { inspect(x: unknown): string } }).Deno;
  return (deno?.inspect ?? inspect)(x);
}

/** The same in one line, with double quotes: runtimes differ in where they break lines. */
export function printedInLine(x: unknown): string {
  return printed(x).replaceAll(/\s+/g, " ").replaceAll("'", '"');
}

/**
 * Entries as rows of a table, as `console.table` shows them.
 *
 * @module
 */

import { PerCpu } from "./per_cpu.ts";
import { Prefix } from "./prefix.ts";

/** A row by the names of its columns. */
export type TableRow = Readonly<Record<string, unknown>>;

/** A row for each entry: parts of keys and values have columns of their own, those of keys first. */
export function rowsOf(entries: Iterable<readonly [unknown, unknown]>): TableRow[] {
  return Array.from(entries, ([key, value]) => {
    const [keys, values] = [columnsOf("key", key), columnsOf("value", value)];
    // A part of the value gives way to one of the key.
    const renamed = values.map((
      [name, x],
    ): [string, unknown] => [keys.some(([other]) => other === name) ? `value.${name}` : name, x]);
    return Object.fromEntries([...keys, ...renamed]);
  });
}

function columnsOf(name: string, x: unknown): [string, unknown][] {
  if (x instanceof PerCpu) return [...x.entries()].map(([cpu, value]) => [`cpu${cpu}`, value]);
  if (x instanceof Prefix) return [[name, x.toString()]];
  if (typeof x === "object" && x !== null && !Array.isArray(x)) return Object.entries(x);
  return [[name, x]];
}

/**
 * The garbage collector, for tests that look at what is left.
 *
 * @module
 */
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bytes that a process holds and that are not garbage. */
export interface Held {
  /** In JavaScript objects. */
  readonly objects: number;
  /** In what lies outside the engine's heap and belongs to its objects: buffers above all. */
  readonly buffers: number;
}

/** Collects all garbage, at once. */
export const collectGarbage: () => void = collector();

/** Measures what is not garbage. */
export function held(): Held {
  // What the first collection finalizes, the second one frees.
  for (let turn = 0; turn < 2; turn++) collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return { objects: heapUsed, buffers: external };
}

function collector(): () => void {
  const { Bun } = globalThis as { readonly Bun?: { gc(force: boolean): void } };
  if (Bun) return () => Bun.gc(true);
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}

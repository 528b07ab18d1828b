/**
 * Random programs on engines, as tests.
 *
 * @module
 */

import { assertEquals, assertGreater } from "@std/assert";
import { explore } from "./explore.ts";
import type { Engine } from "./run.ts";

/** How many programs a test goes through. */
export const PROGRAMS = 500;

/** Compares engines with JavaScript on so many programs. */
export function compare(engines: readonly Engine[], count: number): void {
  const { failures, counts } = explore({ first: 1, count, engines, report: console.log });
  assertEquals(failures, []);
  // Programs that the language refuses test nothing: most must run.
  assertGreater(counts.same ?? 0, count / 2);
}

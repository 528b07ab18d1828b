/**
 * The oracle: random programs mean to every engine what they mean to JavaScript.
 *
 * @module
 */

import { assertEquals, assertGreater } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { needs } from "../support/skip.ts";
import { explore } from "./explore.ts";
import type { Engine } from "./run.ts";

const PROGRAMS = 500;

/** Compares engines with JavaScript on all programs. */
function compare(engines: readonly Engine[]): void {
  const { failures, counts } = explore({ first: 1, count: PROGRAMS, engines, report: console.log });
  assertEquals(failures, []);
  // Programs that the language refuses test nothing: most must run.
  assertGreater(counts.same ?? 0, PROGRAMS / 2);
}

describe("random programs", () => {
  it("do in the virtual machine what they do in JavaScript", () => compare(["vm"]));
});

describe("random programs in the kernel", needs("linux", "root"), () => {
  it("do what they do in JavaScript", () => compare(["kernel"]));
});

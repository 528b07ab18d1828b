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

/** The steps of the compiler take longer to look at. */
const STEPWISE = 200;

/** Compares engines with JavaScript on so many programs. */
function compare(engines: readonly Engine[], count = PROGRAMS): void {
  const { failures, counts } = explore({ first: 1, count, engines, report: console.log });
  assertEquals(failures, []);
  // Programs that the language refuses test nothing: most must run.
  assertGreater(counts.same ?? 0, count / 2);
}

describe("random programs", () => {
  it("do in the virtual machine what they do in JavaScript, optimized and not", () => compare(["vm", "unoptimized"]));
  it("do after every step of the compiler what they do in JavaScript", () => compare(["steps"], STEPWISE));
});

describe("random programs in the kernel", needs("linux", "root"), () => {
  it("do what they do in JavaScript", () => compare(["kernel"]));
});

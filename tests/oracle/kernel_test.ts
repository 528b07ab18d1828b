/**
 * The oracle in the kernel: random programs do there what they do in JavaScript.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { needs } from "../support/skip.ts";
import { compare, PROGRAMS } from "./compare.ts";
import { pressureFailures } from "./pressure.ts";

/** Every version of the instruction set takes its time. */
const EACH_VERSION = 20;

describe("in the kernel", needs("linux", "root", "taskset"), () => {
  it("random programs do what they do in JavaScript", () => compare(["kernel"], PROGRAMS));
  it("random programs do so for every version of the instruction set, optimized and not", () => {
    compare(["kernel:*", "kernel:frugal"], EACH_VERSION);
  });
  it("programs with dozens of live values do what they do in JavaScript", () => {
    assertEquals(pressureFailures("kernel"), []);
  });
});

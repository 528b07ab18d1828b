/**
 * The oracle: random programs mean to every engine what they mean to JavaScript. `kernel_test.ts` has the kernel.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { compare, PROGRAMS } from "./compare.ts";
import { pressureFailures } from "./pressure.ts";

/** The steps of the compiler take longer to look at. */
const STEPWISE = 200;
/** Every version of the instruction set takes its time, too. */
const EACH_VERSION = 20;

describe("random programs", () => {
  it("do in the virtual machine what they do in JavaScript, optimized and not", () => {
    compare(["vm", "unoptimized"], PROGRAMS);
  });
  it("do for every version of the instruction set what they do in JavaScript, optimized and not", () => {
    compare(["vm:*", "vm:frugal"], EACH_VERSION);
  });
  it("do after every step of the compiler what they do in JavaScript", () => compare(["steps"], STEPWISE));
});

describe("programs with dozens of live values", () => {
  it("do in the virtual machine what they do in JavaScript", () => assertEquals(pressureFailures("vm"), []));
});

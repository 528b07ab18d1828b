/**
 * The oracle: random programs mean to every engine what they mean to JavaScript.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { needs } from "../support/skip.ts";
import { explore } from "./explore.ts";

const PROGRAMS = 500;

describe("random programs", needs("linux", "root"), () => {
  it("do in the kernel what they do in JavaScript", () => {
    const { failures, counts } = explore({ first: 1, count: PROGRAMS, engines: ["kernel"], report: console.log });
    assertEquals(failures, []);
    // Programs that the language refuses test nothing: most must run.
    assertEquals((counts.same ?? 0) > PROGRAMS / 2, true);
  });
});

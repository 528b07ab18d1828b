/**
 * Which passes run: those that may find something to do.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { IrFunction } from "../../../src/compiler/ir.ts";
import { type Idle, optimize, type Pass } from "../../../src/compiler/optimize/mod.ts";

const fn: IrFunction = { name: "test", blocks: [], nextId: 0 };

/** A pass that finds something to do so many times. */
function pass(name: string, times: number): Pass {
  let left = times;
  return { name, run: () => left-- > 0 };
}

function ran(passes: readonly Pass[], idle?: Idle): string {
  const names: string[] = [];
  optimize(fn, passes, ({ name }) => names.push(name), idle);
  return names.join(" ");
}

describe("passes", () => {
  it("do not run again after they have found nothing, until another one changes something", () => {
    const [a, b] = [pass("a", 0), pass("b", 1)];
    assertEquals(ran([a, a, b, a, b, a, b]), "a b a b");
  });

  it("run again after they have changed something", () => {
    const a = pass("a", 2);
    assertEquals(ran([a, a, a, a]), "a a a");
  });

  it("are not run again by another list either, if they are known to be idle", () => {
    const idle: Idle = new Set();
    const [a, b] = [pass("a", 0), pass("b", 0)];
    assertEquals([ran([a], idle), ran([a, b], idle), ran([a, b])], ["a", "b", "a b"]);
  });
});

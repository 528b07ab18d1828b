/**
 * In which order blocks are written: the verifier follows a branch first where it goes on without a jump.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { layOut } from "../../../src/compiler/codegen/layout.ts";
import type { MachineBlock, MachineEnd, MachineFunction } from "../../../src/compiler/codegen/machine.ts";

const EXIT: MachineEnd = { kind: "exit", origin: undefined };

function block(value: bigint): MachineBlock {
  const instruction = { operation: { kind: "constant", value } as const, to: 0, uses: [], origin: undefined };
  return { instructions: [instruction], end: EXIT, at: -1 };
}

/** What follows a test for equality with a constant, in a loop or after one. */
function afterTest(immediate: number, isLoop: boolean): "equal" | "other" {
  const [entry, test, equal, other, latch, last] = [1n, 2n, 3n, 4n, 5n, 6n].map(block);
  const origin = undefined;
  entry.end = { kind: "jump", to: test, origin };
  test.end = { kind: "branch", comparison: "eq", width: 64, uses: [1], immediate, then: equal, else: other, origin };
  equal.end = other.end = { kind: "jump", to: latch, origin };
  const back = isLoop ? test : last;
  latch.end = { kind: "branch", comparison: "lt", width: 64, uses: [2], immediate: 9, then: back, else: last, origin };
  const fn: MachineFunction = {
    source: { name: "test", blocks: [], nextId: 0 },
    blocks: [entry, test, equal, other, latch, last],
    registers: 16,
    slots: [],
    constants: new Map(),
    short: new Set(),
  };
  layOut(fn);
  return fn.blocks[fn.blocks.indexOf(test) + 1] === equal ? "equal" : "other";
}

describe("a test in a loop", () => {
  it("goes on where a count begins anew", () => assertEquals(afterTest(0, true), "equal"));

  it("goes on where it is more likely to, for other numbers and elsewhere", () => {
    assertEquals([afterTest(7, true), afterTest(0, false)], ["other", "other"]);
  });
});

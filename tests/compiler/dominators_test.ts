/**
 * The dominators of blocks are remembered, and found anew where blocks or edges have changed since.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { dominatorsOf } from "../../src/compiler/analysis/dominators.ts";
import { type IrFunction, reversePostorder } from "../../src/compiler/ir.ts";
import { parseFunction } from "../../src/compiler/parse.ts";

const DIAMOND = `function test
b0:
  v5 = constant 1
  v6 = constant 2
  if64 eq v5, v6 then b1 else b2
b1:
  goto b3
b2:
  goto b3
b3:
  goto b4
b4:
  return v5`;

/** The id of each block's immediate dominator; of the entry its own. */
function parents(fn: IrFunction): number[] {
  const { blocks, parent } = dominatorsOf(fn);
  return blocks.map((_, i) => blocks[Math.max(parent[i], 0)].id);
}

/** What may happen to the graph without a trace in the list of blocks, or with one. */
const changes: Readonly<Record<string, (fn: IrFunction) => void>> = {
  "an edge goes to another block": ({ blocks: [, , two, , four] }) => {
    if (two.terminator?.kind === "jump") two.terminator.to.block = four;
  },
  "a branch has become a jump": ({ blocks: [entry] }) => {
    if (entry.terminator?.kind !== "branch") return;
    entry.terminator = { kind: "jump", to: entry.terminator.then, origin: undefined };
  },
  "a jump has become the end": ({ blocks: [entry, one] }) => {
    one.terminator = { kind: "return", value: entry.instructions[0], origin: undefined };
  },
  "blocks have changed places": ({ blocks }) => blocks.splice(1, 2, blocks[2], blocks[1]),
  "blocks have got other ids": ({ blocks: [, one, two] }) => [one.id, two.id] = [two.id, one.id],
};

describe("dominators", () => {
  it("are not found again while the graph stays as it is", () => {
    const fn = parseFunction(DIAMOND);
    const found = dominatorsOf(fn);
    fn.blocks[0].instructions.pop();
    assert(dominatorsOf(fn) === found);
    assertEquals(parents(fn), [0, 0, 0, 0, 3]);
  });

  for (const [what, change] of Object.entries(changes)) {
    it(`are found again where ${what}`, () => {
      const [fn, fresh] = [parseFunction(DIAMOND), parseFunction(DIAMOND)];
      const before = dominatorsOf(fn);
      for (const one of [fn, fresh]) {
        change(one);
        const order = reversePostorder(one);
        if (order.length < one.blocks.length) one.blocks = order;
      }
      assert(dominatorsOf(fn) !== before);
      assertEquals(parents(fn), parents(fresh));
    });
  }
});

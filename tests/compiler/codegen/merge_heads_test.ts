/**
 * What is done before ways part because both do it first.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type {
  MachineBlock,
  MachineEnd,
  MachineFunction,
  MachineInstruction,
  MachineOperation,
} from "../../../src/compiler/codegen/machine.ts";
import { mergeHeads } from "../../../src/compiler/codegen/merge_heads.ts";

const EXIT: MachineEnd = { kind: "exit", origin: undefined };

function make(operation: MachineOperation, to?: number, ...uses: number[]): MachineInstruction {
  return { operation, to, uses, origin: undefined };
}

const set = (to: number, value: bigint) => make({ kind: "constant", value }, to);
const store = make({ kind: "store", size: 8, offset: 0 }, undefined, 6, 7);
const call = make({ kind: "call", callee: 5 }, 0);

/** A branch by r2 to two blocks, the second of which others may come to; how long the three are afterwards. */
function merged(one: MachineInstruction[], other: MachineInstruction[], isShared = false): number[] {
  const block = (instructions: MachineInstruction[], end: MachineEnd = EXIT): MachineBlock => ({
    instructions,
    end,
    at: -1,
  });
  const [then, otherwise] = [block(one), block(other)];
  const branch = (then: MachineBlock, otherwise: MachineBlock): MachineEnd => ({
    kind: "branch",
    comparison: "eq",
    width: 64,
    uses: [2],
    immediate: 0,
    then,
    else: otherwise,
    origin: undefined,
  });
  const inner = block([], branch(then, otherwise));
  const first = block([], isShared ? branch(otherwise, inner) : { kind: "jump", to: inner, origin: undefined });
  const fn: MachineFunction = {
    source: { name: "test", blocks: [], nextId: 0 },
    blocks: [first, inner, then, otherwise],
    registers: 16,
    slots: [],
    constants: new Map(),
    short: new Set(),
  };
  mergeHeads(fn);
  return [inner, then, otherwise].map(({ instructions }) => instructions.length);
}

describe("the beginnings of two ways", () => {
  it("are done before they part, as far as they are the same", () => {
    assertEquals(merged([store, set(1, 5n), set(0, 1n)], [store, set(1, 5n), set(0, 2n)]), [2, 1, 1]);
  });

  it("stay where others come, too", () => {
    assertEquals(merged([store, set(0, 1n)], [store, set(0, 2n)], true), [0, 2, 2]);
  });

  it("stay if the branch reads what they change, or they call", () => {
    assertEquals(merged([set(2, 5n), store], [set(2, 5n), store]), [0, 2, 2]);
    assertEquals(merged([call, store], [call, store]), [0, 2, 2]);
  });
});

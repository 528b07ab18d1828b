/**
 * What is written of blocks that do nothing but leave: older kernels refuse code that nothing leads to. And that what
 * something leads to is written.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { exit } from "../../../src/bytecode/construct.ts";
import type { Instruction } from "../../../src/bytecode/instruction.ts";
import { emit } from "../../../src/compiler/codegen/emit.ts";
import type { MachineBlock, MachineEnd, MachineFunction } from "../../../src/compiler/codegen/machine.ts";

const EXIT: MachineEnd = { kind: "exit", origin: undefined };

/** A block that sets the result, or does nothing where there is none. */
function block(end: MachineEnd, result?: bigint): MachineBlock {
  const origin = undefined;
  const instructions = result === undefined
    ? []
    : [{ operation: { kind: "constant", value: result } as const, to: 0, uses: [], origin }];
  return { instructions, end, at: -1 };
}

function jump(to: MachineBlock): MachineEnd {
  return { kind: "jump", to, origin: undefined };
}

/** A branch where r1 is 0. */
function branch(then: MachineBlock, otherwise: MachineBlock): MachineEnd {
  return {
    kind: "branch",
    comparison: "eq",
    width: 64,
    uses: [1],
    immediate: 0,
    then,
    else: otherwise,
    origin: undefined,
  };
}

function written(...blocks: MachineBlock[]): readonly Instruction[] {
  const fn: MachineFunction = {
    source: { name: "test", blocks: [], nextId: 0 },
    blocks,
    registers: 10,
    slots: [],
    constants: new Map(),
    short: new Set(),
  };
  return emit([fn], 4, () => undefined).instructions;
}

/** How many exits are written. */
function exitsOf(...blocks: MachineBlock[]): number {
  return written(...blocks).filter(({ opcode }) => opcode === exit().opcode).length;
}

describe("a block that only leaves", () => {
  it("is written where one jumps to it, and not once more where nothing leads", () => {
    const leave = block(EXIT);
    const [one, other] = [block(jump(leave), 1n), block(EXIT, 2n)];
    assertEquals(exitsOf(block(branch(other, one)), one, other, leave), 2);
  });

  it("is written where a block before it goes on", () => {
    const leave = block(EXIT);
    const one = block(jump(leave), 1n);
    assertEquals(exitsOf(one, leave), 1);
  });

  it("is written for those that branch to it", () => {
    const leave = block(EXIT);
    const [one, other] = [block(EXIT, 1n), block(EXIT, 2n)];
    const second = block(branch(leave, one), 3n);
    assertEquals(exitsOf(block(branch(other, second)), second, one, other, leave), 3);
  });
});

describe("a jump", () => {
  it("to a block that is not written is a mistake of the compiler's, and no code", () => {
    const [one, lost] = [block(EXIT, 1n), block(EXIT, 2n)];
    assertThrows(() => written(block(branch(lost, one)), one), Error, "not written");
  });
});

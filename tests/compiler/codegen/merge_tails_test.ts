/**
 * What may become one of several blocks' ends, and what must stay apart.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { MapReference } from "../../../src/bytecode/instruction.ts";
import type {
  MachineBlock,
  MachineFunction,
  MachineInstruction,
  MachineOperation,
  VirtualRegister,
} from "../../../src/compiler/codegen/machine.ts";
import { mergeTails } from "../../../src/compiler/codegen/merge_tails.ts";

const LOOKUP: MachineOperation = { kind: "call", callee: 1 };
const MOVE: MachineOperation = { kind: "move", width: 64 };

function make(operation: MachineOperation, to?: VirtualRegister, ...uses: VirtualRegister[]): MachineInstruction {
  return { operation, to, uses, origin: undefined };
}

function constant(to: VirtualRegister, value: bigint): MachineInstruction {
  return make({ kind: "constant", value }, to);
}

function reference(to: VirtualRegister, map: MapReference): MachineInstruction {
  return make({ kind: "mapReference", map }, to);
}

/** A branch to two blocks that end the program; how many instructions each of the blocks has afterwards. */
function merged(one: MachineInstruction[], other: MachineInstruction[]): number[] {
  const end = { kind: "exit", origin: undefined } as const;
  const blocks: MachineBlock[] = [{ instructions: one, end, at: -1 }, { instructions: other, end, at: -1 }];
  const first: MachineBlock = {
    instructions: [],
    at: -1,
    end: {
      kind: "branch",
      comparison: "eq",
      width: 64,
      uses: [1],
      immediate: 0,
      then: blocks[0],
      else: blocks[1],
      origin: undefined,
    },
  };
  const fn: MachineFunction = {
    source: { name: "test", blocks: [], nextId: 0 },
    blocks: [first, ...blocks],
    registers: 16,
    slots: [],
    constants: new Map(),
    short: new Set(),
  };
  mergeTails(fn);
  return blocks.map(({ instructions }) => instructions.length);
}

describe("the ends of blocks", () => {
  const [flows, ports]: MapReference[] = [{ name: "flows" }, { name: "ports" }];

  it("become one where they are the same", () => {
    assertEquals(merged([constant(1, 5n), constant(2, 6n), constant(0, 7n)], [constant(2, 6n), constant(0, 7n)]), [
      1,
      2,
    ]);
  });

  it("stay apart before a call whose map differs", () => {
    const call = (map: MapReference) => [reference(1, map), constant(2, 8n), make(LOOKUP, 0, 1, 2), constant(0, 2n)];
    assertEquals(merged(call(flows), call(ports)), [4, 4]);
    assertEquals(merged(call(flows), [constant(3, 1n), ...call(flows)]), [4, 1]);
  });

  it("stay apart before a call whose map comes from a register that may hold several", () => {
    const call = (map: MapReference) => [reference(6, map), make(MOVE, 1, 6), make(LOOKUP, 0, 1), constant(0, 2n)];
    assertEquals(merged(call(flows), call(ports)), [4, 4]);
  });

  it("stay apart where one reads the context and the other does not", () => {
    const load = (isContext: boolean) => [make({ kind: "load", size: 4, signed: false, offset: 0, isContext }, 0, 1)];
    const twice = (isContext: boolean) => [...load(isContext), ...load(isContext), ...load(isContext)];
    assertEquals(merged([constant(3, 1n), ...twice(true)], [constant(4, 1n), ...twice(false)]), [4, 4]);
  });
});

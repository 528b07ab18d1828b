/**
 * Which ends of blocks become one where they do the same behind one pointer, at different distances.
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
  VirtualRegister,
} from "../../../src/compiler/codegen/machine.ts";
import { shareTails } from "../../../src/compiler/codegen/share_tails.ts";

const EXIT: MachineEnd = { kind: "exit", origin: undefined };

function make(operation: MachineOperation, to?: VirtualRegister, ...uses: VirtualRegister[]): MachineInstruction {
  return { operation, to, uses, origin: undefined };
}

const load = (to: number, base: number, offset: number) =>
  make({ kind: "load", size: 8, signed: false, offset }, to, base);
const store = (base: number, what: number, offset: number) =>
  make({ kind: "store", size: 8, offset }, undefined, base, what);
const one = make({ kind: "alu", operation: "add", width: 64, immediate: 1 }, 1, 1);

/** One more of what is counted so far behind r6. */
function count(offset: number): MachineInstruction[] {
  return [load(1, 6, offset), one, store(6, 1, offset)];
}

/** Blocks of a branch each, which lead to one of some ends each; what these do, each instruction in a word. */
function shared(ends: readonly MachineInstruction[][], after: MachineInstruction[] = []): string[] {
  const last: MachineBlock = { instructions: after, end: EXIT, at: -1 };
  const blocks = ends.map((instructions): MachineBlock => ({
    instructions,
    end: { kind: "jump", to: last, origin: undefined },
    at: -1,
  }));
  const ways: MachineBlock[] = [];
  for (const then of blocks.slice(0, -1).toReversed()) {
    const otherwise = ways[0] ?? blocks[blocks.length - 1];
    const uses = [2];
    const test = {
      kind: "branch",
      comparison: "eq",
      width: 64,
      uses,
      immediate: ways.length,
      origin: undefined,
    } as const;
    ways.unshift({ instructions: [], at: -1, end: { ...test, then, else: otherwise } });
  }
  const fn: MachineFunction = {
    source: { name: "test", blocks: [], nextId: 0 },
    blocks: [...ways, ...blocks, last],
    registers: 16,
    slots: [],
    constants: new Map(),
    short: new Set(),
  };
  shareTails(fn);
  const tails = fn.blocks.filter((block) => !ways.includes(block) && block !== last);
  return tails.map(({ instructions }) => instructions.map(word).join(" "));
}

function word({ operation, to, uses }: MachineInstruction): string {
  const detail = operation.kind === "alu" ? operation.immediate : "offset" in operation ? operation.offset : "";
  return `${operation.kind}${detail}:${to ?? uses.join()}`;
}

const apart = (ends: readonly MachineInstruction[][]) => ends.map((end) => end.map(word).join(" "));

describe("ends at different distances from a pointer", () => {
  it("become one at the nearest, to which the others move the pointer", () => {
    assertEquals(shared([count(16), count(8), count(40)]), [
      "alu8:6",
      "",
      "load8:1 alu1:1 store8:6,1",
      "alu32:6",
    ]);
  });

  it("stay apart where little is saved", () => {
    const ends = [count(16), count(8)];
    assertEquals(shared(ends), apart(ends));
  });

  it("stay apart where the pointer is needed afterwards", () => {
    const ends = [count(16), count(8), count(40)];
    assertEquals(shared(ends, [load(0, 6, 0)]), apart(ends));
  });

  it("stay apart where something else is done with the pointer", () => {
    const ends = [16, 8, 40].map((offset) => [load(1, 6, offset), one, one, one, one, store(6, 6, offset)]);
    assertEquals(shared(ends), apart(ends));
  });

  it("stay apart where nothing is stored, which nobody may add to the pointers of", () => {
    const ends = [16, 8, 40].map((offset) => [one, one, one, one, load(1, 6, offset)]);
    assertEquals(shared(ends), apart(ends));
  });

  it("are one as far as they are the same distance apart", () => {
    const ends = [16, 8, 40].map((offset) => [load(3, 6, 0), ...count(offset)]);
    assertEquals(shared(ends), [
      "load0:3 alu8:6",
      "load0:3",
      "load8:1 alu1:1 store8:6,1",
      "load0:3 alu32:6",
    ]);
  });
});

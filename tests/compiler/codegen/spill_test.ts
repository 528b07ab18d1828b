/**
 * What becomes of values for which there is no register.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { intervalsOf } from "../../../src/compiler/codegen/intervals.ts";
import { layOut } from "../../../src/compiler/codegen/layout.ts";
import type { MachineFunction } from "../../../src/compiler/codegen/machine.ts";
import { materialize } from "../../../src/compiler/codegen/materialize.ts";
import { select } from "../../../src/compiler/codegen/select.ts";
import { spill } from "../../../src/compiler/codegen/spill.ts";
import { parseFunction } from "../../../src/compiler/parse.ts";

function readsOfEnd({ blocks }: MachineFunction): readonly number[] {
  return blocks.flatMap(({ instructions }) => instructions)
    .filter(({ operation }) => operation.kind === "load" && operation.isPacketEnd).map(({ to }) => to!);
}

/** How often code without a register for the packet's end reads it, and its stack slots; `kept` is needed until the last. */
function costOf(kept: string): { readonly reads: number; readonly slots: number } {
  const machine = select(
    parseFunction(`function test
b0:
  v1 = context
  v9 = constant 64
  goto b100
b100:
  v2 = packetStart 0 (v1)
  v3 = packetEnd 0 (v1)
  v4 = sub64 (v3, v2) in 0..65535
  v8 = add64 (v2, v9)
  if64 ugt v8, v3 then b101 else b102
b101:
  v6 = call 7 (${kept})
  return v6
b102:
  return v4`),
    4,
  );
  materialize(machine);
  layOut(machine);
  const [end] = readsOfEnd(machine);
  spill(machine, [intervalsOf(machine)[end]!]);
  return { reads: readsOfEnd(machine).length, slots: machine.slots.length };
}

describe("the packet's end", () => {
  it("is read again where the context is in a register", () => assertEquals(costOf("v1"), { reads: 2, slots: 0 }));

  it("is kept in memory where it is not", () => assertEquals(costOf("v4"), { reads: 1, slots: 1 }));
});

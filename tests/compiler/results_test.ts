/**
 * What is known of values, remembered from one walk to the next: only as long as it is still made of the same.
 *
 * @module
 */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Fact, makeFact } from "../../src/compiler/analysis/facts.ts";
import { Assumptions } from "../../src/compiler/analysis/assumptions.ts";
import { Flow } from "../../src/compiler/analysis/flow.ts";
import { Results } from "../../src/compiler/analysis/results.ts";
import type { IrFunction, Value } from "../../src/compiler/ir.ts";
import { parseFunction } from "../../src/compiler/parse.ts";

const SUM: Value["operation"] = { kind: "binary", operator: "add", width: 64 };
const BYTE = makeFact(0n, 255n);
const BIT = makeFact(0n, 1n);

function results(): Results {
  const made = new Results();
  made.reserve(10);
  return made;
}

function sum(id = 3): Value {
  return { id, operation: SUM, inputs: [], origin: undefined, range: undefined };
}

function ends({ min, max }: Fact): readonly bigint[] {
  return [min, max];
}

describe("the fact of an instruction", () => {
  it("is the same as long as the instruction and its inputs' facts are", () => {
    const [made, value] = [results(), sum()];
    const fact = made.ofInstruction(value, 0, BYTE, BIT);
    assertEquals(ends(fact), [0n, 256n]);
    assertStrictEquals(made.ofInstruction(value, 0, BYTE, BIT), fact);
  });

  it("is made anew of other inputs", () => {
    const [made, value] = [results(), sum()];
    made.ofInstruction(value, 0, BYTE, BIT);
    assertEquals(ends(made.ofInstruction(value, 0, BYTE, BYTE)), [0n, 510n]);
    assertEquals(ends(made.ofInstruction(value, 0, BIT, BYTE)), [0n, 256n]);
    assertEquals(ends(made.ofInstruction(value, 0, BIT, BIT)), [0n, 2n]);
  });

  it("is made anew of another operation, range, or value of the same id", () => {
    const [made, value] = [results(), sum()];
    made.ofInstruction(value, 0, BYTE, BIT);
    value.operation = { ...SUM, operator: "mul" };
    assertEquals(ends(made.ofInstruction(value, 0, BYTE, BIT)), [0n, 255n]);
    value.range = { min: 3n, max: 7n };
    assertEquals(ends(made.ofInstruction(value, 0, BYTE, BIT)), [3n, 7n]);
    assertEquals(ends(made.ofInstruction(sum(), 0, BYTE, BIT)), [0n, 256n]);
  });

  it("counts on the language only where no address depends on it", () => {
    const [made, value] = [results(), sum()];
    value.range = { min: 3n, max: 7n };
    assertEquals(ends(made.ofInstruction(value, 0, BYTE, BIT)), [3n, 7n]);
    assertEquals(ends(made.ofInstruction(value, 1, BYTE, BIT)), [0n, 256n]);
  });

  it("is still known when there is place for more", () => {
    const [made, value] = [results(), sum()];
    const fact = made.ofInstruction(value, 0, BYTE, BIT);
    made.reserve(100);
    assertStrictEquals(made.ofInstruction(value, 0, BYTE, BIT), fact);
  });
});

describe("the fact of a parameter", () => {
  it("is the same as long as what is brought says the same", () => {
    const made = results();
    const value: Value = { ...sum(), operation: { kind: "parameter" } };
    const fact = made.ofParameter(value, 0, makeFact(0n, 9n));
    assertStrictEquals(made.ofParameter(value, 0, makeFact(0n, 9n)), fact);
    assertEquals(ends(made.ofParameter(value, 0, makeFact(0n, 10n))), [0n, 10n]);
    assertEquals(made.ofParameter(value, 0, makeFact(0n, 10n, 1n)).zeros & 1n, 1n);
  });
});

const TESTED = `function test
b0:
  v0 = context
  v1 = constant 10
  v2 = load.u32.context +12 (v0)
  if64 ult v2, v1 then b1 else b2
b1:
  v3 = add64 (v2, v1)
  return v3
b2:
  return v1`;

describe("walks with the same assumptions", () => {
  const known = (fn: IrFunction, assumptions: Assumptions): readonly bigint[] => {
    let found: readonly bigint[] = [];
    const flow = new Flow(fn, assumptions);
    flow.walk({ end: (block) => void (block === fn.blocks[1] && (found = ends(flow.of(block.instructions[0])))) });
    return found;
  };

  it("know the same, and see what has become of a test in between", () => {
    const fn = parseFunction(TESTED);
    const assumptions = new Assumptions();
    assertEquals(known(fn, assumptions), [10n, 19n]);
    assertEquals(known(fn, assumptions), [10n, 19n]);
    const end = fn.blocks[0].terminator!;
    if (end.kind === "branch") end.comparison = "ule";
    assertEquals(known(fn, assumptions), [10n, 20n]);
    fn.blocks[0].instructions[1].operation = { kind: "constant", value: 20n };
    assertEquals(known(fn, assumptions), [20n, 40n]);
  });
});

/**
 * The IR through the passes: the checker after each on random programs, and golden texts of small ones, which `BLESS=1`
 * writes anew.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { disassemble } from "../../src/bytecode/mod.ts";
import { EbpfError } from "../../src/errors.ts";
import { checkFunction } from "../../src/compiler/check.ts";
import { generate } from "../../src/compiler/codegen/mod.ts";
import { type IrFunction, reachableFunctions, reversePostorder } from "../../src/compiler/ir.ts";
import { lower } from "../../src/compiler/lower/mod.ts";
import { EARLY, LATE, optimize, SPLITTING } from "../../src/compiler/optimize/mod.ts";
import { parseFunction } from "../../src/compiler/parse.ts";
import { printFunction } from "../../src/compiler/print.ts";
import type { Unit } from "../../src/compiler/unit.ts";
import { programs } from "./testdata/programs.ts";
import { randomUnit, unitOf } from "./units.ts";

const golden = new URL("testdata/programs.txt", import.meta.url);
const RANDOM_PROGRAMS = 300;
const PASSES = [...EARLY, ...LATE, ...SPLITTING];

function lowered(unit: Unit): IrFunction | undefined {
  try {
    return lower(unit);
  } catch (error) {
    if (error instanceof EbpfError) return undefined;
    throw error;
  }
}

function optimized(unit: Unit): IrFunction {
  const fn = lower(unit);
  for (const one of reachableFunctions(fn)) optimize(one, PASSES);
  return fn;
}

/** A program's IR after all passes, and its bytecode. */
function outcome(title: string): string {
  const { text, variables } = programs[title];
  const fn = optimized(unitOf(text, variables));
  const ir = printFunction(fn);
  const { instructions } = generate(fn, { cpu: 4, lineText: () => undefined });
  return `${title}\n${text.trim()}\n\n${ir}\n${disassemble(instructions).trimEnd()}`;
}

describe("the IR", () => {
  it("is right after every pass on random programs, and reads back from its text", () => {
    for (let seed = 1; seed <= RANDOM_PROGRAMS; seed++) {
      const fn = lowered(randomUnit(seed));
      if (!fn) continue;
      checkFunction(fn);
      optimize(fn, PASSES, ({ name }) => {
        try {
          checkFunction(fn);
          assertEquals(fn.blocks, reversePostorder(fn), "the order of blocks");
          const text = printFunction(fn);
          assertEquals(printFunction(parseFunction(text)), text);
        } catch (error) {
          throw new Error(`seed ${seed} after ${name}`, { cause: error });
        }
      });
    }
  });

  const separator = "\n\n== ";
  if (process.env.BLESS === "1") {
    writeFileSync(golden, Object.keys(programs).map((title) => `== ${outcome(title)}`).join("\n\n") + "\n");
  }
  const expected = new Map(
    readFileSync(golden, "utf8").trimEnd().slice(3).split(separator)
      .map((text) => [text.slice(0, text.indexOf("\n")), text]),
  );
  for (const title of Object.keys(programs)) {
    it(`of ${title}`, () => assertEquals(outcome(title), expected.get(title)));
  }
});

describe("the IR's checker", () => {
  const mistakes: Readonly<Record<string, readonly [text: string, what: RegExp]>> = {
    "a value read before it is defined": ["b0:\n v1 = add64 (v2, v2)\n v2 = constant 1\n return v1", /read before/],
    "a value of another path": [
      "b0:\n v5 = constant 1\n if64 eq v5, v5 then b1 else b2\nb1:\n v6 = constant 2\n goto b3\nb2:\n goto b3\nb3:\n return v6",
      /read before/,
    ],
    "arguments that do not match": ["b0:\n v2 = constant 1\n goto b1(v2)\nb1:\n return v2", /arguments/],
    "a block that nothing goes to": ["b0:\n v2 = constant 1\n return v2\nb1:\n return v2", /unreachable|before/],
    "a second way into a loop": [
      "b0:\n v5 = constant 1\n if64 eq v5, v5 then b1 else b2\nb1:\n if64 eq v5, v5 then b2 else b3\nb2:\n goto b1\nb3:\n return v5",
      /second way into the loop/,
    ],
    "an access to other memory": ["b0:\n v1 = context\n v2 = load.u8.map +0 (v1)\n return v2", /the address/],
    "arithmetic on a pointer": ["b0:\n v1 = context\n v2 = constant 1\n v3 = and64 (v1, v2)\n return v3", /pointer/],
    "an operation without its inputs": ["b0:\n v1 = constant 1\n v2 = add64 (v1)\n return v2", /inputs/],
  };
  for (const [title, [text, what]] of Object.entries(mistakes)) {
    it(`notices ${title}`, () => {
      const { message } = assertThrows(() => checkFunction(parseFunction(`function test\n${text}`)), Error);
      assertEquals(what.test(message), true, message);
    });
  }
});

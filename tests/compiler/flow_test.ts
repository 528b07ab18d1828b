/**
 * What is assumed of loops: what held before a pass is taken up after it, and what does not hold is not believed.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type Fact, makeFact } from "../../src/compiler/analysis/facts.ts";
import { Assumptions } from "../../src/compiler/analysis/assumptions.ts";
import { Flow } from "../../src/compiler/analysis/flow.ts";
import type { IrFunction, Value } from "../../src/compiler/ir.ts";
import { parseFunction } from "../../src/compiler/parse.ts";

const COUNTING = `function test
b0:
  v1 = constant 0
  v2 = constant 1
  v3 = constant 10
  goto b1(v1)
b1(v4):
  if64 ult v4, v3 then b2 else b3
b2:
  v5 = add64 (v4, v2)
  goto b1(v5)
b3:
  return v4`;

function counterOf(fn: IrFunction): Value {
  return fn.blocks[1].parameters[0];
}

/** What is known of the counter where a turn begins, and how many walks that took. */
function known(
  fn: IrFunction,
  assumptions?: Assumptions,
): { readonly bounds: readonly bigint[]; readonly walks: number } {
  const [, head] = fn.blocks;
  let walks = 0;
  const { terminator } = head;
  Object.defineProperty(head, "terminator", { get: () => (walks++, terminator), configurable: true });
  const flow = new Flow(fn, assumptions);
  Object.defineProperty(head, "terminator", { value: terminator, writable: true, configurable: true });
  let fact: Fact | undefined;
  flow.walk({ block: (block) => block === fn.blocks[2] && (fact = flow.of(counterOf(fn))) });
  return { bounds: [fact!.min, fact!.max], walks };
}

describe("assumptions of a loop", () => {
  it("are left for the next walk, which then need not find them again", () => {
    const fn = parseFunction(COUNTING);
    const assumptions = new Assumptions();
    const first = known(fn, assumptions);
    const second = known(fn, assumptions);
    assertEquals([first.bounds, second.bounds], [[0n, 10n], [0n, 10n]]);
    assertEquals([...assumptions.heads.keys()], [counterOf(fn)]);
    assertEquals(second.walks < first.walks, true);
  });

  for (const wrong of [makeFact(0n, 0n), makeFact(5n, 20n), makeFact(0n, 9n)]) {
    it(`from ${wrong.min} to ${wrong.max} are not believed where they do not hold`, () => {
      const fn = parseFunction(COUNTING);
      assertEquals(known(fn, new Assumptions(new Map([[counterOf(fn), wrong]]))).bounds, known(fn).bounds);
    });
  }
});

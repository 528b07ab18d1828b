/**
 * What tests have shown of values: a map whose copies are independent, compared with plain maps.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import type { Value } from "../../../src/compiler/ir.ts";
import { type Refinement, Refinements } from "../../../src/compiler/lower/refinements.ts";
import { Random } from "../../oracle/random.ts";

const IDS = [0, 1, 15, 16, 17, 255, 256, 4095, 4096, 70_000, 1_000_000];

function value(id: number): Value {
  return { id, operation: { kind: "parameter" }, inputs: [], origin: undefined, range: undefined };
}

function refinement(random: Random): Refinement {
  const min = BigInt(random.below(10));
  return { range: { min, max: min + BigInt(random.below(10)) }, nonZero: random.chance(50) };
}

function contents(refinements: Refinements): Map<number, Refinement> {
  return new Map(IDS.flatMap((id) => {
    const found = refinements.get(value(id));
    return found ? [[id, found]] : [];
  }));
}

/** A path and what it should know. */
interface Path {
  readonly refinements: Refinements;
  readonly known: Map<number, Refinement>;
}

function common(a: ReadonlyMap<number, Refinement>, b: ReadonlyMap<number, Refinement>): Map<number, Refinement> {
  const least = (x: bigint, y: bigint) => x < y ? x : y;
  const most = (x: bigint, y: bigint) => x > y ? x : y;
  return new Map(IDS.flatMap((id) => {
    const [x, y] = [a.get(id), b.get(id)];
    if (!x || !y) return [];
    const range = { min: least(x.range.min, y.range.min), max: most(x.range.max, y.range.max) };
    return [[id, { range, nonZero: x.nonZero && y.nonZero }]];
  }));
}

describe("what tests have shown of values", () => {
  it("is each path's own after a fork, and what all know where they meet", () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = new Random(seed);
      let paths: Path[] = [{ refinements: new Refinements(), known: new Map() }];
      for (let step = 0; step < 40; step++) {
        const at = random.pick(paths);
        const choice = random.below(100);
        if (choice < 60) {
          const [id, shown] = [random.pick(IDS), refinement(random)];
          at.refinements.set(value(id), shown);
          at.known.set(id, shown);
        } else if (choice < 85) paths.push({ refinements: at.refinements.fork(), known: new Map(at.known) });
        else {
          const together = Refinements.common(paths.map((path) => path.refinements));
          paths = [...paths.slice(1), {
            refinements: together,
            known: paths.map((path) => path.known).reduce(common),
          }];
        }
        for (const path of paths) assertEquals(contents(path.refinements), path.known);
      }
    }
  });
});

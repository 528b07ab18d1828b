/**
 * Which passes run: those that may find something to do.
 *
 * @module
 */

import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError } from "../../../src/errors.ts";
import { type IrFunction, reachableFunctions } from "../../../src/compiler/ir.ts";
import { lower } from "../../../src/compiler/lower/mod.ts";
import { EARLY, LATE, optimize, type Pass, Progress, SPLITTING } from "../../../src/compiler/optimize/mod.ts";
import { mergeChecks } from "../../../src/compiler/optimize/checks.ts";
import { removeDeadCode } from "../../../src/compiler/optimize/dead_code.ts";
import { parseFunction } from "../../../src/compiler/parse.ts";
import { printFunction } from "../../../src/compiler/print.ts";
import { randomUnit } from "../units.ts";

const RANDOM_PROGRAMS = 25;

const fn: IrFunction = { name: "test", blocks: [], nextId: 0 };

/** A pass that finds something to do so many times. */
function pass(name: string, times: number): Pass {
  let left = times;
  return { name, run: () => left-- > 0 };
}

function ran(passes: readonly Pass[], progress?: Progress): string {
  const names: string[] = [];
  optimize(fn, passes, ({ name }) => names.push(name), progress);
  return names.join(" ");
}

describe("passes", () => {
  it("do not run again after they have found nothing, until another one changes something", () => {
    const [a, b] = [pass("a", 0), pass("b", 1)];
    assertEquals(ran([a, a, b, a, b, a, b]), "a b a b");
  });

  it("run again after they have changed something", () => {
    const a = pass("a", 2);
    assertEquals(ran([a, a, a, a]), "a a a");
  });

  it("are not run again by another list either, if they are known to be idle", () => {
    const progress = new Progress();
    const [a, b] = [pass("a", 0), pass("b", 0)];
    assertEquals([ran([a], progress), ran([a, b], progress), ran([a, b])], ["a", "b", "a b"]);
  });

  it("share what they know of memory, until one of them changes something", () => {
    const seen: unknown[] = [];
    const look = (name: string, changes: boolean): Pass => ({
      name,
      run: (fn, assumptions) => {
        seen.push(assumptions!.memoryOf(fn));
        return changes;
      },
    });
    ran([look("a", false), look("b", true), look("c", false), look("d", false)]);
    assertStrictEquals(seen[0], seen[1]);
    assertNotStrictEquals(seen[1], seen[2]);
    assertStrictEquals(seen[2], seen[3]);
  });
});

/** A function's text without its constants. */
function textOf(fn: IrFunction): string {
  return printFunction(fn).replaceAll(/^.* = constant .*\n/gm, "");
}

/** Random programs' functions, as far as they can be lowered. */
function* functions(): Generator<IrFunction> {
  for (let seed = 1; seed <= RANDOM_PROGRAMS; seed++) {
    try {
      yield* reachableFunctions(lower(randomUnit(seed)));
    } catch (error) {
      if (!(error instanceof EbpfError)) throw error;
    }
  }
}

describe("passes that say that they have changed nothing", () => {
  it("have changed nothing in random programs but constants that nobody reads", () => {
    for (const fn of functions()) {
      for (const { name, run } of [...EARLY, ...LATE, ...SPLITTING]) {
        const before = textOf(fn);
        if (!run(fn)) assertEquals(textOf(fn), before, name);
      }
    }
  });

  it("are the removal of constants alone, and the merging of checks that are apart", () => {
    const constants = parseFunction(`function test\nb0:\n  v1 = constant 1\n  v2 = constant 2\n  return v2`);
    assertEquals(removeDeadCode(constants), false);
    assertEquals(constants.blocks[0].instructions.length, 1);
    const checks = parseFunction(`function test
b0:
  v1 = context
  v2 = constant 2
  v3 = packetStart 0 (v1)
  v4 = packetEnd 0 (v1)
  v5 = packetMeta 0 (v1)
  v6 = add64 (v3, v2)
  v7 = add64 (v5, v2)
  if64 ugt v6, v4 then b2 else b1
b1:
  if64 ugt v7, v4 then b2 else b2
b2:
  return v2`);
    assertEquals(mergeChecks(checks), false);
  });
});

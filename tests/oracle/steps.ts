/**
 * What a program means after every step of the compiler, and whether all that the compiler believes of its values holds:
 * so a mistake shows in the step that makes it.
 *
 * @module
 */

import { RingBuffer, type XDP } from "../../mod.ts";
import { Flow } from "../../src/compiler/analysis/flow.ts";
import type { Fact } from "../../src/compiler/analysis/facts.ts";
import {
  type Block,
  type IrFunction,
  reachableFunctions,
  terminatorInputs,
  type Value,
} from "../../src/compiler/ir.ts";
import { compile, type CompileOptions } from "../../src/compiler/mod.ts";
import { describe } from "../../src/program/description.ts";
import { ReferenceMap } from "../../src/maps/reference_map.ts";
import { createUnit } from "../../src/program/unit.ts";
import { checkFunction } from "../../src/compiler/check.ts";
import { elements, help } from "./helpers.ts";
import { interpret, isWithin, UnknownHelper } from "../compiler/interpret.ts";
import { differenceOf, type Expectation, type Result } from "./run.ts";
import { bytesOf, restore, stateOf } from "./state.ts";

/** The first step after which the program is another one, in words. */
export function firstWrongStep(
  subject: XDP,
  expectations: readonly Expectation[],
  options: CompileOptions = {},
): string | undefined {
  // Records are no values of a map, and maps no bytes: the interpreter knows nothing of them.
  const isBeyond = (field: unknown) => field instanceof RingBuffer || field instanceof ReferenceMap;
  if (Object.values(subject).some(isBeyond)) return undefined;
  const unit = createUnit(subject, subject[describe]());
  const variables = bytesOf(subject);
  const start = stateOf(subject);
  let wrong: string | undefined;
  compile(unit, {
    ...options,
    observe(step, main) {
      wrong ??= wrongAfter(step, main);
    },
  });
  return wrong;

  function wrongAfter(step: string, main: IrFunction): string | undefined {
    try {
      reachableFunctions(main).forEach(checkFunction);
      const beliefs = beliefsOf(main);
      for (const { packet, result } of expectations) {
        const difference = differenceOf(runOn(main, packet, beliefs), result);
        if (difference) return `after ${step}, ${packet.length} bytes: ${difference}`;
      }
    } catch (error) {
      // What the kernel does outside of maps, as with the packet's ends, only machines do.
      if (error instanceof UnknownHelper) return undefined;
      return `after ${step}: ${(error as Error).message}`;
    }
  }

  function runOn(main: IrFunction, bytes: Uint8Array, beliefs: Beliefs): Result {
    restore(subject, start);
    const packet = bytes.slice();
    const action = interpret(main, {
      packet,
      map: () => variables,
      help,
      elements,
      watch: (what, read) => beliefs.get(what)?.forEach(([value, fact]) => demand(fact, value, read(value))),
    });
    return { action, packet, state: stateOf(subject) };
  }
}

/** What the flow of facts says where a value is computed and where a block ends. */
type Beliefs = ReadonlyMap<Value | Block, readonly (readonly [Value, Fact])[]>;

function beliefsOf(main: IrFunction): Beliefs {
  const beliefs = new Map<Value | Block, (readonly [Value, Fact])[]>();
  for (const fn of reachableFunctions(main)) {
    const flow = new Flow(fn);
    const note = (where: Value | Block, values: readonly Value[]) =>
      beliefs.set(where, values.map((value) => [value, flow.of(value)]));
    flow.walk({
      instruction: (value) => note(value, [value, ...value.inputs]),
      end: (block) => note(block, [...block.parameters, ...terminatorInputs(block.terminator!)]),
    });
  }
  return beliefs;
}

function demand({ min, max, zeros, ones }: Fact, { id }: Value, word: bigint): void {
  if (isWithin({ min, max }, word) && (word & zeros) === 0n && (word & ones) === ones) return;
  throw new Error(
    `v${id} is ${word}, not in ${min}..${max} with zeros ${zeros.toString(16)}, ones ${ones.toString(16)}`,
  );
}

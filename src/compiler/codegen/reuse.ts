/**
 * Drops writes of constants that are in the register already, on all ways.
 *
 * Assumes: machine registers. Gains: constants that several blocks set one after the other. Costs: near linear.
 *
 * @module
 */

import { Graph } from "./graph.ts";
import type { MachineFunction, MachineInstruction, MachineOperation } from "./machine.ts";

/** Register → what makes the constant that it holds; `undefined`: unknown. */
type Contents = (MachineOperation | undefined)[];

const REGISTERS = 10;
const CLOBBERED = 6;
const MOST_ROUNDS = 10;

export function reuseConstants(fn: MachineFunction): void {
  const { blocks, predecessors } = new Graph(fn);
  const atEnd: (Contents | undefined)[] = blocks.map(() => undefined);
  let settled = false;
  for (let round = 0; round < MOST_ROUNDS && !settled; round++) {
    settled = true;
    blocks.forEach(({ instructions }, at) => {
      const contents = arriving(predecessors[at], atEnd, at);
      for (let i = 0; i < instructions.length; i++) step(contents, instructions[i]);
      if (atEnd[at]?.every((one, i) => isSame(one, contents[i]))) return;
      atEnd[at] = contents;
      settled = false;
    });
  }
  if (!settled) return;
  blocks.forEach((block, at) => {
    const contents = arriving(predecessors[at], atEnd, at);
    block.instructions = block.instructions.filter((instruction) => !step(contents, instruction));
  });
}

/** What all ways agree on; ways that were not followed yet do not count. */
function arriving(from: readonly number[], atEnd: readonly (Contents | undefined)[], at: number): Contents {
  let agreed: Contents | undefined;
  for (let i = 0; i < from.length && at > 0; i++) {
    const contents = atEnd[from[i]];
    if (!contents) continue;
    if (!agreed) agreed = contents.slice();
    else for (let k = 0; k < REGISTERS; k++) if (!isSame(agreed[k], contents[k])) agreed[k] = undefined;
  }
  return agreed ?? new Array(REGISTERS).fill(undefined);
}

/** Follows an instruction; whether it changes nothing. */
function step(contents: Contents, { operation, to }: MachineInstruction): boolean {
  if (operation.kind === "call") contents.fill(undefined, 0, CLOBBERED);
  if (to === undefined) return false;
  const constant = CONSTANTS.has(operation.kind) ? operation : undefined;
  if (constant && isSame(contents[to], constant)) return true;
  contents[to] = constant;
  return false;
}

const CONSTANTS: ReadonlySet<MachineOperation["kind"]> = new Set([
  "constant",
  "mapValue",
  "mapReference",
  "slotAddress",
]);

/** Whether two constants are the same, or both unknown. */
function isSame(a: MachineOperation | undefined, b: MachineOperation | undefined): boolean {
  if (a === b) return true;
  switch (a?.kind) {
    case "constant":
      return b?.kind === "constant" && BigInt.asUintN(64, a.value) === BigInt.asUintN(64, b.value);
    case "mapValue":
      return b?.kind === "mapValue" && a.map === b.map && a.offset === b.offset;
    case "mapReference":
      return b?.kind === "mapReference" && a.map === b.map;
    case "slotAddress":
      return b?.kind === "slotAddress" && a.slot === b.slot;
    default:
      return false;
  }
}

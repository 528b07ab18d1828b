/**
 * Drops writes of constants that are in the register already, on all ways.
 *
 * Assumes: machine registers. Gains: constants that several blocks set one after the other. Costs: near linear.
 *
 * @module
 */

import { graphOf } from "./graph.ts";
import type { MachineFunction, MachineInstruction } from "./machine.ts";

/** Register → the constant it holds, as a text; `undefined`: unknown. */
type Contents = (string | undefined)[];

const REGISTERS = 10;
const CLOBBERED = 6;
const MOST_ROUNDS = 10;

export function reuseConstants(fn: MachineFunction): void {
  const { blocks, predecessors } = graphOf(fn);
  const atEnd: (Contents | undefined)[] = blocks.map(() => undefined);
  const names = new Names();
  let settled = false;
  for (let round = 0; round < MOST_ROUNDS && !settled; round++) {
    settled = true;
    blocks.forEach(({ instructions }, at) => {
      const contents = arriving(predecessors[at], atEnd, at);
      for (const instruction of instructions) step(contents, instruction, names);
      if (atEnd[at]?.every((one, i) => one === contents[i])) return;
      atEnd[at] = contents;
      settled = false;
    });
  }
  if (!settled) return;
  blocks.forEach((block, at) => {
    const contents = arriving(predecessors[at], atEnd, at);
    block.instructions = block.instructions.filter((instruction) => !step(contents, instruction, names));
  });
}

/** What all ways agree on; ways that were not followed yet do not count. */
function arriving(from: readonly number[], atEnd: readonly (Contents | undefined)[], at: number): Contents {
  const known = at === 0 ? [] : from.map((one) => atEnd[one]).filter((one) => one !== undefined);
  if (known.length === 0) return new Array(REGISTERS).fill(undefined);
  const [first, ...others] = known;
  return first.map((one, i) => others.every((other) => other[i] === one) ? one : undefined);
}

/** Follows an instruction; whether it changes nothing. */
function step(contents: Contents, { operation, to }: MachineInstruction, names: Names): boolean {
  if (operation.kind === "call") contents.fill(undefined, 0, CLOBBERED);
  if (to === undefined) return false;
  const name = names.of(operation);
  if (name !== undefined && contents[to] === name) return true;
  contents[to] = name;
  return false;
}

class Names {
  readonly #objects = new Map<object, number>();

  of(operation: MachineInstruction["operation"]): string | undefined {
    switch (operation.kind) {
      case "constant":
        return String(BigInt.asUintN(64, operation.value));
      case "mapValue":
        return `${this.#number(operation.map)}+${operation.offset}`;
      case "mapReference":
        return `map ${this.#number(operation.map)}`;
      case "slotAddress":
        return `slot ${operation.slot}`;
      default:
        return undefined;
    }
  }

  #number(object: object): number {
    let number = this.#objects.get(object);
    if (number === undefined) this.#objects.set(object, number = this.#objects.size);
    return number;
  }
}

/**
 * Makes one of what several blocks do last, if they then go to the same place.
 *
 * Assumes: machine registers. Gains: the instructions of all but one. Costs: a jump in place of another or of an exit.
 *
 * @module
 */

import type { MachineBlock, MachineFunction, MachineInstruction } from "./machine.ts";
import { slotsOf } from "./physical.ts";

export function mergeTails(fn: MachineFunction): void {
  const names = new Namer();
  for (let rounds = 0; rounds < 4 && mergeOnce(fn, names); rounds++) {
    // What was merged may be the end of something longer, one block further up.
  }
}

function mergeOnce(fn: MachineFunction, names: Namer): boolean {
  const groups = new Map<string, MachineBlock[]>();
  for (const block of fn.blocks) {
    const last = block.instructions[block.instructions.length - 1];
    if (!last || block.end.kind === "branch") continue;
    const to = block.end.kind === "exit" ? "exit" : names.block(block.end.to);
    const key = `${to} ${names.instruction(last)}`;
    const known = groups.get(key);
    if (known) known.push(block);
    else groups.set(key, [block]);
  }
  let changed = false;
  for (const group of groups.values()) if (group.length > 1) changed = merge(fn, group, names) || changed;
  return changed;
}

/** Merges what the blocks of a group have in common at their ends; they share the last instruction at least. */
function merge(fn: MachineFunction, group: readonly MachineBlock[], names: Namer): boolean {
  let count = 1;
  const at = (block: MachineBlock) => block.instructions[block.instructions.length - 1 - count];
  while (group.every((block) => at(block) && names.instruction(at(block)) === names.instruction(at(group[0])))) count++;
  const [first, ...others] = group;
  const tail = first.instructions.slice(-count);
  // A block that is nothing but the tail is the one that all go to.
  let shared = group.find(({ instructions }) => instructions.length === count);
  const isWhole = shared !== undefined && shared !== fn.blocks[0];
  if (!isWhole) {
    const saved = tail.reduce((sum, one) => sum + slotsOf(one), 0) * others.length;
    if (saved <= 1) return false;
    shared = { instructions: tail, end: first.end };
    fn.blocks.splice(fn.blocks.indexOf(first) + 1, 0, shared);
  }
  for (const block of group) {
    if (block === shared) continue;
    block.instructions.length -= count;
    block.end = { kind: "jump", to: shared!, origin: tail[0].origin };
  }
  return true;
}

/** Gives equal instructions equal names. */
class Namer {
  readonly #numbers = new Map<unknown, number>();
  readonly #texts = new WeakMap<MachineInstruction, string>();

  block(block: MachineBlock): string {
    return `b${this.#number(block)}`;
  }

  instruction(instruction: MachineInstruction): string {
    let text = this.#texts.get(instruction);
    if (text === undefined) {
      const { operation, to, uses } = instruction;
      const details = Object.values(operation)
        .map((value) => typeof value === "object" && value !== null ? `#${this.#number(value)}` : String(value));
      this.#texts.set(instruction, text = `${details.join(" ")} ${to} ${uses.join()}`);
    }
    return text;
  }

  #number(object: unknown): number {
    let number = this.#numbers.get(object);
    if (number === undefined) this.#numbers.set(object, number = this.#numbers.size);
    return number;
  }
}

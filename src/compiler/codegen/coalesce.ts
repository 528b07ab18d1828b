/**
 * Merges the two sides of moves that can share a register, and drops those moves; where a commutative operation's left
 * operand is still needed and its right one is not, the two change places first.
 *
 * @module
 */

import { isCommutative } from "../ir.ts";
import { firstEndingAt, type Intervals, intervalsOf, merged, overlap, type Stretch } from "./intervals.ts";
import {
  FIRST_VIRTUAL,
  isTwoAddress,
  type MachineFunction,
  type MachineInstruction,
  type VirtualRegister,
} from "./machine.ts";
import { renameRegisters } from "./rename.ts";

export function coalesce(fn: MachineFunction): void {
  const intervals = intervalsOf(fn);
  const merger = new Merger(intervals, fn.short);
  let moves = movesOf(fn);
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds++) {
    const left = moves.filter((move) => !merger.consider(move));
    if (left.length === moves.length) break;
    moves = left;
  }
  renameRegisters(fn, (register) => merger.root(register));
}

/** Merging makes other merges possible, where operands have changed places. */
const MOST_ROUNDS = 3;

interface Move {
  readonly instruction: MachineInstruction;
  /** What follows in the block. */
  readonly next: MachineInstruction | undefined;
  /** The position at which the move reads. */
  readonly at: number;
}

/** All moves between virtual registers; first those into registers that several blocks write, as they do for a join. */
function movesOf(fn: MachineFunction): Move[] {
  const writes = new Map<VirtualRegister, number>();
  for (const { instructions } of fn.blocks) {
    for (const { to, operation } of instructions) {
      if (to !== undefined && !isTwoAddress(operation)) writes.set(to, (writes.get(to) ?? 0) + 1);
    }
  }
  const joining: Move[] = [];
  const others: Move[] = [];
  let at = 0;
  for (const { instructions } of fn.blocks) {
    instructions.forEach((instruction, i) => {
      const { operation, to, uses } = instruction;
      if (operation.kind !== "move" || operation.width !== 64 || to! < FIRST_VIRTUAL || uses[0] < FIRST_VIRTUAL) return;
      (writes.get(to!)! > 1 ? joining : others).push({ instruction, next: instructions[i + 1], at: at + 2 * i });
    });
    at += 2 * (instructions.length + 1);
  }
  return [...joining, ...others];
}

class Merger {
  readonly #intervals: Intervals;
  readonly #short: Set<VirtualRegister>;
  readonly #into: Int32Array;

  constructor(intervals: Intervals, short: Set<VirtualRegister>) {
    this.#intervals = intervals;
    this.#short = short;
    this.#into = Int32Array.from(intervals, (_, i) => i);
  }

  /** The register that a register has become. */
  root(register: VirtualRegister): VirtualRegister {
    const into = this.#into;
    // Each step halves the way for the next who asks.
    for (; into[register] !== register; register = into[register]) into[register] = into[into[register]];
    return register;
  }

  /** Merges a move's two sides if it can; whether it could. */
  consider(move: Move): boolean {
    const { to, uses: [from] } = move.instruction;
    return this.#merge(this.root(to!), this.root(from)) || this.#exchange(move);
  }

  #merge(a: VirtualRegister, b: VirtualRegister): boolean {
    if (a === b) return true;
    const [one, other] = [this.#intervals[a]!, this.#intervals[b]!];
    if (overlap(one.stretches, other.stretches)) return false;
    one.stretches = merged(one.stretches, other.stretches);
    one.weight += other.weight;
    this.#into[b] = a;
    if (!this.#short.has(b)) this.#short.delete(a);
    return true;
  }

  /** `to = a; to op= b` with `b` read for the last time: `to = b; to op= a` instead. */
  #exchange({ instruction, next, at }: Move): boolean {
    const { operation, uses } = next ?? {};
    if (operation?.kind !== "alu" || operation.immediate !== undefined) return false;
    const [left, right] = [instruction.uses[0], uses![1]];
    if (!isCommutative(operation.operation) || uses![0] !== instruction.to || right < FIRST_VIRTUAL) return false;
    const [to, b] = [this.root(instruction.to!), this.root(right)];
    const interval = this.#intervals[b]!;
    const index = firstEndingAt(interval.stretches, at);
    const stretch: Stretch | undefined = interval.stretches[index];
    if (b === to || b === this.root(left) || !stretch || stretch.from > at || stretch.to !== at + 2) return false;
    stretch.to = at;
    if (!this.#merge(to, b)) {
      stretch.to = at + 2;
      return false;
    }
    instruction.uses[0] = right;
    uses![1] = left;
    return true;
  }
}

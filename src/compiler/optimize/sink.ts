/**
 * Moves computations and loads down to where they are needed, past the tests that may make them needless: fields that are
 * taken out of a header at once are loaded one by one, as far as the program gets.
 *
 * A load stays above everything that could change what it finds: stores to its cell, calls, and, where others can see the
 * memory, any other store and loops (rules 14 and 18). Nothing moves into a loop.
 *
 * Assumes: constants in the entry. Gains: instructions on paths that do not need them; shorter lives in registers. Costs: for
 * each value a few steps up the dominator tree from where it is needed.
 *
 * @module
 */

import { Assumptions } from "../analysis/assumptions.ts";
import { type Dominators, dominatorsOf } from "../analysis/dominators.ts";
import { depthsOf } from "../analysis/loops.ts";
import { type Access, isAccess, type Memory } from "../analysis/memory.ts";
import { type Block, eachRead, type IrFunction, type Value } from "../ir.ts";

/** Blocks looked at for one value. */
const MOST_LOOKED_AT = 40;

export function sink(fn: IrFunction, assumptions = new Assumptions()): boolean {
  return new Sinker(fn, assumptions.memoryOf(fn)).run();
}

class Sinker {
  readonly #dominators: Dominators;
  readonly #memory: Memory;
  /** How many loops each block is in, by position. */
  readonly #depth: Int32Array;
  /** How often each value that may be moved is needed in which blocks, by their positions. */
  readonly #needed = new Map<Value, Map<number, number>>();
  /** What has come to each block from above, by position. */
  readonly #arrived = new Map<number, Set<Value>>();

  constructor(fn: IrFunction, memory: Memory) {
    this.#dominators = dominatorsOf(fn);
    this.#memory = memory;
    this.#depth = depthsOf(fn, this.#dominators);
    let at = 0;
    const count = (value: Value) => this.#count(value, at, 1);
    for (const block of this.#dominators.blocks) {
      eachRead(block, count);
      at++;
    }
  }

  #count(value: Value, at: number, by: number): void {
    if (!isMovable(value)) return;
    let counts = this.#needed.get(value);
    if (!counts) this.#needed.set(value, counts = new Map());
    const count = (counts.get(at) ?? 0) + by;
    if (count === 0) counts.delete(at);
    else counts.set(at, count);
  }

  run(): boolean {
    const { blocks } = this.#dominators;
    // What reads comes before what is read, so that whole expressions move.
    for (let at = blocks.length - 1; at > 0; at--) {
      const block = blocks[at];
      if (block.instructions.length === 0) continue;
      const kept: Value[] = [];
      const below: Access[] = [];
      for (const value of block.instructions.toReversed()) {
        const to = isMovable(value) ? this.#target(value, at, below) : at;
        if (to === at) kept.push(value);
        else this.#move(value, at, to);
        if (isAccess(value) || value.operation.kind === "call") below.push(value as Access);
      }
      block.instructions = kept.reverse();
    }
    for (const [at, values] of this.#arrived) this.#place(blocks[at], values);
    return this.#arrived.size > 0;
  }

  #move(value: Value, from: number, to: number): void {
    for (const input of value.inputs) {
      this.#count(input, from, -1);
      this.#count(input, to, 1);
    }
    const arrived = this.#arrived.get(to);
    if (arrived) arrived.add(value);
    else this.#arrived.set(to, new Set([value]));
  }

  /** The block that a value is needed in or below of; its own, if it has to stay. `below`: what follows it there. */
  #target(value: Value, home: number, below: readonly Access[]): number {
    const { parent } = this.#dominators;
    const counts = this.#needed.get(value);
    if (!counts || counts.has(home)) return home;
    let needed = -1;
    for (const at of counts.keys()) needed = needed < 0 ? at : this.#meeting(needed, at);
    const way: number[] = [];
    for (let at = needed; at !== home; at = parent[at]) {
      if (at < 0 || way.length > MOST_LOOKED_AT) return home;
      way.push(at);
    }
    const load = isAccess(value) ? value : undefined;
    if (load && below.some((one) => this.#changes(one, load))) return home;
    let best = home;
    for (let above = home; way.length > 0;) {
      const at = way.pop()!;
      if (load && !this.#isUntouched(load, above, at, home)) break;
      if (this.#depth[at] <= this.#depth[home]) best = at;
      above = at;
    }
    return best;
  }

  /** The nearest block on all ways to both. */
  #meeting(a: number, b: number): number {
    const { parent } = this.#dominators;
    while (a !== b) {
      if (a > b) a = parent[a];
      else b = parent[b];
    }
    return a;
  }

  /** Whether nothing changes what a load finds on the ways from inside a block to the beginning of one that it dominates. */
  #isUntouched(load: Access, above: number, at: number, home: number): boolean {
    const { blocks, predecessors } = this.#dominators;
    const isShared = !this.#memory.isPrivate(this.#memory.cellOf(load));
    const seen = new Set<number>();
    const work = [at];
    while (work.length > 0) {
      const one = work.pop()!;
      for (const from of predecessors[one]) {
        if (isShared && from >= one) return false;
        if (seen.has(from)) continue;
        seen.add(from);
        if (seen.size > MOST_LOOKED_AT) return false;
        if (from !== home && blocks[from].instructions.some((value) => this.#changes(value, load))) return false;
        if (from !== above) work.push(from);
      }
    }
    return true;
  }

  /** Whether an instruction may change what a load finds, or be seen to come before it. */
  #changes(value: Value, load: Access): boolean {
    const cell = this.#memory.cellOf(load);
    if (value.operation.kind === "call") return !this.#memory.isPrivate(cell);
    if (!isAccess(value) || value.operation.kind === "load") return false;
    return this.#memory.cellOf(value) === cell || load.operation.region === "map" && value.operation.region === "map";
  }

  /** Puts values before what reads them, loads also before what changes their memory. */
  #place({ instructions }: Block, values: Set<Value>): void {
    const after: Value[] = [];
    const put = (value: Value) => {
      if (!values.delete(value)) return;
      value.inputs.forEach(put);
      after.push(value);
    };
    for (const instruction of instructions.splice(0)) {
      for (const value of [...values]) if (isAccess(value) && this.#changes(instruction, value)) put(value);
      instruction.inputs.forEach(put);
      after.push(instruction);
    }
    for (const value of [...values].reverse()) put(value);
    instructions.push(...after);
  }
}

/** Loads, and what is computed from one value: no more is kept in registers for it than without. */
function isMovable({ operation, inputs }: Value): boolean {
  switch (operation.kind) {
    case "load":
    case "extend":
    case "negate":
    case "swap":
      return true;
    case "binary":
      return inputs.some(({ operation: { kind } }) => kind === "constant");
    default:
      return false;
  }
}

/**
 * Addresses the packet from the pointer that a check has compared with its end: `r2 += 42; if r2 > end` and then bytes before
 * `r2`, where otherwise `r3 = r2; r3 += 42; if r3 > end` would go before bytes behind `r2`. The verifier counts distances from
 * the packet's start, whichever way an address is written.
 *
 * It is done where nobody needs the pointer itself below the check: other ways do not use it, all that is behind the check can
 * do with another distance, and no loop comes back to compare it again.
 *
 * Assumes: no later pass looks at how far apart addresses are. Gains: a move for each check. Costs: linear.
 *
 * @module
 */

import { type Dominators, dominatorsOf, type Nesting, nestingOf } from "../analysis/dominators.ts";
import { loopsOf, type NaturalLoop } from "../analysis/loops.ts";
import { isAccess } from "../analysis/memory.ts";
import {
  type Block,
  type Branch,
  eachTerminatorInput,
  type IrFunction,
  isSum,
  makeValue,
  replaceUses,
  type Terminator,
  type Value,
} from "../ir.ts";
import { Constants } from "./constants.ts";

export function addressFromChecked(fn: IrFunction): boolean {
  if (!fn.blocks.some(({ terminator }) => isCheck(terminator))) return false;
  const pointers = new Pointers(fn);
  for (const pointer of pointers.all()) pointers.addressAnew(pointer);
  replaceUses(fn, pointers.same);
  return true;
}

/** Distances that an instruction takes. */
const FARTHEST = 0x7fff;

/** Whether a branch asks if `pointer + constant` is beyond the packet's end. */
function isCheck(end: Terminator | undefined): end is Branch {
  return end?.kind === "branch" && end.width === 64 && end.right.operation.kind === "packetEnd" &&
    (end.comparison === "ugt" || end.comparison === "ule") && distanceOf(end.left) > 0 &&
    distanceOf(end.left) <= FARTHEST;
}

/** The constant that a value adds to a pointer; `NaN` if it is no such sum. */
function distanceOf(value: Value): number {
  const constant = isSum(value) ? value.inputs[1].operation : undefined;
  return constant?.kind === "constant" ? Number(constant.value) : NaN;
}

/** Where a pointer is read: by a value or, if there is none, by the end of a block. */
interface Use {
  readonly by: Value | undefined;
  /** The block's number in the dominator tree. */
  readonly at: number;
}

/** The pointers that checks are about, and those that offsets make of them. */
class Pointers {
  readonly #fn: IrFunction;
  readonly #dominators: Dominators;
  readonly #nesting: Nesting;
  readonly #constants: Constants;
  /** Pointer → who reads it, dominators first. */
  readonly #uses = new Map<Value, Use[]>();
  readonly #home = new Map<Value, Block>();
  /** `pointer + constant` → the block whose end compares it. */
  readonly #checks = new Map<Value, Block>();
  readonly #loops: ReadonlyMap<Block, NaturalLoop>;
  /** Pointers all of whose readers can do with one that is farther. */
  readonly #movable = new Set<Value>();
  /** How much farther than it was each pointer is by now. */
  readonly #moved = new Map<Value, number>();
  /** Sums of nothing → what they are. */
  readonly same = new Map<Value, Value>();

  constructor(fn: IrFunction) {
    this.#fn = fn;
    this.#dominators = dominatorsOf(fn);
    this.#nesting = nestingOf(this.#dominators.children);
    this.#constants = new Constants(fn);
    this.#loops = innermostLoops(loopsOf(fn, fn.blocks), new Map());
    const { blocks } = this.#dominators;
    for (const { terminator: end } of blocks) if (isCheck(end)) this.#uses.set(end.left.inputs[0], []);
    blocks.forEach((block, i) => this.#note(block, this.#nesting.first[i]));
    for (const [pointer, uses] of [...this.#uses].reverse()) {
      if (uses.every((use) => this.#isMovable(pointer, use))) this.#movable.add(pointer);
    }
  }

  #note(block: Block, at: number): void {
    const { parameters, instructions, terminator: end } = block;
    for (const value of parameters) this.#home.set(value, block);
    for (const value of instructions) {
      this.#home.set(value, block);
      let isDerived = false;
      for (const input of value.inputs) {
        const uses = this.#uses.get(input);
        uses?.push({ by: value, at });
        isDerived ||= uses !== undefined;
      }
      if (!isDerived || !isSum(value)) continue;
      // Once more, so that pointers come in the order of their making.
      const known = this.#uses.get(value) ?? [];
      this.#uses.delete(value);
      this.#uses.set(value, known);
    }
    eachTerminatorInput(end!, (value) => this.#uses.get(value)?.push({ by: undefined, at }));
    if (isCheck(end) && this.#home.get(end.left) === block) this.#checks.set(end.left, block);
  }

  /** Those that are computed from others come after them. */
  all(): Iterable<Value> {
    return this.#uses.keys();
  }

  /** Whether a reader of a pointer can do with one that is farther. */
  #isMovable(pointer: Value, { by }: Use): boolean {
    if (!by) return false;
    if (isAccess(by)) {
      return by.operation.offset >= 0 && by.inputs.every((input, i) => (input === pointer) === (i === 0));
    }
    return isSum(by) && (!isNaN(distanceOf(by)) || this.#movable.has(by));
  }

  /** Lets the readers of a pointer address what they did from the last check before them. */
  addressAnew(pointer: Value): void {
    const checks = this.#checksOf(pointer);
    let base = pointer;
    let distance = this.#moved.get(pointer) ?? 0;
    for (const { by } of this.#uses.get(pointer)!) {
      if (!by) continue;
      const good = checks.get(by);
      const compared = distanceOf(by);
      if (distance > 0) this.#shorten(by, pointer, base, distance);
      if (!good) continue;
      // A pointer of its own, which no address is folded into.
      base = makeValue(this.#fn, { kind: "bounded" }, [by], by.origin);
      distance = compared;
      good.instructions.unshift(base);
    }
  }

  /** The sums that checks of a pointer compare and that may take its place → where the checks lead to. */
  #checksOf(pointer: Value): ReadonlyMap<Value, Block> {
    const found = new Map<Value, Block>();
    const uses = this.#uses.get(pointer)!;
    // Of what comes later: between which numbers it stands.
    let [least, greatest] = [Infinity, -Infinity];
    for (let i = uses.length - 1; i >= 0; i--) {
      const { by, at } = uses[i];
      const good = by && greatest >= 0 && by.inputs[0] === pointer && this.#goodOf(by, pointer, least, greatest);
      if (good) found.set(by, good);
      if (!this.#isMovable(pointer, uses[i])) break;
      least = Math.min(least, at);
      greatest = Math.max(greatest, at);
    }
    return found;
  }

  /** Where a check leads to, if it may stand for its pointer in all blocks between these numbers. */
  #goodOf(checked: Value, pointer: Value, least: number, greatest: number): Block | undefined {
    const block = this.#checks.get(checked);
    const home = this.#home.get(pointer);
    if (!block || !home || this.#loops.get(block)?.blocks.has(home) === false) return undefined;
    const { comparison, then, else: otherwise } = block.terminator as Branch;
    const good = (comparison === "ule" ? then : otherwise).block;
    const { position, predecessors } = this.#dominators;
    const to = position[good.id];
    const { first, last } = this.#nesting;
    return predecessors[to].length === 1 && first[to] <= least && greatest <= last[to] ? good : undefined;
  }

  /** Makes a reader of a pointer one of a pointer that is so much farther. */
  #shorten(by: Value, pointer: Value, base: Value, distance: number): void {
    by.inputs = by.inputs.map((input) => input === pointer ? base : input);
    if (isAccess(by)) {
      const { operation } = by;
      by.operation = { ...operation, offset: operation.offset - distance };
      return;
    }
    const constant = distanceOf(by);
    if (isNaN(constant)) this.#moved.set(by, distance);
    else if (constant === distance) this.same.set(by, base);
    else by.inputs[1] = this.#constants.of(BigInt(constant - distance));
  }
}

/** The innermost loop that each block is in. */
function innermostLoops(loops: readonly NaturalLoop[], of: Map<Block, NaturalLoop>): Map<Block, NaturalLoop> {
  for (const loop of loops) {
    for (const block of loop.blocks) of.set(block, loop);
    innermostLoops(loop.children, of);
  }
  return of;
}

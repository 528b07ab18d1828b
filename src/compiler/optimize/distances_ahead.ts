/**
 * Adds constant distances in front of loops instead of in each turn: `r6 = i; r6 += r2; r6 += 8; if r6 > end` becomes
 * `r6 = i; r6 += r2; if r6 > end`, with an `r2` that is 8 farther from the packet's start. The verifier counts a pointer's
 * constant distance apart from what varies: at the check, and behind it, both are what they were.
 *
 * It is done where neither the loop nor what comes behind it needs the nearer pointer, so that one register is enough.
 *
 * Assumes: no later pass looks at how far apart addresses are. Gains: an instruction for each check and turn. Costs: linear,
 * where there are loops.
 *
 * @module
 */

import { dominates, type Dominators, dominatorsOf, type Nesting, nestingOf } from "../analysis/dominators.ts";
import { loopsOf, type NaturalLoop } from "../analysis/loops.ts";
import { pointersOf } from "../analysis/pointers.ts";
import { type Way, Ways } from "../analysis/ways.ts";
import {
  type Block,
  eachTerminatorInput,
  type IrFunction,
  isSum,
  makeBlock,
  makeValue,
  replaceUses,
  reversePostorder,
  type Terminator,
  type Value,
} from "../ir.ts";

export function addDistancesAhead(fn: IrFunction): boolean {
  const loops = loopsOf(fn, fn.blocks);
  if (!loops.some(({ blocks }) => [...blocks].some(({ terminator }) => comparedWithEnd(terminator)))) return false;
  const same = new Map<Value, Value>();
  const uses = new Uses(fn);
  for (const [base, sums] of sumsOf(fn, loops, uses)) {
    const way = uses.wayFor(base, sums);
    if (!way) continue;
    const { far, distance } = sums[0];
    const farther = makeValue(fn, far.operation, [base, distance], far.origin);
    blockOn(fn, way).instructions.push(farther);
    for (const { far, near } of sums) {
      near.inputs = near.inputs.map((input) => input === base ? farther : input);
      same.set(far, near);
    }
  }
  if (same.size === 0) return false;
  replaceUses(fn, same);
  fn.blocks = reversePostorder(fn);
  return true;
}

/** `far = near + distance` is compared with the packet's end, and `near = base + …` in a loop that does not make `base`. */
interface Sum {
  readonly loop: NaturalLoop;
  readonly far: Value;
  readonly near: Value;
  readonly distance: Value;
}

/** The sums by their bases, each with the outermost loop that it can be taken out of. */
function sumsOf(fn: IrFunction, loops: readonly NaturalLoop[], uses: Uses): Map<Value, Sum[]> {
  const sums = new Map<Value, Sum[]>();
  const pointers = pointersOf(fn);
  const seen = new Set<Value>();
  const visit = (loop: NaturalLoop) => {
    for (const { terminator } of loop.blocks) {
      const far = comparedWithEnd(terminator);
      if (!far || seen.has(far)) continue;
      const [near, distance] = far.inputs;
      const base = near.inputs.find((input) => pointers.has(input));
      if (!base || !uses.isFromOutside(base, loop) || uses.isFromOutside(near, loop)) continue;
      seen.add(far);
      const known = sums.get(base);
      if (known) known.push({ loop, far, near, distance });
      else sums.set(base, [{ loop, far, near, distance }]);
    }
    loop.children.forEach(visit);
  };
  loops.forEach(visit);
  return sums;
}

/** The sum of a sum and a constant that is compared with the packet's end. */
function comparedWithEnd(end: Terminator | undefined): Value | undefined {
  if (end?.kind !== "branch" || end.width !== 64 || end.right.operation.kind !== "packetEnd") return undefined;
  const { left: far } = end;
  return isSum(far) && far.inputs[1].operation.kind === "constant" && isSum(far.inputs[0]) ? far : undefined;
}

/** The block at the end of a way that leads nowhere else, made if there is none. */
function blockOn(fn: IrFunction, { from, edge }: Way): Block {
  const { terminator } = from;
  if (terminator!.kind === "jump") return from;
  const block = makeBlock(fn);
  block.terminator = { kind: "jump", to: { ...edge }, origin: terminator!.origin };
  edge.block = block;
  edge.arguments = [];
  return block;
}

/** A reader of a value; what reads it is `undefined` at the end of a block. */
interface Reader {
  readonly block: Block;
  readonly by: Value | undefined;
}

/** Where values are made and read. */
class Uses {
  readonly #ways: Ways;
  readonly #dominators: Dominators;
  readonly #nesting: Nesting;
  readonly #home = new Map<Value, Block>();
  readonly #readers = new Map<Value, Reader[]>();

  constructor(fn: IrFunction) {
    this.#ways = new Ways(fn);
    this.#dominators = dominatorsOf(fn);
    this.#nesting = nestingOf(this.#dominators.children);
    for (const block of fn.blocks) {
      for (const value of block.parameters) this.#home.set(value, block);
      for (const value of block.instructions) {
        this.#home.set(value, block);
        for (const input of value.inputs) this.#note(input, { block, by: value });
      }
      eachTerminatorInput(block.terminator!, (value) => this.#note(value, { block, by: undefined }));
    }
  }

  #note(value: Value, reader: Reader): void {
    const known = this.#readers.get(value);
    if (known) known.push(reader);
    else this.#readers.set(value, [reader]);
  }

  isFromOutside(value: Value, { blocks }: NaturalLoop): boolean {
    return !blocks.has(this.#home.get(value)!);
  }

  /** The way into a loop on which the pointer under all these sums can be moved for good. */
  wayFor(base: Value, sums: readonly Sum[]): Way | undefined {
    const [{ loop, distance }] = sums;
    const ways = this.#ways.into(loop.head).filter(({ from }) => !loop.blocks.has(from));
    const isAlike = (sum: Sum) =>
      sum.loop === loop && sum.distance === distance && this.#readers.get(sum.near)!.length === 1;
    if (ways.length !== 1 || !sums.every(isAlike)) return undefined;
    const [way] = ways;
    const isOver = ({ block, by }: Reader) =>
      this.#isBefore(block, way.from) || by !== undefined && sums.some(({ near }) => near === by);
    return this.#readers.get(base)!.every(isOver) ? way : undefined;
  }

  #isBefore(block: Block, other: Block): boolean {
    const { position } = this.#dominators;
    return dominates(this.#nesting, position[block.id], position[other.id]);
  }
}

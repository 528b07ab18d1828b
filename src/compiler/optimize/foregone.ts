/**
 * Where an edge ends up whatever is found out on the way: code that has no effect, and where what the edge shows answers the
 * tests that matter, until all ways behind it come to one block with the same values. `kind === VLAN` shows there that a later
 * `kind === IPV4` fails: then nobody looks for what is in the VLAN tag.
 *
 * {@linkcode threadJumps} sends edges there. Nothing is copied, and nothing from that place on reads what is computed on the way.
 *
 * @module
 */

import { outcome } from "../analysis/comparisons.ts";
import { ANYTHING, type Fact, joined, single } from "../analysis/facts.ts";
import type { Dominators } from "../analysis/dominators.ts";
import type { Flow } from "../analysis/flow.ts";
import { answerOf, type ShownTest } from "../analysis/shown_tests.ts";
import { resultOf } from "../analysis/transfer.ts";
import {
  type Block,
  definedIn,
  eachRead,
  type Edge,
  type IrFunction,
  isArithmetic,
  isPure,
  isSameEdge,
  successors,
  type Value,
} from "../ir.ts";

/** So many blocks, and instructions in them, lie between an edge and the place where its ways meet, at most. */
const MOST_BLOCKS = 32;
const MOST_INSTRUCTIONS = 96;

/** What foregone ends are found by. */
export class Foregone {
  readonly flow: Flow;
  readonly #fn: IrFunction;
  /** The position of the last block that reads each value, by id, once somebody has asked. */
  #lastReads: Int32Array | undefined;

  constructor(fn: IrFunction, flow: Flow) {
    this.#fn = fn;
    this.flow = flow;
  }

  /** The one edge that all ways behind an edge out of the current block come to; `undefined` if there is none. */
  endOf(edge: Edge, from: Block, shown: () => readonly ShownTest[]): Edge | undefined {
    const known = this.flow.knownOn(edge, from);
    if (!this.#tellsWord(edge, known)) return undefined;
    return new Course(this, edge, from, known, shown).run();
  }

  /** Whether it is known of an edge what some value is there. */
  #tellsWord({ block, arguments: values }: Edge, known: ReadonlyMap<Value, Fact>): boolean {
    for (const fact of known.values()) if (single(fact) !== undefined) return true;
    return !this.flow.isLoopHead(block) && values.some(({ operation }) => operation.kind === "constant");
  }

  /** Whether a value is read in a block at a position or behind it. */
  isReadFrom(position: number, { id }: Value): boolean {
    this.#lastReads ??= lastReadsOf(this.#fn, this.flow.dominators);
    return this.#lastReads[id] >= position;
  }
}

function lastReadsOf({ nextId }: IrFunction, { blocks }: Dominators): Int32Array {
  const last = new Int32Array(nextId).fill(-1);
  blocks.forEach((block, at) => eachRead(block, ({ id }) => last[id] = at));
  return last;
}

class Course {
  readonly #foregone: Foregone;
  readonly #flow: Flow;
  readonly #from: Block;
  /** What is known of values, where they are computed on the way in all of their turns. */
  readonly #known: Map<Value, Fact>;
  readonly #shown: () => readonly ShownTest[];
  readonly #passed = new Set<Block>();
  /** Edges that lead out of what was passed. */
  #open: readonly Edge[];
  /** One of them that leads where no way goes on: then all must lead there. */
  #last: Edge | undefined;
  /** How many more instructions may be passed. */
  #left = MOST_INSTRUCTIONS;
  /** Whether the ways have parted: one that has not is for others to follow. */
  #hasParted = false;

  constructor(
    foregone: Foregone,
    edge: Edge,
    from: Block,
    known: Map<Value, Fact>,
    shown: () => readonly ShownTest[],
  ) {
    this.#foregone = foregone;
    this.#flow = foregone.flow;
    this.#open = [edge];
    this.#from = from;
    this.#known = known;
    this.#shown = shown;
  }

  /** Goes on as long as that is possible: the last place where the ways meet is the best. */
  run(): Edge | undefined {
    let found: Edge | undefined;
    while (this.#open.every((edge) => this.#mayMeet(edge))) {
      const next = this.#nearest();
      if (!next) break;
      if (this.#hasParted && this.#meet()) found = this.#open[0];
      if (!this.#canBePassed(next)) break;
      this.#pass(next);
    }
    return found;
  }

  /** Whether an edge leads further, or where all others that do not lead further lead, too. */
  #mayMeet(edge: Edge): boolean {
    const { position } = this.#flow.dominators;
    if (position[edge.block.id] <= position[this.#from.id]) return false;
    if (goesOn(edge.block)) return true;
    this.#last ??= edge;
    return isSameEdge(edge, this.#last);
  }

  #nearest(): Block | undefined {
    const { position } = this.#flow.dominators;
    let nearest: Block | undefined;
    for (const { block } of this.#open) {
      if (!nearest || position[block.id] < position[nearest.id]) nearest = block;
    }
    return nearest;
  }

  /** Whether all ways come to one block with the same values, all of them from before the way. */
  #meet(): boolean {
    const [first, ...others] = this.#open;
    const { block, arguments: values } = first;
    if (block.loop || this.#flow.isLoopHead(block) || !others.every((edge) => isSameEdge(edge, first))) return false;
    const own = values.length > 0 ? definedIn(this.#passed) : new Set();
    return !values.some((value) => own.has(value)) && this.#isIndependent(block);
  }

  /** Whether nothing from a block on reads what was computed on the way, and no loop on the way goes on there. */
  #isIndependent({ id }: Block): boolean {
    const { blocks, position, parent, predecessors } = this.#flow.dominators;
    const isPassed = (at: number) => this.#passed.has(blocks[at]);
    const isRead = (value: Value) => this.#foregone.isReadFrom(position[id], value);
    for (let at = parent[position[id]]; isPassed(at); at = parent[at]) {
      if (predecessors[at].some((before) => before >= at && !isPassed(before))) return false;
      const { parameters, instructions } = blocks[at];
      if (parameters.some(isRead) || instructions.some(isRead)) return false;
    }
    return true;
  }

  #canBePassed(block: Block): boolean {
    this.#left -= block.instructions.length;
    return this.#left >= 0 && this.#passed.size < MOST_BLOCKS && goesOn(block);
  }

  #pass(block: Block): void {
    this.#passed.add(block);
    const { parameters, instructions } = block;
    if (parameters.length > 0) this.#bring(block);
    for (const value of instructions) {
      const { operation, inputs } = value;
      this.#known.set(value, resultOf(operation, isArithmetic(operation) ? inputs.map((one) => this.#of(one)) : []));
    }
    const onwards = this.#onwards(block);
    this.#hasParted ||= onwards.length > 1;
    this.#open = [
      ...this.#open.filter((edge) => edge.block !== block),
      ...onwards.filter((edge) => !this.#passed.has(edge.block)),
    ];
  }

  /** Gives a block's parameters what the ways there bring; nothing is known of what a loop goes on with. */
  #bring(block: Block): void {
    const arriving = this.#flow.isLoopHead(block) ? [] : this.#open.filter((edge) => edge.block === block);
    block.parameters.forEach((parameter, i) => {
      const facts = arriving.map((edge) => this.#of(edge.arguments[i]));
      this.#known.set(parameter, facts.length > 0 ? facts.reduce(joined) : ANYTHING);
    });
  }

  /** The ways that can be gone out of a block. */
  #onwards(block: Block): readonly Edge[] {
    const { terminator: end } = block;
    if (end?.kind !== "branch" || end.proof) return successors(block);
    const { comparison, width, left, right } = end;
    const isTaken = outcome(comparison, width, this.#of(left), this.#of(right)) ?? answerOf(this.#shown(), end);
    if (isTaken === undefined) return successors(block);
    return [isTaken ? end.then : end.else];
  }

  #of(value: Value): Fact {
    return this.#known.get(value) ?? this.#flow.of(value);
  }
}

/** Whether the ways into a block can be followed through it: nothing happens there that anybody could see. */
function goesOn({ instructions, terminator }: Block): boolean {
  return terminator?.kind !== "return" && instructions.every(({ operation }) => isPure(operation));
}

/**
 * Sends jumps straight to where they end up: an edge to a block whose test the edge itself decides — by a constant argument,
 * or by what is known on the way — goes past the block. So booleans that are made to be tested vanish, and after `x === 1` the
 * question `x === 2` is not asked again.
 *
 * Where tests are left whose answers do not matter, `foregone.ts` knows.
 *
 * What the block computes and stores besides is copied into the edge if it is little. First blocks of loops stay, so
 * that every loop keeps one entry.
 *
 * Assumes: constants in the entry. Gains: tests and jumps; joins that made the verifier follow paths apart. Costs: one walk;
 * a bounded number of steps for each edge.
 *
 * @module
 */

import type { Assumptions } from "../analysis/assumptions.ts";
import { NEGATED, outcome, refined } from "../analysis/comparisons.ts";
import { type Fact, met, single } from "../analysis/facts.ts";
import { Flow } from "../analysis/flow.ts";
import { answerOf, type ShownTest, testsShown } from "../analysis/shown_tests.ts";
import { resultOf } from "../analysis/transfer.ts";
import {
  type Block,
  type Edge,
  type IrFunction,
  isPure,
  makeBlock,
  makeValue,
  reversePostorder,
  successors,
  type Value,
} from "../ir.ts";
import { EqualityRows } from "./equality_rows.ts";
import { Foregone } from "./foregone.ts";
import { Copies, reconstruct } from "./reconstruct.ts";

/** Instructions of a block that an edge may copy, and blocks that an edge may pass. */
const MOST_COPIED = 3;
const MOST_PASSED = 64;
/** So many operations in a row are done again with what a way shows of their inputs, as in `x >>> 3 & 1`. */
const MOST_REDONE = 2;

export function threadJumps(fn: IrFunction, assumptions?: Assumptions): boolean {
  const flow = new Flow(fn, assumptions);
  const threader = new Threader(fn, flow);
  const found: Way[] = [];
  flow.walk({
    end(block) {
      for (const edge of successors(block)) {
        const way = flow.isPossible(edge, block) ? threader.wayOf(edge, block) : undefined;
        if (way) found.push(way);
      }
    },
  });
  threader.apply(found);
  return found.length > 0;
}

/** A way from an edge past some blocks; the first step is the edge as it was, each other one leaves a passed block. */
interface Way {
  readonly edge: Edge;
  readonly steps: readonly Edge[];
}

class Threader {
  readonly #fn: IrFunction;
  readonly #flow: Flow;
  /** Copies of values in the blocks that ways were given. */
  readonly #copies = new Copies();
  readonly #rows: EqualityRows;
  readonly #foregone: Foregone;
  /** The blocks of ways that many edges go, by what they pass and what they bring. */
  readonly #shared = new Map<string, Block>();

  constructor(fn: IrFunction, flow: Flow) {
    this.#fn = fn;
    this.#flow = flow;
    this.#rows = new EqualityRows(fn, (block) => !block.loop && !flow.isLoopHead(block));
    this.#foregone = new Foregone(fn, flow);
  }

  /** Where an edge out of the current block ends up, if not where it goes. */
  wayOf(edge: Edge, from: Block): Way | undefined {
    let found: readonly ShownTest[] | undefined;
    const shown = () => found ??= testsShown(edge, from, this.#flow.dominators);
    const end = this.#foregone.endOf(edge, from, shown);
    return end ? { edge, steps: [snapshot(end)] } : this.#follow(edge, from, shown);
  }

  #follow(edge: Edge, from: Block, shown: () => readonly ShownTest[]): Way | undefined {
    if (!this.#canBePassed(edge.block) || this.#isOnOneWay(edge.block)) return undefined;
    const known = this.#flow.knownOn(edge, from);
    const steps = [edge];
    for (let { block } = edge; steps.length <= MOST_PASSED && this.#canBePassed(block);) {
      const next = this.#next(steps[steps.length - 1], known, shown);
      if (!next || steps.some((step) => step.block === next.block)) break;
      steps.push(next);
      block = next.block;
    }
    return steps.length > 1 ? { edge, steps: steps.map(snapshot) } : undefined;
  }

  #canBePassed(block: Block): boolean {
    if (block.loop || block.terminator?.kind === "return" || this.#flow.isLoopHead(block)) return false;
    // What is on one way only needs no copy, except behind what is copied.
    const most = this.#isOnOneWay(block) ? 0 : MOST_COPIED;
    return block.instructions.length <= most && block.instructions.every(isCopyable);
  }

  #isOnOneWay({ id }: Block): boolean {
    const { predecessors, position } = this.#flow.dominators;
    return predecessors[position[id]].length < 2;
  }

  /** The edge out of a block that is taken where it is entered over an edge; `undefined` if that is not known. */
  #next(edge: Edge, known: Map<Value, Fact>, shown: () => readonly ShownTest[]): Edge | undefined {
    const { parameters, instructions, terminator: end } = edge.block;
    const asked = this.#rows.wordAt(edge.block);
    const answer = asked && single(known.get(asked.word) ?? this.#flow.of(asked.word));
    if (answer !== undefined) return this.#rows.leaving(edge.block, answer);
    const of = (value: Value) => known.get(value) ?? this.#seenAgain(value, known, MOST_REDONE);
    const facts = edge.arguments.map(of);
    parameters.forEach((parameter, i) => known.set(parameter, facts[i]));
    for (const value of instructions) known.set(value, resultOf(value.operation, value.inputs.map(of)));
    if (end?.kind === "jump") {
      return instructions.length === 0 && !this.#flow.isLoopHead(end.to.block) ? end.to : undefined;
    }
    if (end?.kind !== "branch" || end.proof) return undefined;
    const { comparison, width, left, right } = end;
    const isTaken = outcome(comparison, width, of(left), of(right)) ?? answerOf(shown(), end);
    if (isTaken === undefined) return undefined;
    const fact = refined(isTaken ? comparison : NEGATED[comparison], width, of(left), of(right));
    if (fact) known.set(left, fact);
    return isTaken ? end.then : end.else;
  }

  /** What is known of a value from before the way, by what the way shows of the values that it was made from. */
  #seenAgain(value: Value, known: ReadonlyMap<Value, Fact>, depth: number): Fact {
    const { operation, inputs } = value;
    const fact = this.#flow.of(value);
    const isMade = operation.kind === "binary" || operation.kind === "extend";
    if (!isMade || depth === 0 || this.#flow.feeding[value.id] || single(fact) !== undefined) return fact;
    const facts = inputs.map((input) => known.get(input) ?? this.#seenAgain(input, known, depth - 1));
    return met(fact, resultOf(operation, facts)) ?? fact;
  }

  /** Gives each way a block for what it copies, and sends the edges there. */
  apply(ways: readonly Way[]): void {
    if (ways.length === 0) return;
    for (const way of ways) {
      if (way.steps.length > 1) this.#build(way);
      else Object.assign(way.edge, way.steps[0]);
    }
    this.#fn.blocks = reversePostorder(this.#fn);
    reconstruct(this.#fn, this.#copies);
  }

  /** One way for many edges, where nothing is copied: all that find a word in a long list go the same. */
  #build(way: Way): void {
    const { edge } = way;
    const name = nameOf(way);
    const known = name === undefined ? undefined : this.#shared.get(name);
    if (known) {
      edge.block = known;
      edge.arguments = [];
      return;
    }
    this.#copy(way);
    // What comes from before the way differs from edge to edge.
    if (name !== undefined && edge.arguments.length === 0) this.#shared.set(name, edge.block);
  }

  /** Values from before the way become parameters of its block, so that what stands for a copied value stands there. */
  #copy({ edge, steps }: Way): void {
    const copy = makeBlock(this.#fn);
    const own = new Map<Value, Value>();
    const incoming: Value[] = [];
    const now = (value: Value): Value => {
      const found = own.get(value);
      if (found || value.operation.kind === "constant") return found ?? value;
      const parameter = makeValue(this.#fn, { kind: "parameter" }, [], value.origin, value.range);
      copy.parameters.push(parameter);
      incoming.push(value);
      own.set(value, parameter);
      return parameter;
    };
    for (const { block, arguments: given } of steps.slice(0, -1)) {
      const values = given.map(now);
      block.parameters.forEach((parameter, i) => this.#copied(parameter, values[i], block, copy, own));
      for (const value of block.instructions) {
        const twin = makeValue(this.#fn, value.operation, value.inputs.map(now), value.origin, value.range);
        copy.instructions.push(twin);
        this.#copied(value, twin, block, copy, own);
      }
    }
    const last = steps[steps.length - 1];
    copy.terminator = {
      kind: "jump",
      to: { block: last.block, arguments: last.arguments.map(now) },
      origin: edge.block.terminator?.origin,
    };
    edge.block = copy;
    edge.arguments = incoming;
  }

  #copied(value: Value, by: Value, home: Block, copy: Block, own: Map<Value, Value>): void {
    own.set(value, by);
    this.#copies.add(value, home, copy, by);
  }
}

/** What a way past a single test is told by, if it brings nothing there but constants; other ways are not told apart. */
function nameOf({ steps }: Way): string | undefined {
  if (steps.length !== 2) return undefined;
  const [{ block: { terminator, instructions }, arguments: given }] = steps;
  if (terminator?.kind !== "branch" || instructions.length > 0) return undefined;
  if (!given.every(({ operation }) => operation.kind === "constant")) return undefined;
  return steps.map(({ block, arguments: values }) => [block.id, ...values.map(({ id }) => id)].join()).join(";");
}

/** Whether each way may have it for itself: what is stored is stored once on each. */
function isCopyable({ operation }: Value): boolean {
  return isPure(operation) || operation.kind === "store";
}

/** The edge as it is now: others may be sent elsewhere before this one. */
function snapshot({ block, arguments: values }: Edge): Edge {
  return { block, arguments: [...values] };
}

/**
 * Conditional propagation of facts: what every value can be, along the paths that can be taken at all, with what the tests on
 * the way have shown.
 *
 * The function is walked down its dominator tree, again and again until what was assumed of loops' parameters holds. Facts
 * that a test shows are in force in the blocks that its edge dominates. Only what the verifier can find out by itself is used
 * of values that feed addresses (`addresses.ts`).
 *
 * @module
 */

import {
  type Block,
  type Branch,
  type Comparison,
  type Edge,
  type IrFunction,
  isArithmetic,
  type Value,
} from "../ir.ts";
import { type Feeding, feedingAddresses } from "./addresses.ts";
import { Assumptions, type Outcomes, type Shown } from "./assumptions.ts";
import { mayEqual, MIRRORED, NEGATED, outcome, refined } from "./comparisons.ts";
import { type Dominators, dominatorsOf } from "./dominators.ts";
import { ANYTHING, type Fact, implies, joined, makeFact } from "./facts.ts";
import type { Results } from "./results.ts";
import { resultOf } from "./transfer.ts";

/** Changes of what is assumed after which the ends of an interval that still move are let go. */
const STEPS = 2;
/** Rounds, and blocks walked in all of them, after which nothing is assumed any more. */
const MOST_ROUNDS = 16;
const MOST_WALKED = 40_000;

/** What a walk shows on the way. */
export interface FlowVisitor {
  /** Before a block's parameters and instructions. */
  block?(block: Block): void;
  /** After the value's fact is known. It may be rewritten to something that computes the same. */
  instruction?(value: Value, block: Block): void;
  /** With all of the block's facts in force. */
  end?(block: Block): void;
}

/** What is shown where a branch is taken, and where it is not. */
type Ways = readonly [onThen: Shown | undefined, onElse: Shown | undefined];

const NOTHING: Shown = { left: undefined, right: undefined };

/** The facts of a function. */
export class Flow {
  readonly dominators: Dominators;
  readonly feeding: Feeding;
  /** What is known of each value at the current point of the walk, by id. */
  readonly #facts: (Fact | undefined)[];
  /** What is assumed of the parameters of blocks that are gone back to. */
  #assumed = new Map<Value, Fact>();
  /** What edges have brought for parameters in this round. */
  #brought = new Map<Value, Fact>();
  #reached: Uint8Array;
  /** Blocks that were reached by going back, by position. */
  readonly #reachedFromBehind: Uint8Array;
  /** What was known before, of which values: to be known again where the walk leaves a block. */
  readonly #undoFacts: (Fact | undefined)[] = [];
  readonly #undoIds: number[] = [];
  readonly #isLoopHead: Uint8Array;
  /** Of the current block's end, once somebody has asked; and of those that were left, by their ids. */
  #outcomes: Outcomes | undefined;
  readonly #outcomesOfBlocks: Map<number, Outcomes>;
  readonly #results: Results;
  /** Whether nothing is assumed at the heads of loops, because that did not settle. */
  #isCautious = false;
  /** Whether what is assumed has been seen to hold. */
  #isSettled = false;

  /** Begins with what is likely to hold; what then does hold is left there. */
  constructor(fn: IrFunction, { heads, results, outcomes }: Assumptions = new Assumptions()) {
    this.#results = results;
    this.#outcomesOfBlocks = outcomes;
    results.reserve(fn.nextId);
    this.dominators = dominatorsOf(fn);
    this.feeding = feedingAddresses(fn);
    this.#facts = new Array(fn.nextId);
    const { blocks, predecessors } = this.dominators;
    this.#reached = new Uint8Array(blocks.length);
    this.#reachedFromBehind = new Uint8Array(blocks.length);
    this.#isLoopHead = new Uint8Array(blocks.length);
    let hasLoops = false;
    predecessors.forEach((before, i) => {
      if (!before.some((from) => from >= i)) return;
      this.#isLoopHead[i] = 1;
      hasLoops = true;
    });
    if (hasLoops && !this.#holds(heads)) this.#settle(heads);
    this.#isSettled = true;
  }

  /** What is known of a value at this point of the walk. */
  of(value: Value): Fact {
    return this.#facts[value.id] ?? this.#unwalked(value);
  }

  /** Whether control can go over an edge out of the current block. */
  isPossible(edge: Edge, block: Block): boolean {
    return this.#shownBy(block, edge) !== undefined;
  }

  /** Whether the block is gone back to: the first of a loop. */
  isLoopHead(block: Block): boolean {
    return this.#isLoopHead[this.dominators.position[block.id]] === 1;
  }

  /** Walks all blocks that can be reached, dominators first. */
  walk(visitor: FlowVisitor): void {
    const { blocks, children } = this.dominators;
    this.#reached = this.#reachedFromBehind.slice();
    this.#reached[0] = 1;
    this.#brought = new Map();
    // Of each block that is being walked: its position, which child is next, and what is to be undone behind it.
    const path: number[] = [];
    const next: number[] = [];
    const undo: number[] = [];
    const enter = (at: number) => {
      path.push(at);
      next.push(children.first[at]);
      undo.push(this.#undoIds.length);
      this.#visit(blocks[at], at, visitor);
    };
    enter(0);
    while (path.length > 0) {
      const child = next[next.length - 1];
      if (child < 0) {
        this.#leave(undo.pop()!);
        path.pop();
        next.pop();
        continue;
      }
      next[next.length - 1] = children.next[child];
      if (this.#reached[child]) enter(child);
    }
  }

  /** Constants that a pass makes while it walks are not walked themselves. */
  #unwalked({ operation }: Value): Fact {
    return operation.kind === "constant" ? resultOf(operation, []) : ANYTHING;
  }

  #set(id: number, fact: Fact): void {
    this.#undoIds.push(id);
    this.#undoFacts.push(this.#facts[id]);
    this.#facts[id] = fact;
  }

  #leave(depth: number): void {
    while (this.#undoIds.length > depth) this.#facts[this.#undoIds.pop()!] = this.#undoFacts.pop();
  }

  #visit(block: Block, at: number, visitor: FlowVisitor): void {
    visitor.block?.(block);
    this.#refineOnEntry(block, at);
    const { parameters, instructions } = block;
    for (let i = 0; i < parameters.length; i++) {
      const parameter = parameters[i];
      const fact = this.#results.ofParameter(parameter, this.feeding[parameter.id], this.#atHead(parameter, at));
      this.#set(parameter.id, fact);
    }
    for (let i = 0; i < instructions.length; i++) {
      const value = instructions[i];
      this.#facts[value.id] = this.#evaluate(value);
      visitor.instruction?.(value, block);
    }
    this.#outcomes = undefined;
    visitor.end?.(block);
    const { terminator: end } = block;
    if (end?.kind === "jump") this.#follow(end.to, block, at);
    else if (end?.kind === "branch") {
      this.#follow(end.then, block, at);
      this.#follow(end.else, block, at);
    }
  }

  #atHead(parameter: Value, at: number): Fact {
    const brought = this.#brought.get(parameter) ?? ANYTHING;
    if (!this.#isLoopHead[at]) return brought;
    // Where a pass rewrites what has shown that a loop is never come to, what one way brings there is not all.
    return this.#isCautious ? ANYTHING : this.#assumed.get(parameter) ?? (this.#isSettled ? ANYTHING : brought);
  }

  /** What the branch that leads here, and nowhere else does, has shown. */
  #refineOnEntry(block: Block, at: number): void {
    const from = this.dominators.predecessors[at];
    if (from.length !== 1) return;
    const { terminator: end } = this.dominators.blocks[from[0]];
    if (end?.kind !== "branch") return;
    const { id } = this.dominators.blocks[from[0]];
    const known = this.#outcomesOfBlocks.get(id);
    const outcomes = isOf(known, end) ? known : this.#outcomesOf(id, end);
    const shown = end.then.block === block ? outcomes.onThen : outcomes.onElse;
    if (shown?.left) this.#set(end.left.id, shown.left);
    if (shown?.right) this.#set(end.right.id, shown.right);
  }

  #evaluate(value: Value): Fact {
    const { id, operation, inputs } = value;
    const count = isArithmetic(operation) ? inputs.length : 0;
    const first = count > 0 ? this.of(inputs[0]) : undefined;
    return this.#results.ofInstruction(value, this.feeding[id], first, count > 1 ? this.of(inputs[1]) : undefined);
  }

  /** Values of which more is known where the current block is left over an edge. */
  knownOn(edge: Edge, block: Block): Map<Value, Fact> {
    const known = new Map<Value, Fact>();
    const { terminator: end } = block;
    const shown = this.#shownBy(block, edge);
    if (end?.kind !== "branch" || !shown) return known;
    if (shown.left) known.set(end.left, shown.left);
    if (shown.right) known.set(end.right, shown.right);
    return known;
  }

  /** What the end of the current block shows where it goes over an edge; `undefined` if it never does. */
  #shownBy({ id, terminator: end }: Block, edge: Edge): Shown | undefined {
    if (end?.kind !== "branch") return NOTHING;
    if (!isOf(this.#outcomes, end)) this.#outcomes = this.#outcomesOf(id, end);
    return edge === end.then ? this.#outcomes.onThen : this.#outcomes.onElse;
  }

  #outcomesOf(id: number, end: Branch): Outcomes {
    const ofLeft = this.of(end.left);
    const ofRight = this.of(end.right);
    const known = this.#outcomesOfBlocks.get(id);
    if (isOf(known, end) && known.ofLeft === ofLeft && known.ofRight === ofRight) return known;
    const { comparison, width, left, right } = end;
    const isEquality = comparison === "eq" || comparison === "ne";
    const ways = isEquality && mayEqual(ofLeft, ofRight, width)
      ? this.#waysOfEquality(end, ofLeft, ofRight)
      : this.#ways(end);
    const outcomes = { end, comparison, width, left, right, ofLeft, ofRight, onThen: ways[0], onElse: ways[1] };
    this.#outcomesOfBlocks.set(id, outcomes);
    return outcomes;
  }

  #ways(end: Branch): Ways {
    const decided = this.#decided(end);
    return [
      decided === false ? undefined : this.#shows(end, end.comparison),
      decided === true ? undefined : this.#shows(end, NEGATED[end.comparison]),
    ];
  }

  /** Where a word is compared with a constant that it may be. */
  #waysOfEquality({ comparison, width, proof }: Branch, before: Fact, constant: Fact): Ways {
    // Being another one tells something only of the ends.
    const isInside = constant.min !== before.min && constant.min !== before.max;
    const other = isInside ? before : refined("ne", width, before, constant);
    const onEqual: Shown = { left: constant, right: undefined };
    const onOther = other === before || !other && proof ? NOTHING : other && { left: other, right: undefined };
    return comparison === "eq" ? [onEqual, onOther] : [onOther, onEqual];
  }

  #shows({ width, left, right, proof }: Branch, comparison: Comparison): Shown | undefined {
    const a = this.of(left);
    const b = this.of(right);
    const x = refined(comparison, width, a, b);
    const y = x && refined(MIRRORED[comparison], width, b, a);
    if (!x || !y) return proof ? NOTHING : undefined;
    if (x === a && y === b) return NOTHING;
    return { left: x === a ? undefined : x, right: y === b ? undefined : y };
  }

  /**
   * How a branch ends, if that is known. What proves something to the verifier is decided only between constants, which it
   * knows as well: what stands behind it may then be beyond all bounds, and would be refused although it is never come to.
   */
  #decided({ comparison, width, left, right, proof }: Branch): boolean | undefined {
    if (proof && !(isConstant(left) && isConstant(right))) return undefined;
    return outcome(comparison, width, this.of(left), this.of(right));
  }

  #follow(edge: Edge, block: Block, at: number): void {
    const shown = this.#shownBy(block, edge);
    if (!shown) return;
    const to = this.dominators.position[edge.block.id];
    if (to <= at && !this.#reached[to]) this.#reachedFromBehind[to] = 1;
    this.#reached[to] = 1;
    if (edge.arguments.length > 0) this.#bring(edge, block, shown);
  }

  #bring({ arguments: values, block: { parameters } }: Edge, { terminator: end }: Block, { left, right }: Shown): void {
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      const isLeft = end?.kind === "branch" && value === end.left;
      const isRight = end?.kind === "branch" && value === end.right;
      const fact = isLeft && left || isRight && right || this.of(value);
      const before = this.#brought.get(parameters[i]);
      this.#brought.set(parameters[i], before ? joined(before, fact) : fact);
    }
  }

  /** Whether what was known before is still what is brought to the heads of loops. */
  #holds(known: ReadonlyMap<Value, Fact>): boolean {
    const heads = this.dominators.blocks.filter((_, i) => this.#isLoopHead[i]);
    if (!heads.every(({ parameters }) => parameters.every((parameter) => known.has(parameter)))) return false;
    this.#assumed = new Map(known);
    this.walk({});
    const isGivenUp = this.#reachedFromBehind.some((one) => one !== 0) ||
      this.#openParameters().some(([, assumed, brought]) => !implies(brought, assumed!));
    if (isGivenUp) {
      this.#assumed = new Map();
      this.#reachedFromBehind.fill(0);
    }
    return !isGivenUp;
  }

  /** Walks until what is assumed at the heads of loops is what the walk brings there. */
  #settle(known: Map<Value, Fact>): void {
    const changes = new Map<Value, number>();
    let isWide = false;
    for (let round = 0; round < this.#patience(); round++) {
      const before = this.#reachedFromBehind.slice();
      this.walk({});
      const open = this.#openParameters().filter(([, assumed, brought]) => !assumed || !implies(brought, assumed));
      if (open.length === 0 && before.every((one, i) => one === this.#reachedFromBehind[i])) {
        if (isWide) this.#narrow();
        this.#assumed.forEach((fact, parameter) => known.set(parameter, fact));
        return;
      }
      for (const [parameter, assumed, brought] of open) {
        const count = (changes.get(parameter) ?? 0) + 1;
        changes.set(parameter, count);
        isWide ||= count > STEPS;
        this.#assumed.set(parameter, assumed ? grown(assumed, brought, count) : brought);
      }
    }
    this.#isCautious = true;
    this.#reachedFromBehind.set(this.#isLoopHead);
  }

  /** Rounds that are worth their time. */
  #patience(): number {
    return Math.min(MOST_ROUNDS, Math.floor(MOST_WALKED / this.dominators.blocks.length));
  }

  /** Parameters of loops' heads with what is assumed of them and what this round brought. */
  #openParameters(): [Value, Fact | undefined, Fact][] {
    return this.dominators.blocks.filter((_, i) => this.#isLoopHead[i] && this.#reached[i])
      .flatMap(({ parameters }) => parameters)
      .map((parameter) => [parameter, this.#assumed.get(parameter), this.#brought.get(parameter) ?? ANYTHING]);
  }

  /** One step back from ends that were let go too far, if that holds. */
  #narrow(): void {
    const wide = this.#assumed;
    const brought = this.#openParameters();
    this.#assumed = new Map(brought.map(([parameter, , fact]) => [parameter, fact]));
    this.walk({});
    const holds = this.#openParameters().every(([, assumed, fact]) => assumed !== undefined && implies(fact, assumed));
    if (!holds) this.#assumed = wide;
  }
}

/** Whether nothing has changed in a branch since. */
function isOf(outcomes: Outcomes | undefined, end: Branch): outcomes is Outcomes {
  return outcomes?.end === end && outcomes.comparison === end.comparison && outcomes.width === end.width &&
    outcomes.left === end.left && outcomes.right === end.right;
}

function isConstant({ operation }: Value): boolean {
  return operation.kind === "constant";
}

/** Ends of the language's types: where intervals that keep growing may come to rest. */
const RESTS: readonly bigint[] = [7n, 8n, 15n, 16n, 31n, 32n, 48n, 53n, 63n]
  .flatMap((bits) => [1n << bits, (1n << bits) - 1n, -(1n << bits)]).concat(0n, -1n, 1n, (1n << 64n) - 1n)
  .sort((a, b) => a < b ? -1 : 1);

/** What is assumed after the next of several changes. */
function grown(assumed: Fact, brought: Fact, changes: number): Fact {
  const both = joined(assumed, brought);
  if (changes <= STEPS) return both;
  if (changes > 2 * STEPS) return ANYTHING;
  const min = both.min < assumed.min ? RESTS.findLast((rest) => rest <= both.min) ?? both.min : both.min;
  const max = both.max > assumed.max ? RESTS.find((rest) => rest >= both.max) ?? both.max : both.max;
  return makeFact(min, max, both.zeros & assumed.zeros, both.ones & assumed.ones);
}

/**
 * Builds blocks in order, and joins what is known where paths meet: SSA construction by abstract interpretation of the
 * tree. A {@linkcode Label} is a point that paths go to; placing it makes the block and the block's parameters.
 *
 * @module
 */

import type { BinaryOperator, Block, Comparison, Edge, IrFunction, Operation, Origin, Value, Width } from "../ir.ts";
import { exactly, intersection, type Range, union } from "../range.ts";
import { describe, isUnique } from "./describe.ts";
import type { InlinedCall } from "./functions.ts";
import { Heap } from "./heap.ts";
import { joinChoice } from "./join_choices.ts";
import { joinViews } from "./join_views.ts";
import { commonKept } from "./kept.ts";
import type { Choice, Operand, Word, WordType } from "./operand.ts";
import type { Loan } from "./place.ts";
import { ForkedMap } from "./forked_map.ts";
import { Refinements } from "./refinements.ts";
import { openReservations } from "./reservations.ts";
import {
  areSame,
  type Bounds,
  chosen,
  commonLocals,
  commonPointers,
  fork,
  isEnded,
  latestEndings,
  LENGTH,
  type State,
} from "./state.ts";
import { commonType, isSame } from "./word_types.ts";

/** One path to a label. */
export interface Incoming {
  readonly from: Block;
  readonly edge: Edge;
  readonly state: State;
  readonly result: Operand | undefined;
  readonly unconditional: boolean;
}

/** A point that paths go to before it is known where it is. */
export interface Label {
  readonly incoming: Incoming[];
}

/** The first block of a loop, and its parameters. */
export interface LoopHead {
  readonly block: Block;
  readonly parameters: readonly Value[];
}

const NOWHERE = undefined as unknown as Block;

export class Builder {
  readonly fn: IrFunction;
  /** Where instructions go; `undefined` after a jump: what follows cannot be reached. */
  block: Block | undefined;
  /** The objects that the text has made so far. */
  readonly heap: Heap = new Heap();
  #state: State = {
    locals: new ForkedMap(),
    refined: new Refinements(),
    bounds: undefined,
    proven: 0,
    pointers: new ForkedMap(),
    endings: new ForkedMap(),
    kept: new ForkedMap(),
    changes: new ForkedMap(),
    reservations: new Set(),
  };
  origin: Origin | undefined;
  /** Calls of users' functions that have been inlined. */
  readonly calls: InlinedCall[] = [];
  /** What the two sides of a sum or difference of the text may be, where it stands. */
  readonly summands: WeakMap<Value, readonly [left: Range, right: Range]> = new WeakMap();
  /** What the program is called with. */
  readonly programContext: Value;
  #epochs = 0;
  #moves = 0;
  #time = 0;

  /** Labels that are not placed yet: what is undone must also leave them. */
  readonly #open = new Set<Label>();

  /** Makes a fixed-point word of a number, where the builder stands. */
  readonly #toFixed: (operand: Operand) => Word;

  constructor(name: string, isCalled: boolean, toFixed: (operand: Operand) => Word) {
    this.#toFixed = toFixed;
    this.fn = { name, blocks: [], nextId: 0, isCalled };
    this.block = this.#newBlock();
    this.programContext = this.emit({ kind: "context" });
  }

  /** What is known where the builder stands. */
  get state(): State {
    return this.#state;
  }

  set state(state: State) {
    this.#state = state;
    this.heap.show(state.changes);
  }

  /** The packet's limits here. */
  get bounds(): Bounds {
    const { state } = this;
    if (state.bounds) return state.bounds;
    const epoch = this.#epochs++;
    const start = this.emit({ kind: "packetStart", epoch }, [this.programContext]);
    const end = this.emit({ kind: "packetEnd", epoch }, [this.programContext]);
    const length = this.emit({ kind: "binary", operator: "sub", width: 64 }, [end, start], LENGTH);
    const bounds = { start, end, length, epoch };
    if (this.block) state.bounds = bounds;
    return bounds;
  }

  /** The packet's limits may have been moved: nothing is known of them any more. */
  beginEpoch(): void {
    this.#moves++;
    if (this.block) this.state = { ...this.state, bounds: undefined, proven: 0, pointers: new ForkedMap() };
    this.#look();
  }

  /** Looks for the packet's limits before ways part: what these make of the packet can meet again then. */
  #look(): void {
    void this.bounds;
  }

  /** Counts up whenever code is built that may move the packet's limits. */
  get moves(): number {
    return this.#moves;
  }

  /** A point in time: later ones are larger, whatever path they lie on. */
  tick(): number {
    return ++this.#time;
  }

  /** From here on, views of the map that are older must not be used; `by` says in words what ended them. */
  endViews(map: object, by: string): void {
    this.state.endings.set(map, { at: this.tick(), by });
  }

  /** Whether a map may have given the memory of a view to another entry. */
  isEnded(loan: Loan): boolean {
    return isEnded(loan, this.state);
  }

  /** A new point for paths to go to; it must be placed. */
  label(): Label {
    const label: Label = { incoming: [] };
    this.#open.add(label);
    return label;
  }

  get reachable(): boolean {
    return this.block !== undefined;
  }

  /** Appends an instruction. In unreachable code the value exists, but nowhere. */
  emit(operation: Operation, inputs: Value[] = [], range?: Range): Value {
    const value: Value = { id: this.fn.nextId++, operation, inputs, origin: this.origin, range };
    this.block?.instructions.push(value);
    return value;
  }

  constant(value: bigint): Value {
    return this.emit({ kind: "constant", value }, [], exactly(value));
  }

  goto(label: Label, result?: Operand): void {
    if (!this.block) return;
    const edge: Edge = { block: NOWHERE, arguments: [] };
    this.block.terminator = { kind: "jump", to: edge, origin: this.origin };
    label.incoming.push({ from: this.block, edge, state: this.state, result, unconditional: true });
    this.block = undefined;
  }

  /** Splits the path; `thenState` and `elseState` say what the outcome shows. */
  branch(
    comparison: Comparison,
    left: Value,
    right: Value,
    yes: Label,
    no: Label,
    refine?: { yes?(state: State): void; no?(state: State): void },
    width: Width = 64,
    proof = false,
  ): void {
    if (!this.block) return;
    const from = this.block;
    const then: Edge = { block: NOWHERE, arguments: [] };
    const otherwise: Edge = { block: NOWHERE, arguments: [] };
    const { origin } = this;
    from.terminator = { kind: "branch", comparison, width, left, right, then, else: otherwise, proof, origin };
    const elseState = fork(this.state);
    refine?.yes?.(this.state);
    refine?.no?.(elseState);
    yes.incoming.push({ from, edge: then, state: this.state, result: undefined, unconditional: false });
    no.incoming.push({ from, edge: otherwise, state: elseState, result: undefined, unconditional: false });
    this.block = undefined;
  }

  return(value: Value): void {
    if (!this.block) return;
    this.block.terminator = { kind: "return", value, origin: this.origin };
    this.block = undefined;
  }

  /** Continues where the label's paths meet; the result that they bring, if they bring one. */
  place(label: Label): Operand | undefined {
    const { incoming } = label;
    this.#open.delete(label);
    if (this.block) throw new Error("a label is placed while another path is open");
    if (incoming.length === 0) return undefined;
    if (incoming.length === 1) return this.#continueFrom(incoming[0]);
    const block = this.block = this.#newBlock();
    for (const { edge } of incoming) edge.block = block;
    this.state = this.#joinStates(block, incoming);
    this.#look();
    const results = incoming.map((from) => from.result);
    return results.some((result) => result === undefined)
      ? undefined
      : this.#join(block, incoming, results as Operand[]);
  }

  /** What is known of a word here, tests included. */
  refined(word: Word): Word {
    const known = this.state.refined.get(word.value);
    if (!known) return word;
    const range = intersection(word.range, known.range) ?? word.range;
    return { ...word, range, nonZero: word.nonZero || known.nonZero };
  }

  /** The options of a choice that tests on the way have left. */
  optionsLeft({ selector, options }: Choice): readonly Operand[] {
    const { min, max } = this.refined(selector).range;
    return options.slice(Number(min), Number(max) + 1);
  }

  /** What an operand is here, by all that tests on the way have shown. */
  current(operand: Operand): Operand {
    return operand.kind === "word" ? this.refined(operand) : chosen(this.state, operand);
  }

  /** Remembers this point; the result gives the instructions that have been added since. */
  mark(): () => Value[] {
    const { block, fn } = this;
    const [blocks, instructions] = [fn.blocks.length, block?.instructions.length ?? 0];
    return () => [
      ...block?.instructions.slice(instructions) ?? [],
      ...fn.blocks.slice(blocks).flatMap((added) => added.instructions),
    ];
  }

  /** Remembers this point; the result goes back to it as if nothing had been built since. */
  checkpoint(): () => void {
    const { block, fn, origin } = this;
    const blocks = fn.blocks.length;
    const instructions = block?.instructions.length ?? 0;
    const calls = this.calls.length;
    const state = fork(this.state);
    const open = [...this.#open].map((label) => ({ label, count: label.incoming.length }));
    return () => {
      fn.blocks.length = blocks;
      this.calls.length = calls;
      if (block) {
        block.instructions.length = instructions;
        block.terminator = undefined;
      }
      this.block = block;
      this.state = fork(state);
      this.origin = origin;
      this.#open.clear();
      for (const { label, count } of open) {
        label.incoming.length = count;
        this.#open.add(label);
      }
    };
  }

  /** Begins a loop: a block that the current one and {@linkcode closeLoop} enter, with a parameter for each word given. */
  openLoop(
    words: readonly { readonly operand: Operand; readonly type: WordType; readonly range: Range | undefined }[],
  ): LoopHead {
    const from = this.block!;
    const entry: Incoming = {
      from,
      edge: { block: NOWHERE, arguments: [] },
      state: this.state,
      result: undefined,
      unconditional: true,
    };
    const values = words.map(({ operand, type }) => this.#asWord(operand, type, entry).value);
    const block = this.block = this.#newBlock();
    from.terminator = { kind: "jump", to: { block, arguments: values }, origin: this.origin };
    this.state = fork(this.state);
    const parameters = words.map(({ range }) => this.parameter(block, range));
    return { block, parameters };
  }

  /** Goes back to the head of a loop with new values of its parameters. */
  closeLoop({ block }: LoopHead, words: readonly { readonly operand: Operand; readonly type: WordType }[]): void {
    const from = this.block!;
    const edge: Edge = { block, arguments: [] };
    const back: Incoming = { from, edge, state: this.state, result: undefined, unconditional: true };
    edge.arguments.push(...words.map(({ operand, type }) => this.#asWord(operand, type, back).value));
    from.terminator = { kind: "jump", to: edge, origin: this.origin };
    this.block = undefined;
  }

  #newBlock(): Block {
    const block: Block = { id: this.fn.nextId++, parameters: [], instructions: [], terminator: undefined };
    this.fn.blocks.push(block);
    return block;
  }

  #continueFrom({ from, edge, state, result, unconditional }: Incoming): Operand | undefined {
    this.state = state;
    if (unconditional) {
      from.terminator = undefined;
      this.block = from;
    } else {
      this.block = edge.block = this.#newBlock();
    }
    return result;
  }

  #joinStates(block: Block, incoming: readonly Incoming[]): State {
    const states = incoming.map((from) => from.state);
    const locals = this.#joinLocals(block, incoming, states);
    const refined = Refinements.common(states.map((state) => state.refined));
    const [{ bounds }, ...others] = states;
    const isOneEpoch = bounds && others.every((state) => state.bounds === bounds);
    const endings = latestEndings(states);
    const changes = this.heap.join(states.map((state) => state.changes));
    const common = {
      locals,
      refined,
      endings,
      changes,
      kept: commonKept(states.map((state) => state.kept)),
      reservations: new Set(states.flatMap(openReservations)),
    };
    if (!isOneEpoch) return { ...common, bounds: undefined, proven: 0, pointers: new ForkedMap() };
    const proven = states.reduce((least, state) => Math.min(least, state.proven), Infinity);
    return { ...common, bounds, proven, pointers: commonPointers(states) };
  }

  #joinLocals(block: Block, incoming: readonly Incoming[], states: readonly State[]): State["locals"] {
    if (areSame(states.map(({ locals }) => locals))) return states[0].locals.fork();
    const joined: State["locals"] = new ForkedMap();
    for (const binding of commonLocals(states)) {
      const operands = states.map((state) => state.locals.get(binding) ?? binding.initial);
      if (operands.every((operand) => operand !== undefined)) {
        joined.set(binding, this.#join(block, incoming, operands));
      }
    }
    return joined;
  }

  #join(block: Block, incoming: readonly Incoming[], brought: readonly Operand[]): Operand {
    // The same on all paths stays that one, whatever each has shown of it.
    if (brought.every((operand) => operand === brought[0])) return brought[0];
    const operands = brought.map((operand, path) => chosen(incoming[path].state, operand));
    const [first] = operands;
    if (operands.every((operand) => isSame(operand, first))) {
      return first.kind === "word" ? weakest(operands as Word[]) : first;
    }
    if (operands.every((operand) => operand.kind === "view")) {
      const view = joinViews(this, block, incoming, operands);
      if (view) return view;
    }
    const type = commonType(operands);
    if (type === "quotient") return this.#joinQuotients(block, incoming, operands);
    if (type === undefined) {
      return this.#joinChoice(block, incoming, operands) ?? {
        kind: "conflict",
        why: differing(operands),
      };
    }
    const words = operands.map((operand, i) => this.#asWord(operand, type, incoming[i]));
    const range = words.map((word) => word.range).reduce(union);
    const parameter = this.parameter(block, range);
    incoming.forEach(({ edge }, i) => edge.arguments.push(words[i].value));
    const bitwise = words.some((word) => word.bitwise);
    return { kind: "word", type, value: parameter, range, nonZero: words.every((word) => word.nonZero), bitwise };
  }

  /** Fractions and integers: dividends meet, and divisors. */
  #joinQuotients(block: Block, incoming: readonly Incoming[], operands: readonly Operand[]): Operand {
    const one: Operand = { kind: "static", value: 1 };
    const [dividend, divisor] = (["dividend", "divisor"] as const).map((part) => {
      const whole = (operand: Operand) => part === "dividend" ? operand : one;
      return this.#join(block, incoming, operands.map((x) => x.kind === "quotient" ? x[part] : whole(x))) as Word;
    });
    return { kind: "quotient", dividend, divisor };
  }

  /** What the paths bring, and which of it. */
  #joinChoice(block: Block, incoming: readonly Incoming[], operands: readonly Operand[]): Operand | undefined {
    const constant = (value: bigint, path: number) => {
      return this.atEnd(incoming[path], () => this.constant(value));
    };
    return joinChoice({
      parameter: (range, bring) => {
        incoming.forEach(({ edge }, path) => edge.arguments.push(bring(path)));
        return this.parameter(block, range);
      },
      word: (operand, type, path) => this.#asWord(operand, type, incoming[path]),
      constant,
      lookUp: (table, index, path) => {
        return this.atEnd(incoming[path], () => {
          const binary = (operator: BinaryOperator, left: Value, right: bigint) =>
            this.emit({ kind: "binary", operator, width: 64 }, [left, this.constant(right)]);
          const distance = binary("shl", index, 2n);
          const shifted = this.emit({ kind: "binary", operator: "lshr", width: 64 }, [this.constant(table), distance]);
          return binary("and", shifted, 15n);
        });
      },
      view: (views) => joinViews(this, block, incoming, views),
      join: (parts) => this.#join(block, incoming, parts),
    }, operands);
  }

  /** Makes a parameter of a block; each way to it brings an argument. */
  parameter(block: Block, range?: Range): Value {
    const { origin } = this;
    const value: Value = { id: this.fn.nextId++, operation: { kind: "parameter" }, inputs: [], origin, range };
    block.parameters.push(value);
    return value;
  }

  /** The word that an operand is on a path, made at that path's end if it is a constant or needs decimals. */
  #asWord(operand: Operand, type: WordType, way: Incoming): Word {
    const { from, state } = way;
    if (type === "fixed") return this.atEnd(way, () => this.#toFixed(operand));
    if (operand.kind === "word") {
      const known = state.refined.get(operand.value);
      const range = known ? intersection(operand.range, known.range) ?? operand.range : operand.range;
      return { ...operand, range, nonZero: operand.nonZero || known?.nonZero };
    }
    if (operand.kind !== "static") throw new Error("no word: " + operand.kind);
    const number = BigInt(operand.value as number | bigint | boolean);
    const value: Value = {
      id: this.fn.nextId++,
      operation: { kind: "constant", value: number },
      inputs: [],
      origin: this.origin,
      range: exactly(number),
    };
    from.instructions.push(value);
    return { kind: "word", type, value, range: exactly(number), nonZero: number !== 0n };
  }

  /** Builds straight-line code at the end of a way whose block is complete already. */
  atEnd<Result>({ from: block, state }: Pick<Incoming, "from" | "state">, build: () => Result): Result {
    const here = { block: this.block, state: this.state };
    this.block = block;
    this.state = state;
    try {
      return build();
    } finally {
      this.block = here.block;
      this.state = here.state;
    }
  }
}

/** What is wrong with what paths bring, in words. */
function differing(operands: readonly Operand[]): string {
  const [first, ...others] = operands.map(describe).filter(isUnique);
  return `it is ${[first, ...others.length ? others : ["another one"]].join(" on one path and ")} on another`;
}

/** One value that the paths know different things about: only what all of them know holds. */
function weakest(words: readonly Word[]): Word {
  return {
    ...words[0],
    range: words.map((word) => word.range).reduce(union),
    nonZero: words.every((word) => word.nonZero),
    bitwise: words.some((word) => word.bitwise),
  };
}

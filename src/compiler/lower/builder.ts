/**
 * Builds blocks in order: SSA construction by abstract interpretation of the tree. A {@linkcode Label} is a point that paths
 * go to; placing it makes the block, and `join.ts` the block's parameters.
 *
 * @module
 */

import type { Block, Comparison, Edge, IrFunction, Operation, Origin, Value, Width } from "../ir.ts";
import { exactly, intersection, type Range } from "../range.ts";
import { ForkedMap } from "./forked_map.ts";
import type { InlinedCall } from "./functions.ts";
import { Heap } from "./heap.ts";
import { Join } from "./join.ts";
import type { Choice, Operand, Word, WordType } from "./operand.ts";
import type { Loan } from "./place.ts";
import { Refinements } from "./refinements.ts";
import { type Bounds, chosen, fork, isEnded, LENGTH, rangeLeft, type State } from "./state.ts";

/** One path to a label. */
export interface Arrival {
  readonly from: Block;
  readonly edge: Edge;
  readonly state: State;
  readonly result: Operand | undefined;
  readonly unconditional: boolean;
}

/** A point that paths go to before it is known where it is. */
export interface Label {
  readonly incoming: Arrival[];
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
    const meeting = new Join(this, block, incoming);
    this.state = meeting.state();
    this.#look();
    const results = incoming.map((from) => from.result);
    return results.some((result) => result === undefined) ? undefined : meeting.join(results as Operand[]);
  }

  /** What is known of a word here, tests included. */
  refined(word: Word): Word {
    const known = this.state.refined.get(word.value);
    if (!known) return word;
    const range = intersection(word.range, known.range) ?? word.range;
    return { ...word, range, nonZero: word.nonZero || known.nonZero };
  }

  /** The options of a choice that tests on the way have left. */
  optionsLeft(choice: Choice): readonly Operand[] {
    const { min, max } = rangeLeft(this.state, choice);
    return choice.options.slice(Number(min), Number(max) + 1);
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
    const entry: Arrival = {
      from,
      edge: { block: NOWHERE, arguments: [] },
      state: this.state,
      result: undefined,
      unconditional: true,
    };
    const values = words.map(({ operand, type }) => this.asWord(operand, type, entry).value);
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
    const back: Arrival = { from, edge, state: this.state, result: undefined, unconditional: true };
    edge.arguments.push(...words.map(({ operand, type }) => this.asWord(operand, type, back).value));
    from.terminator = { kind: "jump", to: edge, origin: this.origin };
    this.block = undefined;
  }

  #newBlock(): Block {
    const block: Block = { id: this.fn.nextId++, parameters: [], instructions: [], terminator: undefined };
    this.fn.blocks.push(block);
    return block;
  }

  #continueFrom({ from, edge, state, result, unconditional }: Arrival): Operand | undefined {
    this.state = state;
    if (unconditional) {
      from.terminator = undefined;
      this.block = from;
    } else {
      this.block = edge.block = this.#newBlock();
    }
    return result;
  }

  /** Makes a parameter of a block; each way to it brings an argument. */
  parameter(block: Block, range?: Range): Value {
    const { origin } = this;
    const value: Value = { id: this.fn.nextId++, operation: { kind: "parameter" }, inputs: [], origin, range };
    block.parameters.push(value);
    return value;
  }

  /** The word that an operand is on a path, made at that path's end if it is a constant or needs decimals. */
  asWord(operand: Operand, type: WordType, way: Arrival): Word {
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
  atEnd<Result>({ from: block, state }: Pick<Arrival, "from" | "state">, build: () => Result): Result {
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

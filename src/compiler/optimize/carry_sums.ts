/**
 * Computes checksums with few instructions: words that cancel each other are left out, as where one field of a header changes
 * by one; the halves of a word of 32 bits are added at once; carries are folded in as often as there can be some; and where
 * that is shorter, words are added as they lie in the packet, and only the result has its bytes swapped.
 *
 * Assumes: constants in the entry; simplified instructions. Gains: the swap of each word, the parts of addresses, needless
 * folding. Costs: linear; a sum's words are ordered such that several sums share those that they have in common.
 *
 * @module
 */

import type { Assumptions } from "../analysis/assumptions.ts";
import {
  type CarrySum,
  carrySumOf,
  foldedIn,
  looselyFoldedIn,
  mostFolded,
  mostOf,
  type Word,
} from "../analysis/carry_sums.ts";
import { demandOf } from "../analysis/demand.ts";
import { Flow } from "../analysis/flow.ts";
import {
  type BinaryOperator,
  type Block,
  type IrFunction,
  isArithmetic,
  makeValue,
  type Operation,
  replaceUses,
  terminatorInputs,
  type Value,
} from "../ir.ts";
import { Constants } from "./constants.ts";
import { simplify } from "./simplify.ts";
import { numberValues } from "./value_numbering.ts";

const ONES_16 = 0xffffn;
const ONES_32 = 0xffffffffn;
/** The same word is added by itself so often at most. */
const MOST_TIMES = 3n;

export function addWithCarries(fn: IrFunction, assumptions?: Assumptions): boolean {
  const found = findSums(fn, assumptions);
  if (found.length === 0) return false;
  const ledger = new Ledger(fn, found);
  const constants = new Constants(fn);
  const replacement = new Map<Value, Value>();
  const added = new Map<Value, readonly Value[]>();
  for (const one of found) {
    const best = [false, true].flatMap((isSwapped) => write(fn, constants, one, isSwapped, ledger) ?? [])
      .reduce((a, b) => b.cost < a.cost ? b : a, { cost: ledger.costOf(one), instructions: [], result: one.value });
    if (best.result === one.value) continue;
    replacement.set(one.value, best.result);
    added.set(one.value, best.instructions);
  }
  if (replacement.size === 0) return false;
  for (const block of fn.blocks) insert(block, added);
  replaceUses(fn, replacement);
  // What several sums share, and swaps that meet now.
  numberValues(fn);
  simplify(fn);
  return true;
}

/** Puts what is added in place of sums into their block: as soon as it can be computed, so that few words wait for others. */
function insert(block: Block, added: ReadonlyMap<Value, readonly Value[]>): void {
  const own = block.instructions.flatMap((value) => added.get(value) ?? []);
  if (own.length === 0) return;
  /** After which of the block's instructions each is; what comes from elsewhere is there from the start. */
  const places = new Map(block.instructions.map((value, i) => [value, i]));
  const after = new Map<number, Value[]>();
  for (const value of own) {
    const place = Math.max(-1, ...value.inputs.map((input) => places.get(input) ?? -1));
    places.set(value, place);
    const known = after.get(place);
    if (known) known.push(value);
    else after.set(place, [value]);
  }
  const first = after.get(-1) ?? [];
  block.instructions = [...first, ...block.instructions.flatMap((value, i) => [value, ...after.get(i) ?? []])];
}

/** A word that is a sum with all carries folded in. */
interface Found {
  readonly value: Value;
  readonly sum: CarrySum;
}

function findSums(fn: IrFunction, assumptions: Assumptions | undefined): Found[] {
  const isFold = (value: Value) => foldedIn(value) !== undefined || looselyFoldedIn(value) !== undefined;
  if (!fn.blocks.some(({ instructions }) => instructions.some(isFold))) return [];
  const found = new Map<Value, Found>();
  const demand = demandOf(fn, 64);
  const flow = new Flow(fn, assumptions);
  const of = (value: Value) => flow.of(value);
  flow.walk({
    instruction(value) {
      if (flow.feeding[value.id]) return;
      const inner = foldedIn(value) ?? (demand[value.id] <= 16 ? looselyFoldedIn(value) : undefined);
      if (!inner || mostFolded(mostOf(inner, of)) > ONES_16) return;
      const sum = carrySumOf(inner, of);
      if (sum) found.set(value, { value, sum });
      // It is part of the greater sum.
      found.delete(inner);
    },
  });
  return [...found.values()];
}

/** Instructions that are there, and those that would not be needed any more. */
class Ledger {
  readonly #reads: Uint32Array;
  readonly #isNeedless: Uint8Array;
  /** How many sums each value is needed for alone, and each word is in. */
  readonly #shares = new Map<Value, number>();
  readonly #readers = new Map<Value, Value | undefined>();

  constructor(fn: IrFunction, found: readonly Found[]) {
    this.#reads = new Uint32Array(fn.nextId);
    this.#isNeedless = new Uint8Array(fn.nextId);
    for (const { instructions, terminator } of fn.blocks) {
      for (const value of instructions) for (const input of value.inputs) this.#noteRead(input, value);
      for (const input of terminatorInputs(terminator!)) this.#noteRead(input, undefined);
    }
    const open = this.#reads.slice();
    const work = found.map(({ value }) => value);
    while (work.length > 0) {
      const value = work.pop()!;
      this.#isNeedless[value.id] = 1;
      for (const input of value.inputs) {
        if (--open[input.id] === 0 && isArithmetic(input.operation) && !found.some((one) => one.value === input)) {
          work.push(input);
        }
      }
    }
    for (const { value, sum } of found) {
      for (const one of this.#needlessFor(value)) this.#shares.set(one, (this.#shares.get(one) ?? 0) + 1);
      for (const { raw } of sum.words) this.#shares.set(raw, (this.#shares.get(raw) ?? 0) + 1);
    }
  }

  #noteRead(input: Value, reader: Value | undefined): void {
    this.#reads[input.id]++;
    this.#readers.set(input, this.#reads[input.id] === 1 ? reader : undefined);
  }

  #needlessFor(value: Value): Set<Value> {
    const found = new Set([value]);
    for (const one of found) {
      for (const input of one.inputs) if (this.#isNeedless[input.id]) found.add(input);
    }
    return found;
  }

  /** How many sums have the word. */
  shareOf(raw: Value): number {
    return this.#shares.get(raw) ?? 1;
  }

  /** What a sum costs as it is. */
  costOf({ value }: Found): number {
    let cost = 0;
    for (const one of this.#needlessFor(value)) {
      const isCopied = one.operation.kind === "binary" && this.#reads[one.inputs[0].id] > 1;
      cost += (isCopied ? 2 : 1) / this.shareOf(one);
    }
    return cost;
  }

  /** What it costs to swap the bytes of the result. */
  costOfSwapping({ value }: Found): number {
    for (let at: Value | undefined = this.#readers.get(value); at; at = this.#readers.get(at)) {
      if (at.operation.kind === "swap") return -1;
      if (at.operation.kind !== "binary" || !["xor", "and"].includes(at.operation.operator)) return 1;
    }
    return 1;
  }
}

interface Written {
  readonly cost: number;
  readonly instructions: readonly Value[];
  readonly result: Value;
}

/** Writes a sum out, of words as they are or with their bytes swapped; `undefined` if it cannot be. */
function write(
  fn: IrFunction,
  constants: Constants,
  { value, sum: { words, constant } }: Found,
  isSwapped: boolean,
  ledger: Ledger,
): Written | undefined {
  const instructions: Value[] = [];
  let cost = 0;
  const emit = (operation: Operation, inputs: Value[], most: bigint, costs: number): Value => {
    const made = makeValue(fn, operation, inputs, value.origin, { min: 0n, max: most });
    instructions.push(made);
    cost += costs;
    return made;
  };
  const binary = (operator: BinaryOperator, left: Value, right: Value, most: bigint, costs = 1) =>
    emit({ kind: "binary", operator, width: 64 }, [left, right], most, costs);
  let [total, most, rest]: [Value | undefined, bigint, bigint] = [undefined, 0n, constant];
  const plus = (one: Value, atMost: bigint, costs = 1) => {
    most += atMost;
    total = total ? binary("add", total, one, most, costs) : one;
  };
  const shared = [...words].sort((a, b) => ledger.shareOf(b.raw) - ledger.shareOf(a.raw));
  for (const word of shared) {
    const share = ledger.shareOf(word.raw);
    if (word.count > MOST_TIMES || word.count < -MOST_TIMES) return undefined;
    const { one, atMost } = inOrder(
      word,
      isSwapped,
      (operation, inputs, max) => emit(operation, inputs, max, 1 / share),
    );
    for (let i = word.count; i > 0n; i--) plus(one, atMost, 1 / share);
    for (let i = word.count; i < 0n; i++) {
      const ones = word.bits === 16 ? ONES_16 : ONES_32;
      rest -= ones;
      plus(complement(word, one, ones), ones, 1 / share);
    }
  }
  if (rest < 0n || rest > ONES_32 || !total) return undefined;
  const last = isSwapped ? swappedConstant(rest) : rest;
  if (last > 0n) plus(constants.of(last), last);
  let result: Value = total;
  for (; most > ONES_16; most = mostFolded(most)) {
    const low = binary("and", result, constants.of(ONES_16), ONES_16, 2);
    const high = binary("lshr", result, constants.of(16n), most >> 16n);
    result = binary("add", low, high, mostFolded(most));
  }
  if (isSwapped) {
    result = emit({ kind: "swap", bits: 16 }, [result], ONES_16, ledger.costOfSwapping({ value } as Found));
  }
  return { cost, instructions, result };

  function complement({ bits }: Word, one: Value, ones: bigint): Value {
    if (bits === 16) return binary("xor", one, constants.of(ONES_16), ones);
    return emit({ kind: "binary", operator: "xor", width: 32 }, [one, constants.of(-1n)], ones, 1);
  }
}

/** A word with its bytes in the wanted order, and what it is at most. */
function inOrder(
  { raw, bits, isSwapped, most }: Word,
  wanted: boolean,
  emit: (operation: Operation, inputs: Value[], most: bigint) => Value,
): { readonly one: Value; readonly atMost: bigint } {
  if (isSwapped === wanted) return { one: raw, atMost: most };
  const atMost = bits === 16 ? ONES_16 : ONES_32;
  return { one: emit({ kind: "swap", bits }, [raw], atMost), atMost };
}

/** 256 times as much, modulo 65535; 0 only of 0. */
function swappedConstant(value: bigint): bigint {
  return value === 0n ? 0n : (value * 256n - 1n) % ONES_16 + 1n;
}

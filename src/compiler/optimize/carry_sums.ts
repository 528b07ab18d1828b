/**
 * Computes checksums with few instructions: words that cancel each other are left out, as where one field of a header changes
 * by one; the halves of a word of 32 bits are added at once; carries are folded in as often as there can be some; and where
 * that is shorter, words are added as they lie in the packet, and only the result has its bytes swapped.
 *
 * Of a sum's complement the sum itself is often not needed: 65535 − R is what the subtracted words make. Modulo 65535 that
 * is so always; which of 0 and 65535 stands for a multiple, the three forms of {@linkcode Form} say.
 *
 * Assumes: constants in the entry; simplified instructions. Gains: the swap of each word, the parts of addresses, needless
 * folding, complements; the test for a checksum of 0. Costs: linear; a sum's words are ordered such that several sums share
 * those that they have in common.
 *
 * @module
 */

import type { Assumptions } from "../analysis/assumptions.ts";
import {
  type CarrySum,
  mostFolded,
  ONES_16,
  ONES_32,
  reduced,
  swappedConstant,
  type Word,
} from "../analysis/carry_sums.ts";
import {
  type BinaryOperator,
  type Block,
  type IrFunction,
  isArithmetic,
  makeValue,
  type Operation,
  readsOf,
  replaceUses,
  type Value,
} from "../ir.ts";
import type { Range } from "../range.ts";
import { findSums, type Found, onlyReadersOf } from "./carry_finds.ts";
import { Constants } from "./constants.ts";
import { simplify } from "./simplify.ts";
import { numberValues } from "./value_numbering.ts";

/** The same word is added by itself so often at most. */
const MOST_TIMES = 3n;

export function addWithCarries(fn: IrFunction, assumptions?: Assumptions): boolean {
  const found = findSums(fn, assumptions);
  if (found.length === 0) return false;
  const ledger = new Ledger(fn, found);
  const constants = new Constants(fn);
  const replacement = new Map<Value, Value>();
  const added = new Map<Block, Value[]>();
  for (const one of found) {
    const best = [false, true].flatMap((isSwapped) =>
      [true, false].flatMap((isNegated) => {
        const sum = sumFor(one, isNegated);
        return sum ? write(fn, constants, one, sum, { isSwapped, isNegated }, ledger) ?? [] : [];
      })
    ).reduce((a, b) => b.cost < a.cost ? b : a, { cost: ledger.costOf(one), instructions: [], result: one.value });
    if (best.result === one.value) continue;
    const known = added.get(one.block);
    if (known) known.push(...best.instructions);
    else added.set(one.block, [...best.instructions]);
    if (one.form === "never zero") decide(one.block, best.result);
    else replacement.set(one.value, best.result);
  }
  if (added.size === 0) return false;
  for (const [block, values] of added) insert(block, values);
  replaceUses(fn, replacement);
  // What several sums share, and swaps that meet now.
  numberValues(fn);
  simplify(fn);
  return true;
}

/** Has both ways of a branch bring the same. */
function decide(block: Block, result: Value): void {
  const end = block.terminator;
  if (end?.kind !== "branch") return;
  block.terminator = { kind: "jump", to: { block: end.then.block, arguments: [result] }, origin: end.origin };
}

/** Puts what is added in place of sums into a block: as soon as it can be computed, so that few words wait for others. */
function insert(block: Block, own: readonly Value[]): void {
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

/** Instructions that are there, and those that would not be needed any more. */
class Ledger {
  readonly #reads: Uint32Array;
  readonly #readers: ReadonlyMap<Value, Value | undefined>;
  readonly #isNeedless: Uint8Array;
  /** How many sums each value is needed for alone, and each word is in. */
  readonly #shares = new Map<Value, number>();

  constructor(fn: IrFunction, found: readonly Found[]) {
    this.#reads = readsOf(fn);
    this.#readers = onlyReadersOf(fn);
    this.#isNeedless = new Uint8Array(fn.nextId);
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
    for (const one of found) {
      const { value } = one;
      for (const needless of this.#needlessFor(value)) {
        this.#shares.set(needless, (this.#shares.get(needless) ?? 0) + 1);
      }
      for (const { raw } of sumFor(one, one.form === "never zero")?.words ?? []) {
        this.#shares.set(raw, (this.#shares.get(raw) ?? 0) + 1);
      }
    }
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
  costOf({ value, form }: Found): number {
    // Of what a branch chooses none of the forms below is longer.
    if (form === "never zero") return Infinity;
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

/** The words to write: of a sum that may be 0, those that are 0 where it is. */
function sumFor({ form, isPositive, same, modulo }: Found, isNegated: boolean): CarrySum | undefined {
  if (form === "never zero") return isNegated ? modulo : undefined;
  if (isNegated && (form === "sum" || !isPositive)) return undefined;
  return isPositive ? modulo : same;
}

/** How to write a sum: of words as they are or with their bytes swapped; added, or subtracted for the sum's complement. */
interface Manner {
  readonly isSwapped: boolean;
  readonly isNegated: boolean;
}

/** Writes a sum out; `undefined` if it cannot be. */
function write(
  fn: IrFunction,
  constants: Constants,
  found: Found,
  sum: CarrySum,
  manner: Manner,
  ledger: Ledger,
): Written | undefined {
  const { value, form } = found;
  const { isSwapped, isNegated } = manner;
  const instructions: Value[] = [];
  let cost = 0;
  const emit = (operation: Operation, inputs: Value[], range: Range, costs: number): Value => {
    const made = makeValue(fn, operation, inputs, value.origin, range);
    instructions.push(made);
    cost += costs;
    return made;
  };
  const binary = (operator: BinaryOperator, left: Value, right: Value, range: Range, costs = 1) =>
    emit({ kind: "binary", operator, width: 64 }, [left, right], range, costs);
  const terms: Term[] = [];
  for (const word of sum.words) {
    const count = isNegated ? -word.count : word.count;
    if (count > MOST_TIMES || count < -MOST_TIMES) return undefined;
    const costs = 1 / ledger.shareOf(word.raw);
    let { one, least, most } = inOrder(
      word,
      isSwapped,
      (operation, range) => emit(operation, [word.raw], range, costs),
    );
    const isLong = word.bits === 32 && count < 0n;
    if (isLong) {
      one = emit(
        { kind: "binary", operator: "xor", width: 32 },
        [one, constants.of(-1n)],
        { min: 0n, max: ONES_32 },
        costs,
      );
      [least, most] = [0n, ONES_32];
    }
    const isAdded = count > 0n || isLong;
    for (let i = count < 0n ? -count : count; i > 0n; i--) terms.push({ one, least, most, isAdded, costs });
  }
  const constant = constantFor(found, sum, manner, terms);
  if (constant === undefined || terms.length === 0) return undefined;
  let range = { min: constant, max: constant };
  let result = writeTerms(terms, constant);
  const isNeverZero = range.min > 0n;
  while (range.max > ONES_16) {
    const max = mostFolded(range.max);
    const low = binary("and", result, constants.of(ONES_16), { min: 0n, max: ONES_16 }, 2);
    const high = binary("lshr", result, constants.of(16n), { min: 0n, max: range.max >> 16n });
    range = { min: isNeverZero ? 1n : 0n, max };
    result = binary("add", low, high, range);
  }
  if (form === "complement") {
    const all = { min: 0n, max: ONES_16 };
    result = isNegated
      ? binary("add", result, constants.of(-1n), { min: 0n, max: ONES_16 - 1n })
      : binary("xor", result, constants.of(ONES_16), all);
    range = all;
  }
  if (isSwapped) {
    const swapped = { min: range.min > 0n ? 1n : 0n, max: ONES_16 };
    result = emit({ kind: "swap", bits: 16 }, [result], swapped, ledger.costOfSwapping(found));
  }
  return { cost, instructions, result };

  /** The terms' sum with the constant; `range` is then what it can be. */
  function writeTerms(terms: Term[], constant: bigint): Value {
    terms.sort((a, b) => a.costs - b.costs || Number(b.isAdded) - Number(a.isAdded));
    const first = terms.findIndex(({ isAdded }) => isAdded);
    const start = first >= 0 ? terms.splice(first, 1)[0] : undefined;
    if (start) range = { min: start.least, max: start.most };
    else cost++;
    let total = start?.one ?? constants.of(constant);
    for (const { one, least, most, isAdded, costs } of terms) {
      range = isAdded
        ? { min: range.min + least, max: range.max + most }
        : { min: range.min - most, max: range.max - least };
      total = binary(isAdded ? "add" : "sub", total, one, range, costs);
    }
    if (!start || constant === 0n) return total;
    range = { min: range.min + constant, max: range.max + constant };
    return binary("add", total, constants.of(constant), range);
  }
}

/** One word of a sum, as it is added or subtracted. */
interface Term {
  readonly one: Value;
  readonly least: bigint;
  readonly most: bigint;
  readonly isAdded: boolean;
  readonly costs: number;
}

/**
 * The constant to add to the terms. It keeps the sum from being negative; and from being 0 where its complement, or the sum
 * itself, is known not to be: of the numbers that are the same modulo 65535 the least that does.
 */
function constantFor(
  { form, isPositive }: Found,
  sum: CarrySum,
  { isSwapped, isNegated }: Manner,
  terms: readonly Term[],
): bigint | undefined {
  const subtracted = terms.filter(({ isAdded }) => !isAdded);
  if (!isPositive && form !== "never zero") {
    // Each word that is subtracted makes 0 of 65535, and nothing less: so the sum is 0 where it was.
    const ones = sum.words.reduce(
      (all, { bits, count }) => count < 0n ? all - count * (bits === 16 ? ONES_16 : ONES_32) : all,
      0n,
    );
    const rest = sum.constant - ones;
    if (rest < 0n) return undefined;
    const added = rest === 0n ? 0n : reduced(isSwapped ? swappedConstant(rest) : rest);
    return added + BigInt(subtracted.length) * ONES_16;
  }
  const same = (isNegated ? -sum.constant : sum.constant) * (isSwapped ? 256n : 1n);
  const isNeverNegative = form === "complement" && isNegated;
  const most = subtracted.reduce((all, term) => all + term.most, isNeverNegative ? 0n : 1n);
  const least = terms.reduce((all, term) => term.isAdded ? all + term.least : all, 0n);
  const need = most > least ? most - least : 0n;
  // 65535 − R, from 0 to 65534, is one less than the negated sum and one with all carries folded in.
  return need + reduced(same - need) % ONES_16 + (isNeverNegative ? 1n : 0n);
}

/** A word with its bytes in the wanted order, and what it is at least and at most. */
function inOrder(
  { raw, bits, isSwapped, least, most }: Word,
  wanted: boolean,
  emit: (operation: Operation, range: Range) => Value,
): { one: Value; least: bigint; most: bigint } {
  if (isSwapped === wanted) return { one: raw, least, most };
  const range = { min: least > 0n ? 1n : 0n, max: bits === 16 ? ONES_16 : ONES_32 };
  return { one: emit({ kind: "swap", bits }, range), least: range.min, most: range.max };
}

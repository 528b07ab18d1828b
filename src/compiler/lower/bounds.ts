/**
 * How often a loop turns at most (rule 20): by a local that goes up or down by a constant, or is divided, in every turn.
 *
 * @module
 */

import { type Block, type IrFunction, successors, type Value } from "../ir.ts";
import { type Range, union } from "../range.ts";

/** A local at the head of a loop and at the end of its turns. */
export interface Course {
  /** The head's parameter. */
  readonly parameter: Value;
  /** What it is before the loop, and when a turn has ended. */
  readonly entry: Range;
  readonly back: Range;
  readonly value: Value;
  /** Whether no turn is followed by another unless it began with a number above 0, or 1 at least. */
  readonly isPositive: boolean;
}

/** What is known of a loop's turns. */
export interface Bound {
  readonly turns: bigint;
  /** Whether the local is divided: the verifier does not see that this ends. */
  readonly isDivided: boolean;
}

/** The least bound that one of some locals gives; `undefined` if none does. */
export function boundOf(fn: IrFunction, courses: readonly Course[]): Bound | undefined {
  const bounds = courses.flatMap((course) => steppedBound(course) ?? dividedBound(fn, course) ?? []);
  return bounds.reduce<Bound | undefined>((a, b) => a === undefined || b.turns < a.turns ? b : a, undefined);
}

/** A local whose range is known cannot go up (or down) by at least `step` more often than the range is wide. */
function steppedBound({ parameter, entry, back, value }: Course): Bound | undefined {
  const step = stepOf(value, parameter);
  if (!step) return undefined;
  const { min, max } = union(entry, back);
  return { turns: (max - min) / (step < 0n ? -step : step) + 1n, isDivided: false };
}

/** What a value is more than the parameter; `undefined` if that is not a constant. */
function stepOf(value: Value, parameter: Value): bigint | undefined {
  if (value === parameter) return 0n;
  const { operation, inputs: [left, right] } = value;
  if (operation.kind !== "binary" || operation.width !== 64 || right.operation.kind !== "constant") return undefined;
  const before = stepOf(left, parameter);
  if (before === undefined) return undefined;
  if (operation.operator === "add") return before + right.operation.value;
  return operation.operator === "sub" ? before - right.operation.value : undefined;
}

/** A positive local that is divided by 2 or more cannot be so more often than it has digits. */
function dividedBound(fn: IrFunction, { parameter, entry, back, value, isPositive }: Course): Bound | undefined {
  if (!isPositive) return undefined;
  const divisor = new Division(fn, parameter).divisorOf(value);
  if (divisor === undefined || divisor < 2n) return undefined;
  let turns = 1n;
  for (let most = union(entry, back).max; most >= divisor; most /= divisor) turns++;
  return { turns, isDivided: true };
}

/** Finds by how much values are divided, at least, of a parameter that is positive. */
class Division {
  readonly #fn: IrFunction;
  readonly #parameter: Value;
  /** Values that are being looked at: what goes round is not what the parameter was. */
  readonly #open = new Set<Value>();

  constructor(fn: IrFunction, parameter: Value) {
    this.#fn = fn;
    this.#parameter = parameter;
  }

  /** The largest d known for which the value, as a signed integer, is at most the parameter / d; `undefined` if none is. */
  divisorOf(value: Value): bigint | undefined {
    if (value === this.#parameter) return 1n;
    if (this.#open.has(value)) return undefined;
    this.#open.add(value);
    const divisor = this.#computed(value);
    this.#open.delete(value);
    return divisor;
  }

  #computed(value: Value): bigint | undefined {
    const { operation, inputs: [left, right] } = value;
    if (operation.kind === "parameter") return this.#joined(value);
    if (operation.kind === "extend") {
      return operation.signed || this.#isPositive(left) ? this.divisorOf(left) : undefined;
    }
    if (operation.kind !== "binary" || operation.width !== 64 || right.operation.kind !== "constant") return undefined;
    const constant = right.operation.value;
    const factor = FACTORS[operation.operator]?.(constant, this.#isPositive(left));
    const before = factor === undefined ? undefined : this.divisorOf(left);
    return before === undefined ? undefined : before * factor!;
  }

  /** Where ways meet, the least that all of them divide by. */
  #joined(parameter: Value): bigint | undefined {
    const block = this.#fn.blocks.find(({ parameters }) => parameters.includes(parameter));
    const at = block?.parameters.indexOf(parameter) ?? -1;
    const values = this.#fn.blocks.flatMap((from) => argumentsTo(from, block)).map((given) => given[at]);
    const divisors = values.map((value) => this.divisorOf(value));
    return divisors.reduce((a, b) => a === undefined || b === undefined ? undefined : a < b ? a : b);
  }

  #isPositive(value: Value): boolean {
    return value === this.#parameter || value.range !== undefined && value.range.min >= 0n;
  }
}

function argumentsTo(from: Block, to: Block | undefined): readonly (readonly Value[])[] {
  return from.terminator ? successors(from).filter(({ block }) => block === to).map((edge) => edge.arguments) : [];
}

/** Operator → what it divides by with a constant, if that is known: of any number, or of one that is not negative. */
const FACTORS: Readonly<Record<string, (constant: bigint, isPositive: boolean) => bigint | undefined>> = {
  ashr: (count) => isCount(count) ? 1n << count : undefined,
  lshr: (count, isPositive) => isPositive && isCount(count) ? 1n << count : undefined,
  udiv: (divisor, isPositive) => isPositive && divisor > 0n ? divisor : undefined,
  sdiv: (divisor) => divisor > 0n ? divisor : undefined,
  and: (mask, isPositive) => isPositive && mask >= 0n ? 1n : undefined,
  sub: (amount) => amount >= 0n ? 1n : undefined,
  or: (bits) => bits === 0n ? 1n : undefined,
};

function isCount(count: bigint): boolean {
  return count >= 0n && count < 64n;
}

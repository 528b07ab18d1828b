/**
 * What values can be by what is known of their inputs, remembered from one walk to the next: most passes leave most
 * instructions as they are, and what was known of their inputs is known again.
 *
 * @module
 */

import { isArithmetic, type Operation, type Value } from "../ir.ts";
import type { Range } from "../range.ts";
import { ANY_32, ANYTHING, type Fact, factOfRange, met, single } from "./facts.ts";
import { resultOf } from "./transfer.ts";

/** A fact, and all that it was made of. */
interface Made {
  readonly value: Value;
  readonly operation: Operation;
  readonly range: Range | undefined;
  readonly feeds: number;
  readonly first: Fact | undefined;
  readonly second: Fact | undefined;
  readonly fact: Fact;
}

/** The facts that were made last, by the values' ids. */
export class Results {
  #made: (Made | undefined)[] = [];

  /** Makes place for so many ids. */
  reserve(count: number): void {
    if (count <= this.#made.length) return;
    const longer = new Array<Made | undefined>(count + (count >> 1));
    for (let id = 0; id < this.#made.length; id++) longer[id] = this.#made[id];
    this.#made = longer;
  }

  /**
   * The fact of what an instruction computes.
   *
   * @param feeds 1 if an address depends on it.
   * @param first What is known of its inputs, if it is arithmetic.
   */
  ofInstruction(value: Value, feeds: number, first: Fact | undefined, second: Fact | undefined): Fact {
    const known = this.#made[value.id];
    if (isStill(known, value, feeds) && known.first === first && known.second === second) return known.fact;
    return this.#note(value, feeds, first, second, withHint(value, feeds, resultFor(value, feeds, first, second)));
  }

  /** The fact of a parameter for which `brought` is known to be brought. */
  ofParameter(value: Value, feeds: number, brought: Fact): Fact {
    const known = this.#made[value.id];
    if (isStill(known, value, feeds) && known.first && isSame(known.first, brought)) return known.fact;
    return this.#note(value, feeds, brought, undefined, withHint(value, feeds, brought));
  }

  #note(value: Value, feeds: number, first: Fact | undefined, second: Fact | undefined, fact: Fact): Fact {
    const { operation, range } = value;
    this.#made[value.id] = { value, operation, range, feeds, first, second, fact };
    return fact;
  }
}

/** Whether a value is what it was. */
function isStill(known: Made | undefined, value: Value, feeds: number): known is Made {
  return known !== undefined && known.value === value && known.operation === value.operation &&
    known.range === value.range && known.feeds === feeds;
}

function isSame(a: Fact, b: Fact): boolean {
  if (a === b) return true;
  // Of one word all is said.
  return a.min === b.min && a.max === b.max && (a.min === a.max || a.zeros === b.zeros && a.ones === b.ones);
}

function resultFor({ operation }: Value, feeds: number, first: Fact | undefined, second: Fact | undefined): Fact {
  if (!first || !isArithmetic(operation)) return resultOf(operation, []);
  const inputs = second ? [first, second] : [first];
  const isUnknown = feeds === 1 && isOpaque(operation) && !inputs.every((fact) => single(fact) !== undefined);
  if (isUnknown) return operation.kind === "binary" && operation.width === 32 ? ANY_32 : ANYTHING;
  return resultOf(operation, inputs);
}

/** The language's own reasons for a range: not for what the verifier must find out itself. */
function withHint({ operation, range }: Value, feeds: number, fact: Fact): Fact {
  if (!range || feeds === 1 || operation.kind === "constant") return fact;
  if (range.min <= fact.min && fact.max <= range.max) return fact;
  return met(fact, factOfRange(range)) ?? fact;
}

/** What the verifier takes for unknown. */
function isOpaque(operation: Operation): boolean {
  if (operation.kind === "swap") return true;
  return operation.kind === "binary" && ["udiv", "sdiv", "umod", "smod"].includes(operation.operator);
}

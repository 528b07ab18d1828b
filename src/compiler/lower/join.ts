/**
 * Where paths meet: what each of them brings becomes one thing, by parameters of the block there if it differs.
 * `join_choices.ts` and `join_views.ts` have what is neither a word nor the same on all paths.
 *
 * @module
 */

import type { BinaryOperator, Block, Value } from "../ir.ts";
import { type Range, union } from "../range.ts";
import type { Arrival, Builder } from "./builder.ts";
import { describe, isUnique } from "./describe.ts";
import { ForkedMap } from "./forked_map.ts";
import { joinChoice, type Meeting } from "./join_choices.ts";
import { joinViews } from "./join_views.ts";
import { commonKept } from "./kept.ts";
import type { Choice, Operand, View, Word, WordType } from "./operand.ts";
import { Refinements } from "./refinements.ts";
import { openReservations } from "./reservations.ts";
import { areSame, chosen, commonLocals, commonPointers, latestEndings, rangeLeft, type State } from "./state.ts";
import { commonType, isSame } from "./word_types.ts";

/** A block that several paths lead to, as it is made. */
export class Join implements Meeting {
  readonly #builder: Builder;
  readonly #block: Block;
  readonly #incoming: readonly Arrival[];

  constructor(builder: Builder, block: Block, incoming: readonly Arrival[]) {
    this.#builder = builder;
    this.#block = block;
    this.#incoming = incoming;
  }

  /** What is known where the paths have met. */
  state(): State {
    const states = this.#incoming.map((from) => from.state);
    const locals = this.#locals(states);
    const refined = Refinements.common(states.map((state) => state.refined));
    const [{ bounds }, ...others] = states;
    const isOneEpoch = bounds && others.every((state) => state.bounds === bounds);
    const endings = latestEndings(states);
    const changes = this.#builder.heap.join(states.map((state) => state.changes));
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

  #locals(states: readonly State[]): State["locals"] {
    if (areSame(states.map(({ locals }) => locals))) return states[0].locals.fork();
    const joined: State["locals"] = new ForkedMap();
    for (const binding of commonLocals(states)) {
      const operands = states.map((state) => state.locals.get(binding) ?? binding.initial);
      if (operands.every((operand) => operand !== undefined)) joined.set(binding, this.join(operands));
    }
    return joined;
  }

  join(brought: readonly Operand[]): Operand {
    // The same on all paths stays that one, whatever each has shown of it.
    if (brought.every((operand) => operand === brought[0])) return brought[0];
    const operands = brought.map((operand, path) => chosen(this.#incoming[path].state, operand));
    const [first] = operands;
    const isOne = operands.every((operand) => isSame(operand, first));
    if (isOne && first.kind === "word") return weakest(operands as Word[]);
    // Each path may have computed the same address anew.
    if (operands.every((operand) => operand.kind === "view") && !(isOne && haveOneBase(operands))) {
      const view = this.view(operands);
      if (view) return view;
    }
    if (isOne) return first;
    const type = commonType(operands);
    if (type === "quotient") return this.#quotient(operands);
    if (type === undefined) return joinChoice(this, operands) ?? { kind: "conflict", why: differing(operands) };
    const words = operands.map((operand, path) => this.word(operand, type, path));
    return { ...weakest(words), type, value: this.parameter(rangeOf(words), (path) => words[path].value) };
  }

  /** Fractions and integers: dividends meet, and divisors. */
  #quotient(operands: readonly Operand[]): Operand {
    const one: Operand = { kind: "static", value: 1 };
    const [dividend, divisor] = (["dividend", "divisor"] as const).map((part) => {
      const whole = (operand: Operand) => part === "dividend" ? operand : one;
      return this.join(operands.map((x) => x.kind === "quotient" ? x[part] : whole(x))) as Word;
    });
    return { kind: "quotient", dividend, divisor };
  }

  parameter(range: Range | undefined, bring: (path: number) => Value): Value {
    this.#incoming.forEach(({ edge }, path) => edge.arguments.push(bring(path)));
    return this.#builder.parameter(this.#block, range);
  }

  word(operand: Operand, type: WordType, path: number): Word {
    return this.#builder.asWord(operand, type, this.#incoming[path]);
  }

  constant(value: bigint, path: number): Value {
    return this.#builder.atEnd(this.#incoming[path], () => this.#builder.constant(value));
  }

  lookUp(table: bigint, index: Value, path: number): Value {
    const builder = this.#builder;
    return builder.atEnd(this.#incoming[path], () => {
      const binary = (operator: BinaryOperator, left: Value, right: bigint) =>
        builder.emit({ kind: "binary", operator, width: 64 }, [left, builder.constant(right)]);
      const distance = binary("shl", index, 2n);
      const shifted = builder.emit({ kind: "binary", operator: "lshr", width: 64 }, [
        builder.constant(table),
        distance,
      ]);
      return binary("and", shifted, 15n);
    });
  }

  subtract(index: Value, by: bigint, path: number): Value {
    const builder = this.#builder;
    return builder.atEnd(
      this.#incoming[path],
      () => builder.emit({ kind: "binary", operator: "sub", width: 64 }, [index, builder.constant(by)]),
    );
  }

  left(choice: Choice, path: number): Range {
    return rangeLeft(this.#incoming[path].state, choice);
  }

  view(views: readonly (View | undefined)[]): View | undefined {
    return joinViews(this.#builder, this.#block, this.#incoming, views);
  }
}

function haveOneBase([{ place: { base } }, ...others]: readonly View[]): boolean {
  return others.every(({ place }) => place.base === base);
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
    range: rangeOf(words),
    nonZero: words.every((word) => word.nonZero),
    bitwise: words.some((word) => word.bitwise),
  };
}

function rangeOf(words: readonly Word[]): Range {
  return words.map((word) => word.range).reduce(union);
}

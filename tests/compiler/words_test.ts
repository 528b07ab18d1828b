/**
 * The optimizer on random arithmetic: computations of words that no program would write, with each pass compared with what
 * went in.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { checkFunction } from "../../src/compiler/check.ts";
import { type IrFunction, makeBlock, makeValue, type Operation, type Value } from "../../src/compiler/ir.ts";
import { EARLY, LATE, optimize, SPLITTING } from "../../src/compiler/optimize/mod.ts";
import { printFunction } from "../../src/compiler/print.ts";
import { Random } from "../support/random.ts";
import { interpret } from "./interpret.ts";
import { COMPARISONS, OPERATORS } from "./words.ts";

const FUNCTIONS = 1500;
/** Bytes that a function reads, and after them those that it writes. */
const WORDS = 4;
const BYTES = 8 * (WORDS + 2);
const EDGES = [0n, 1n, 2n, 7n, 8n, 16n, 31n, 32n, 48n, 63n, 64n, 0xffn, 0xffffn, 0x7fffffffn, 0x80000000n, 0xffffffffn];

/** A function that computes with the words of a map, and stores what two paths bring. */
class Computation {
  readonly fn: IrFunction = { name: "random", blocks: [], nextId: 0 };
  readonly #random: Random;
  readonly #values: Value[] = [];
  #block = makeBlock(this.fn);

  constructor(random: Random) {
    this.#random = random;
    const map = this.#emit({ kind: "mapValue", map: { name: "words" }, offset: 0 });
    for (let i = 0; i < WORDS; i++) this.#values.push(this.#load(map, 8 * i));
    this.#compute(2 + random.below(8));
    for (const offset of [8 * WORDS, 8 * WORDS + 8]) {
      const result = this.#branch();
      this.#emit({ kind: "store", size: 8, offset, region: "map" }, [map, result]);
    }
    this.#block.terminator = { kind: "return", value: this.#any(), origin: undefined };
  }

  #emit(operation: Operation, inputs: Value[] = []): Value {
    const value = makeValue(this.fn, operation, inputs, undefined);
    this.#block.instructions.push(value);
    return value;
  }

  #load(map: Value, offset: number): Value {
    const size = this.#random.pick([1, 2, 4, 8, 8] as const);
    return this.#emit({ kind: "load", size, signed: size < 8 && this.#random.once(3), offset, region: "map" }, [map]);
  }

  #any(): Value {
    if (this.#random.once(3)) return this.#constant();
    // What was made last is most likely part of something larger.
    const values = this.#values;
    return this.#random.once(2) ? values[values.length - 1 - this.#random.below(2)] : this.#random.pick(values);
  }

  #constant(): Value {
    const edge = this.#random.once(6) ? this.#random.wide() : this.#random.pick(EDGES);
    const value = BigInt.asIntN(64, this.#random.once(3) ? -edge - BigInt(this.#random.below(2)) : edge);
    return this.#emit({ kind: "constant", value });
  }

  #compute(count: number): void {
    for (let i = 0; i < count; i++) this.#values.push(this.#operation());
  }

  #operation(): Value {
    const random = this.#random;
    const width = random.pick([32, 64] as const);
    switch (random.below(8)) {
      case 0:
        return this.#emit({ kind: "negate", width }, [this.#any()]);
      case 1:
        return this.#emit({ kind: "extend", bits: random.pick([8, 16, 32] as const), signed: random.once(2) }, [
          this.#any(),
        ]);
      case 2:
        return this.#emit({ kind: "swap", bits: random.pick([16, 32, 64] as const) }, [this.#any()]);
      default:
        return this.#emit({ kind: "binary", operator: random.pick(OPERATORS), width }, [this.#any(), this.#any()]);
    }
  }

  /** Two ways, each with computations of its own, and what one of them brings. */
  #branch(): Value {
    const random = this.#random;
    const [then, otherwise, join] = [makeBlock(this.fn), makeBlock(this.fn), makeBlock(this.fn)];
    const from = this.#block;
    const known = this.#values.length;
    const [left, right] = [this.#any(), this.#any()];
    from.terminator = {
      kind: "branch",
      comparison: random.pick(COMPARISONS),
      width: random.pick([32, 64] as const),
      left,
      right,
      then: { block: then, arguments: [] },
      else: { block: otherwise, arguments: [] },
      origin: undefined,
    };
    for (const block of [then, otherwise]) {
      this.#block = block;
      this.#values.push(left);
      this.#compute(random.below(4));
      block.terminator = { kind: "jump", to: { block: join, arguments: [this.#any()] }, origin: undefined };
      this.#values.length = known;
    }
    this.#block = join;
    const parameter = makeValue(this.fn, { kind: "parameter" }, [], undefined);
    join.parameters.push(parameter);
    this.#values.push(parameter);
    return parameter;
  }
}

/** What a function leaves of some words. */
function outcome(fn: IrFunction, words: Uint8Array): string {
  const memory = words.slice();
  const result = interpret(fn, { packet: new Uint8Array(0), map: () => memory });
  return `${result} ${memory}`;
}

function randomWords(random: Random): Uint8Array {
  const bytes = new Uint8Array(BYTES);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < WORDS; i++) {
    const word = random.once(2) ? random.pick(EDGES) : random.wide();
    view.setBigUint64(8 * i, BigInt.asUintN(64, random.once(3) ? -word : word), true);
  }
  return bytes;
}

describe("the optimizer on random words", () => {
  it("computes the same after every pass", () => {
    for (let seed = 1; seed <= FUNCTIONS; seed++) {
      const random = new Random(seed);
      const { fn } = new Computation(random);
      const inputs = Array.from({ length: 8 }, () => randomWords(random));
      const expected = inputs.map((words) => outcome(fn, words));
      let before = printFunction(fn);
      optimize(fn, [...EARLY, ...LATE, ...SPLITTING], ({ name }) => {
        const after = printFunction(fn);
        if (after === before) return;
        checkFunction(fn);
        inputs.forEach((words, i) => {
          const text = `seed ${seed}, ${name} of [${words}]\n${before}\n${after}`;
          assertEquals(outcome(fn, words), expected[i], text);
        });
        before = after;
      });
    }
  });
});

/**
 * How the compiler's work grows with a program: as the program does. What is counted is how often each step looks at a block
 * or an instruction, not how long that takes.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { compile } from "../../src/compiler/mod.ts";
import type { MachineFunction } from "../../src/compiler/codegen/machine.ts";
import { definedIn, type IrFunction, reachableFunctions } from "../../src/compiler/ir.ts";
import { u16, u32, u64 } from "../../src/types/scalar.ts";
import { unitOf, type Variables } from "./units.ts";

/** Programs of so many parts. */
const programs: Readonly<Record<string, (count: number) => string>> = {
  "rules of two tests that leave": (count) => `
    const address = packet.getUint32(26), port = packet.getUint16(36);
    ${parts(count, (i) => `if (address === ${i * 2654435761 % 2 ** 32} && port === ${i}) return ${i % 3};`)}`,

  "tests that count": (count) => `
    const address = packet.getUint32(26);
    let hits = 0;
    ${parts(count, (i) => `if (address % ${i + 2} === 1) hits += 1;`)}
    this.small = hits;`,

  "a switch": (count) => `
    switch (packet.getUint16(12)) {
      ${parts(count, (i) => `case ${i * 7}: this.word += ${i}n; break;`)}
    }`,

  "arithmetic one after the other": (count) => `
    let sum = packet.getUint32(26);
    ${parts(count, (i) => `sum = (sum ^ (sum >>> ${i % 31 + 1})) + ${i} >>> 0;`)}
    this.word = BigInt(sum);`,

  "fields of the packet, one after the other": (count) => `
    ${parts(count, (i) => `this.small += packet.getUint16(${i * 2});`)}`,

  "stores to variables": (count) => `
    ${
    parts(count, (i) => `if (packet.getUint8(${i}) > 99) { this.word += ${i}n; this.port = ${i}; this.small = ${i}; }`)
  }`,

  "values that all live at once": (count) => `
    ${parts(count, (i) => `const v${i} = packet.getUint8(${i % 60});`)}
    ${parts(count, (i) => `this.small += v${i} * ${i};`)}`,

  "loops one after the other": (count) => `
    let sum = 0;
    ${
    parts(count >> 2, (i) =>
      `for (let i = 0; i < (packet.getUint8(${i % 60}) & 15); i++) sum = (sum + i * ${i}) & 0xffff;`)
  }
    this.small = sum;`,
};

const variables: Variables = { small: u32, word: u64, port: u16 };

function parts(count: number, part: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => part(i)).join("\n");
}

const COUNT = 60;
/** Twice the program may be looked at so many times as often: a logarithm is allowed. */
const MOST = 2.2;
/** What does not grow with the program. */
const FREE = 300;

describe("the compiler's work", () => {
  for (const [name, text] of Object.entries(programs)) {
    it(`grows with ${name} no faster than they do`, () => {
      const [once, twice] = [COUNT, 2 * COUNT].map((count) => visitsOf(text(count)));
      const quadratic = [...twice].filter(([step, visits]) => visits > MOST * (once.get(step) ?? 0) + FREE);
      const described = quadratic.map(([step, visits]) => `${step}: ${once.get(step)} → ${visits}`);
      assert(quadratic.length === 0, described.join("\n"));
    });
  }
});

describe("functions that loops have become", () => {
  it("have no more ids than blocks and values: what passes keep by id is as small", () => {
    const loop = (i: number) => `for (let i = 0; i < 100000; i++) sum = (sum + i * ${i + 3}) & 0xffff;`;
    const body = `let sum = 0; ${parts(8, loop)} this.small = sum;`;
    const ids: string[] = [];
    compile(unitOf(`program(packet) { ${body} return XDP.PASS; }`, variables), {
      observe(step, main) {
        if (!step.startsWith("arrange loops")) return;
        for (const { blocks, nextId } of reachableFunctions(main).slice(1)) {
          ids.push(`${nextId} for ${blocks.length + definedIn(blocks).size}`);
        }
      },
    });
    assertEquals(ids.length, 8);
    for (const one of ids) assertMatch(one, /^(\d+) for \1$/);
  });
});

/** How often each step looks at blocks and instructions. */
function visitsOf(body: string): Map<string, number> {
  const visits = new Map<string, number>();
  const counter = new Counter();
  const note = (step: string) => {
    visits.set(step, (visits.get(step) ?? 0) + counter.take());
  };
  compile(unitOf(`program(packet) { ${body} return XDP.PASS; }`, variables), {
    observe(step, main) {
      note(step);
      counter.watch(main);
    },
    observeCode(step, fn) {
      note(step);
      counter.watchCode(fn);
    },
  });
  return visits;
}

/** Counts reads of what blocks and instructions consist of. */
class Counter {
  #count = 0;
  readonly #watched = new WeakSet<object>();

  take(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }

  watch(main: IrFunction): void {
    for (const { blocks } of reachableFunctions(main)) {
      for (const block of blocks) {
        for (const value of block.instructions) this.#watch(value, "operation");
        this.#watch(block, "terminator");
      }
    }
    this.take();
  }

  watchCode({ blocks }: MachineFunction): void {
    for (const block of blocks) {
      for (const instruction of block.instructions) this.#watch(instruction, "operation");
      this.#watch(block, "end");
    }
    this.take();
  }

  /** Makes a property tell when it is read. */
  #watch<Key extends string>(object: { [key in Key]: unknown }, key: Key): void {
    if (this.#watched.has(object)) return;
    this.#watched.add(object);
    let value = object[key];
    Object.defineProperty(object, key, {
      get: () => {
        this.#count++;
        return value;
      },
      set: (to: typeof value) => {
        value = to;
      },
      enumerable: true,
      configurable: true,
    });
  }
}

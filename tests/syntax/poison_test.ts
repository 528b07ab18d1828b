import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { parseFunction } from "../../src/syntax/parser.ts";
import { onlyTouchesPoison, poisonedLocation } from "../../src/syntax/poison.ts";
import { pathOf } from "../../src/syntax/stack.ts";
import { Random } from "./random.ts";

const SEED = 7;
const ROUNDS = 20_000;

/** Bodies of `m(packet, index)`, and whether they may be called with poison. */
const bodies: readonly (readonly [string, boolean])[] = [
  // What touches `this` or a parameter before anything else
  ["this.count += 1;", true],
  ["return this.count;", true],
  ["this.count++;", true],
  ["this.count = 1;", true],
  ["this.count = index;", true],
  ["this.#count += 1;", true],
  ["this[0] = 1;", true],
  ["this[index] = outside();", false],
  ["this.a(outside());", true],
  ["packet.getUint8(0);", true],
  ["packet(1);", false],
  ["packet(this.a);", true],
  ["packet?.a;", true],
  ["return index + 1;", true],
  ["return `a${index}`;", true],
  ["return -index;", true],
  ["const { a } = packet;", true],
  ["const [a] = packet;", true],
  ["for (const a of this.ports) outside();", true],
  ["for (const a of packet) outside();", true],
  ["for (let i = 0; i < this.n; i++) outside();", true],
  ["while (this.a) outside();", true],
  ["do { this.a; } while (true);", true],
  ["switch (this.a) { case 1: outside(); }", true],
  ["if (this.a) outside();", true],
  ["return [1, packet.a];", true],
  ["return { a: 1, b: this.b };", true],
  ["return outside(this.a);", true],
  ["return outside(...packet);", true],
  ["return a.b, this.a;", false],
  ["delete this.a;", true],
  ["'a' in packet;", true],
  ["throw this.a;", true],
  // What does nothing before it
  ["'use strict'; this.a;", true],
  ["let a = 1, b; a = 2; this.a = a;", true],
  ["const self = this; self.a;", true],
  ["let a = packet; a.b;", true],
  ["const f = () => outside(); this.a = f();", false],
  ["const f = () => outside(); this.a; f();", true],
  ["function f() { outside(); } this.a;", true],
  ["if (DEBUG) this.a; else this.b;", true],
  ["if (DEBUG) { this.a; } this.b;", true],
  ["const a = typeof b === 'number' ? 1 : 2; return this.a;", true],
  ["return outer && this.a;", true],
  ["return !outer || packet.a;", true],
  ["const a = 1 + 2 * 3; this.a = a;", true],
  ["(() => { const a = this.a; })();", true],
  ["(() => this.a)();", true],
  ["if (outer === 1) return 2; return this.a;", true],
  // What may do something else
  ["outside(); this.a;", false],
  ["outer.a; this.a;", false],
  ["outer = 1; this.a;", false],
  ["outer++; this.a;", false],
  ["outer + 1; this.a;", false],
  ["`${outer}`; this.a;", false],
  ["new Outer(this.a);", false],
  ["super.a; this.a;", false],
  ["[...outer, this.a];", false],
  ["({ ...outer, a: this.a });", false],
  ["({ [outer]: this.a });", false],
  ["const { a } = outer; this.a;", false],
  ["const [a] = outer; this.a;", false],
  ["this[outer];", false],
  ["outer[this.a];", false],
  ["outer.a[this.a];", false],
  ["outer.a = this.a;", true],
  ["outer.a += this.a;", false],
  ["outer instanceof Outer; this.a;", false],
  ["'a' in outer; this.a;", false],
  ["for (const a of outer) this.a;", false],
  ["for (const a in outer) this.a;", false],
  ["for (;;) this.a;", false],
  ["while (true) {}", false],
  ["while (outer) this.a;", false],
  ["switch (outer) { default: this.a; }", false],
  ["if (DEBUG) outside(); this.a;", false],
  ["return outer ? outside() : this.a;", false],
  ["outer && outside(); this.a;", false],
  ["(() => { if (outer) return; this.a; })(); outside();", false],
  ["(() => { return; })(); outside(); this.a;", false],
  ["{ const outer = this; } outer.a;", false],
  ["{ let outer = 1; } outer = 2; this.a;", false],
  ["(() => { const outer = this; })(); outer.a; this.a;", false],
  ["let a = this; if (outer) a = outer; a.b;", false],
  ["let a = this; a = outer; a.b;", false],
  ["let a = this; (() => { a = outer; })(); a.b;", false],
  ["outer: { break outer; } this.a;", false],
  ["do { if (outer) break; this.a; } while (0); outside();", false],
  ["arguments[0].a;", false],
  ["eval('outside()'); this.a;", false],
  ["return outer?.a ?? this.a;", false],
  ["const a = {}; a.b; this.a;", false],
  ["delete outer.a; this.a;", false],
  // What touches nothing
  ["", false],
  ["return 2;", false],
  ["return index;", false],
  ["return typeof packet;", false],
];

/** Whole functions, and whether they may be called. */
const functions: readonly (readonly [string, boolean])[] = [
  ["() => this.a", false],
  ["a => a.b", true],
  ["(a, b = outside()) => b.c", true],
  ["({ a }) => 1", true],
  ["({ [outside()]: a }) => 1", false],
  ["({}) => this.a", false],
  ["(...a) => a.b", false],
  ["function () { return this.a }", true],
  ["get a() { return this.b }", true],
  ["set a(b) { this.c = b }", true],
  ["set a(b) { outside(b) }", false],
];

describe("onlyTouchesPoison", () => {
  for (const [body, expected] of bodies) {
    it(`${expected ? "allows" : "forbids"} ${body}`, () => {
      assertEquals(onlyTouchesPoison(parseFunction(`m(packet, index) { ${body} }`)), expected);
    });
  }
  for (const [text, expected] of functions) {
    it(`${expected ? "allows" : "forbids"} ${text}`, () => {
      assertEquals(onlyTouchesPoison(parseFunction(text)), expected);
    });
  }

  it(`allows nothing that has an effect, in ${ROUNDS} random bodies (seed ${SEED})`, () => {
    const random = new Random(SEED);
    let allowed = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const body = Array.from({ length: 1 + random.below(4) }, () => randomStatement(random, 3)).join(" ");
      if (!onlyTouchesPoison(parseFunction(`m(packet, index) { ${body} }`))) continue;
      const effects = effectsOf(body);
      if (!effects) continue;
      allowed++;
      assertEquals(effects, [], body);
    }
    assert(allowed > ROUNDS / 20, String(allowed));
  });
});

/** Calls a body with poison among things that tell of their use; `undefined` for what the runtime refuses. */
function effectsOf(body: string): readonly string[] | undefined {
  const effects: string[] = [];
  const note = (what: string) => (): unknown => {
    effects.push(what);
    return 1;
  };
  const world = {
    outside: note("call"),
    outer: Object.defineProperties({}, {
      a: { get: note("get"), set: note("set") },
      valueOf: { value: note("valueOf") },
      toString: { value: note("toString") },
      [Symbol.iterator]: { value: note("iterate") },
    }),
  };
  const names = Object.keys(world);
  let make: (...world: readonly unknown[]) => [() => void, () => unknown];
  try {
    const text = `"use strict"; return [function (packet, index) { ${body} }, () => outer];`;
    make = new Function(...names, text) as typeof make;
  } catch {
    return undefined;
  }
  const [fn, outer] = make(...Object.values(world));
  poisonedLocation(fn, 2);
  if (outer() !== world.outer) effects.push("assign");
  return effects;
}

function randomStatement(random: Random, depth: number): string {
  const expression = () => `(${randomExpression(random, depth)})`;
  const statement = () => depth > 0 ? randomStatement(random, depth - 1) : `${expression()};`;
  const name = () => random.pick(["a", "b", "outer"]);
  return random.pick([
    () => `${expression()};`,
    () => `${expression()};`,
    () => `var ${name()} = ${expression()};`,
    () => `{ let ${name()} = ${expression()}; ${statement()} }`,
    () => `if (${expression()}) ${statement()}`,
    () => `if (${expression()}) { ${statement()} } else { ${statement()} }`,
    () => `return ${expression()};`,
    () => `for (const a of ${expression()}) { ${statement()} }`,
    () => `do { ${statement()} } while (false);`,
    () => `switch (${expression()}) { default: ${statement()} }`,
  ])();
}

function randomExpression(random: Random, depth: number): string {
  if (depth === 0) return random.pick(["this", "packet", "index", "outer", "a", "b", "1", "'c'"]);
  const inner = () => `(${randomExpression(random, depth - 1)})`;
  const statement = () => randomStatement(random, depth - 1);
  return random.pick([
    inner,
    inner,
    () => `${inner()}.a`,
    () => `${inner()}[${inner()}]`,
    () => `${inner()}.a = ${inner()}`,
    () => `${random.pick(["a", "b", "outer", "packet"])} = ${inner()}`,
    () => `${inner()} ${random.pick(["+", "===", "<", "&&", "||", "??", ",", "=="])} ${inner()}`,
    () => `${random.pick(["!", "-", "typeof "])}${inner()}`,
    () => `${inner()} ? ${inner()} : ${inner()}`,
    () => `outside(${inner()})`,
    () => `(() => { ${statement()} ${statement()} })()`,
    () => `() => { ${statement()} }`,
    () => `[${inner()}, ${inner()}]`,
    () => "`" + `\${${inner()}}` + "`",
  ])();
}

describe("poisonedLocation", () => {
  const places: readonly (readonly [string, (this: never, packet: never) => unknown])[] = [
    ["a member", (packet: { a: number }) => packet.a],
    ["a member's call", (packet: { a(): number }) => packet.a()],
    ["a conversion", (packet: number) => packet + 1],
    ["destructuring", ({ a }: { a: number }) => a],
    ["iteration", ([a]: number[]) => a],
    ["an assignment", (packet: { a: number }) => packet.a = 1],
  ];
  for (const [name, fn] of places) {
    it(`finds ${name}`, () => {
      const place = poisonedLocation(fn, 1);
      assertEquals(place?.file, pathOf(import.meta.url));
      assert(place!.line > 150);
    });
  }
  it("finds the use of a private name that poison has not", () => {
    class Private {
      #a = 1;
      m(): number {
        return this.#a;
      }
    }
    assertEquals(poisonedLocation(Private.prototype.m, 0)?.file, pathOf(import.meta.url));
  });
  it("finds nothing where nothing is touched, or poison itself is called or thrown", () => {
    assertEquals(poisonedLocation((a: () => unknown) => a(), 1), undefined);
    assertEquals(poisonedLocation(() => 1, 0), undefined);
    assertEquals(
      poisonedLocation((a: unknown) => {
        throw a;
      }, 1),
      undefined,
    );
  });
});

import * as std from "./assert.ts";
import { describe, it } from "@std/testing/bdd";
import { strictEqual, throws } from "node:assert/strict";
import process from "node:process";

const { AssertionError } = std;
const loop: { self?: unknown } = {};
loop.self = loop;
const otherLoop: { self?: unknown } = {};
otherLoop.self = otherLoop;

const equal: readonly [name: string, a: unknown, b: unknown][] = [
  ["NaN", NaN, NaN],
  ["0 and -0", 0, -0],
  ["bigints", 2n ** 64n, 2n ** 64n],
  ["nested objects", { a: [1, { b: 2n }] }, { a: [1, { b: 2n }] }],
  ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ["bytes", new Uint8Array([1, 2]), new Uint8Array([1, 2])],
  ["buffers", new Uint8Array([1, 2]).buffer, new Uint8Array([1, 2]).buffer],
  ["maps in another order", new Map([[1, "a"], [2, "b"]]), new Map([[2, "b"], [1, "a"]])],
  ["maps with objects for keys", new Map([[{ a: 1 }, 1]]), new Map([[{ a: 1 }, 1]])],
  ["sets", new Set([1, { a: 1 }]), new Set([{ a: 1 }, 1])],
  ["dates", new Date(5), new Date(5)],
  ["patterns", /a/g, /a/g],
  ["addresses", new URL("https://a/b"), new URL("https://a/b")],
  ["a loop", loop, otherLoop],
];

const different: readonly [name: string, a: unknown, b: unknown][] = [
  ["a number and a bigint", 1, 1n],
  ["a number and a text", 1, "1"],
  ["null and undefined", null, undefined],
  ["a missing and an undefined property", { a: undefined }, {}],
  ["properties of other names", { a: undefined }, { b: undefined }],
  ["an object and an array", {}, []],
  ["classes", new (class A {})(), new (class B {})()],
  ["bytes", new Uint8Array([1, 2]), new Uint8Array([1, 3])],
  ["bytes and words", new Uint8Array([1]), new Uint16Array([1])],
  ["buffers", new ArrayBuffer(1), new Uint8Array([1]).buffer],
  ["views", new DataView(new ArrayBuffer(1)), new DataView(new ArrayBuffer(2))],
  ["maps", new Map([[1, "a"]]), new Map([[1, "b"]])],
  ["sets that repeat", new Set([{ a: 1 }, { a: 1 }]), new Set([{ a: 1 }, { a: 2 }])],
  ["errors", new Error("a"), new Error("b")],
  ["functions", () => 1, () => 1],
];

describe("assertEquals", () => {
  for (const [name, a, b] of equal) it(`takes equal ${name}`, () => std.assertEquals(a, b));
  for (const [name, a, b] of different) {
    it(`refuses different ${name}`, () => {
      throws(() => std.assertEquals(a, b), AssertionError);
      std.assertNotEquals(a, b);
    });
  }
  it("refuses what it cannot compare", () => throws(() => std.assertEquals(new WeakMap(), new WeakMap()), TypeError));
  it("shows both values", () =>
    throws(() => std.assertEquals([1], [2], "hint"), /hint\n {2}actual: {3}\[ 1 \]\n.*\[ 2 \]/));
});

/** Every other assertion: a call that passes, and one that fails. */
const calls: Readonly<Record<string, readonly [passes: () => unknown, fails: () => unknown]>> = {
  assert: [() => std.assert(1), () => std.assert(0)],
  assertFalse: [() => std.assertFalse(0), () => std.assertFalse(1)],
  assertStrictEquals: [() => std.assertStrictEquals(loop, loop), () => std.assertStrictEquals({}, {})],
  "assertStrictEquals of zeros": [() => std.assertStrictEquals(-0, -0), () => std.assertStrictEquals(0, -0)],
  assertNotStrictEquals: [() => std.assertNotStrictEquals(1, 2), () => std.assertNotStrictEquals(NaN, NaN)],
  assertExists: [() => std.assertExists(0), () => std.assertExists(null)],
  assertInstanceOf: [() => std.assertInstanceOf(loop, Object), () => std.assertInstanceOf(loop, Array)],
  assertNotInstanceOf: [() => std.assertNotInstanceOf(1, Array), () => std.assertNotInstanceOf([], Array)],
  assertAlmostEquals: [() => std.assertAlmostEquals(0.1 + 0.2, 0.3), () => std.assertAlmostEquals(1, 2, 0.5)],
  assertGreater: [() => std.assertGreater(2n, 1n), () => std.assertGreater(1, 1)],
  assertGreaterOrEqual: [() => std.assertGreaterOrEqual(1, 1), () => std.assertGreaterOrEqual(1, 2)],
  assertLess: [() => std.assertLess(1, 2), () => std.assertLess(1, 1)],
  assertLessOrEqual: [() => std.assertLessOrEqual(1, 1), () => std.assertLessOrEqual(2, NaN)],
  assertMatch: [() => std.assertMatch("abc", /b/), () => std.assertMatch("abc", /d/)],
  assertNotMatch: [() => std.assertNotMatch("abc", /d/), () => std.assertNotMatch("abc", /b/)],
  assertStringIncludes: [() => std.assertStringIncludes("abc", "b"), () => std.assertStringIncludes("abc", "d")],
  assertArrayIncludes: [() => std.assertArrayIncludes([1, [2]], [[2]]), () => std.assertArrayIncludes([1], [2])],
  assertIsError: [() => std.assertIsError(new TypeError("abc"), Error, /b/), () => std.assertIsError("abc")],
  "assertIsError with a class": [() => {}, () => std.assertIsError(new Error("abc"), TypeError)],
  "assertIsError with a text": [() => {}, () => std.assertIsError(new Error("abc"), Error, "d")],
  fail: [() => {}, () => std.fail()],
};

for (const [name, [passes, fails]] of Object.entries(calls)) {
  it(name, () => {
    passes();
    throws(fails, AssertionError);
  });
}

const thrower = (error: unknown) => () => {
  throw error;
};

describe("assertThrows", () => {
  const error = new RangeError("abc");
  it("returns what was thrown", () => strictEqual(std.assertThrows(thrower(error)), error));
  it("returns an error of the class", () => strictEqual(std.assertThrows(thrower(error), RangeError, "b"), error));
  it("refuses a function that returns", () => throws(() => std.assertThrows(() => {}, "hint"), /to throw: hint/));
  it("refuses another class", () => throws(() => std.assertThrows(thrower(error), TypeError), AssertionError));
  it("refuses another text", () => throws(() => std.assertThrows(thrower(error), RangeError, "d"), AssertionError));
  it("refuses what is no error", () => throws(() => std.assertThrows(thrower("abc"), Error), AssertionError));
  it("refuses a pattern where a class belongs", () => {
    throws(() => std.assertThrows(thrower(error), /abc/ as unknown as typeof Error), TypeError);
  });
});

describe("assertRejects", () => {
  const error = new RangeError("abc");
  const rejects = () => Promise.reject(error);
  const refused = async (call: Promise<unknown>) => strictEqual(await call.catch((e) => e.name), "AssertionError");
  it("returns the reason", async () => strictEqual(await std.assertRejects(rejects, RangeError, "b"), error));
  it("refuses a promise that resolves", () => refused(std.assertRejects(() => Promise.resolve())));
  it("refuses another class", () => refused(std.assertRejects(rejects, TypeError)));
  it("refuses a function that throws", () => refused(std.assertRejects(thrower(error) as () => Promise<void>)));
  it("refuses what is no promise", () => refused(std.assertRejects((() => 1) as unknown as () => Promise<void>)));
});

if (process.versions.bun) {
  it("is what @std/assert means on Bun", async () => strictEqual((await import("@std/assert")).assert, std.assert));
}

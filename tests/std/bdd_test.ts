import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { spawnSync } from "node:child_process";
import process from "node:process";
import * as bdd from "./bdd.ts";

const { afterAll, afterEach, beforeAll, beforeEach, describe, it } = bdd;

const log: string[] = [];
const logs = (text: string) => () => void log.push(text);

describe("hooks run from the outside in, and back out", () => {
  beforeAll(logs("outer beforeAll"));
  beforeEach(logs("outer beforeEach"));
  afterEach(logs("outer afterEach"));
  afterAll(logs("outer afterAll"));
  describe({
    name: "of an inner suite",
    beforeAll: logs("inner beforeAll"),
    beforeEach: logs("inner beforeEach"),
    afterEach: logs("inner afterEach"),
    afterAll: logs("inner afterAll"),
    fn() {
      it("for the first test", logs("first"));
      it("for the second test, which waits", async () => {
        await Promise.resolve();
        log.push("second");
      });
    },
  });
  it("for a test after it", logs("third"));
});

it("in that order", () => {
  assertEquals(log, [
    "outer beforeAll",
    "inner beforeAll",
    ...["outer beforeEach", "inner beforeEach", "first", "inner afterEach", "outer afterEach"],
    ...["outer beforeEach", "inner beforeEach", "second", "inner afterEach", "outer afterEach"],
    "inner afterAll",
    ...["outer beforeEach", "third", "outer afterEach"],
    "outer afterAll",
  ]);
});

describe("every form", () => {
  const ran: string[] = [];
  const runs = (form: string) => () => void ran.push(form);
  it("name, function", runs("1"));
  it("name, options, function", { ignore: false }, runs("2"));
  it({ name: "definition", fn: runs("3") });
  it({ name: "options, function" }, runs("4"));
  describe({ name: "of describe" }, () => bdd.test("and another name of it", runs("5")));
  it("runs", () => assertEquals(ran, ["1", "2", "3", "4", "5"]));
});

describe("refuses", () => {
  for (const { name, error, message } of refusals()) {
    it(name, () => assertMatch(String(error), message));
  }
  it("a test inside a running test", () => {
    assertThrows(() => it("x", () => {}), Error, "is running");
  });
});

/** Calls what cannot be translated as a user's mistake would: without types, while tests are registered. */
function refusals(): readonly { readonly name: string; readonly error: unknown; readonly message: RegExp }[] {
  const untyped = bdd as unknown as Readonly<Record<string, (...form: readonly unknown[]) => void>>;
  const fn = () => {};
  const forms: readonly [name: string, caller: string, form: readonly unknown[], message: RegExp][] = [
    ["a test without a function", "it", ["x"], /it\("x"\): the function is missing/],
    ["a test without a name", "it", [{ fn }], /the name is missing/],
    ["a function alone", "it", [fn], /expected a name or options, found function/],
    ["an unknown option", "it", ["x", { timeout: 5 }, fn], /option "timeout" is not translated/],
    ["sanitizers", "it", [{ name: "x", fn, sanitizeOps: false }], /"sanitizeOps" is not translated/],
    ["permissions", "describe", ["x", { permissions: "none" }, fn], /"permissions" is not translated/],
    ["an ignore that is no boolean", "it", ["x", { ignore: "why" }, fn], /"ignore" must be a boolean/],
    ["a test context", "it", ["x", (context: unknown) => context], /context \(or a callback\) is not translated/],
    ["a time limit at the end", "it", ["x", fn, 1000], /this form is not translated/],
    ["a suite to add to", "it", [{ suite: {} }, "x", fn], /"suite" is not translated/],
    ["an asynchronous describe", "describe", ["x", async () => await 1], /must be synchronous/],
    ["a describe that registers nothing", "describe", ["x", fn], /no test is registered in it/],
    ["a describe without a function", "describe", ["x"], /the function is missing/],
    ["a hook without a function", "beforeEach", [], /beforeEach: the function is missing/],
  ];
  return forms.map(([name, caller, form, message]) => ({
    name,
    message,
    error: thrown(() => untyped[caller]?.(...form)),
  }));
}

function thrown(call: () => void): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
}

const hookOutside = thrown(() => beforeAll(() => {}));
it("refuses a hook outside of a describe", () => assertMatch(String(hookOutside), /hooks outside of a describe/));

/** Runs a file of `testdata/` where `only` is allowed; gives the lines that its tests print. */
function ran(file: string): { readonly lines: readonly string[]; readonly status: number | null } {
  const deno = ["test", "--no-check", "--import-map=tests/std/import_map.json", `tests/std/testdata/${file}`];
  const bun = ["test", `./tests/std/testdata/${file}`];
  const env = { ...process.env, CI: "false", NO_COLOR: "1" };
  const child = spawnSync(process.execPath, process.versions.bun ? bun : deno, { encoding: "utf8", env });
  return { lines: child.stdout.match(/ran: .*/g) ?? [], status: child.status };
}

describe("what is left out", () => {
  it("does not run", () => assertEquals(ran("skips.ts"), { lines: ["ran: not skipped"], status: 0 }));
});

describe("only", () => {
  it("at a test leaves its suite's others out", () =>
    assertEquals(ran("only_test_in_suite.ts").lines, ["ran: chosen"]));
  it("at a suite means all of it", () => assertEquals(ran("only_suite.ts").lines, ["ran: one", "ran: two"]));
  it("is narrowed by another inside", () => assertEquals(ran("only_both.ts").lines, ["ran: chosen"]));
});

describe("a hook that throws", () => {
  it("fails every test when it is beforeAll", () => {
    assertEquals(ran("before_all_throws.ts"), { lines: ["ran: other suite"], status: 1 });
  });
  it("fails the last test when it is afterAll", () => {
    assertEquals(ran("after_all_throws.ts"), { lines: ["ran: one"], status: 1 });
  });
  it("fails the test when it is beforeEach, and undoes the outer one", () => {
    assertEquals(ran("before_each_throws.ts"), { lines: ["ran: outer afterEach"], status: 1 });
  });
  it("fails the test when it is afterEach", () => {
    assertEquals(ran("after_each_throws.ts"), { lines: ["ran: one"], status: 1 });
  });
});

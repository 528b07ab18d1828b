/**
 * Stands in for `@std/testing/bdd` where JSR cannot be reached: describes become a tree, its tests go flat to the runtime.
 *
 * Forms that it does not translate throw, so that no test passes by not running.
 *
 * @module
 */
import { runtimeTest } from "./runtime.ts";
import { addHook, enclosing, enter, runTest, type Suite, type Test } from "./suite.ts";

/** The body of a test or a hook. */
export type TestBody = () => void | Promise<void>;

/** The body of a suite: synchronous, as registering is. */
export type SuiteBody = () => void | undefined;

interface Choices {
  /** Leaves the test or suite out, counted as skipped. */
  readonly ignore?: boolean;
  /** Leaves the others out. */
  readonly only?: boolean;
}

/** What `it` takes beside a name and a body. */
export type ItOptions = Choices;

/** What `describe` takes beside a name and a body. */
export interface DescribeOptions extends Choices {
  readonly beforeAll?: TestBody;
  readonly afterAll?: TestBody;
  readonly beforeEach?: TestBody;
  readonly afterEach?: TestBody;
}

type Named<Options, Body> = Options & { readonly name: string; readonly fn: Body };

type Arguments<Options, Body> =
  | [name: string, fn: Body]
  | [name: string, options: Options, fn: Body]
  | [definition: Named<Options, Body>]
  | [options: Omit<Named<Options, Body>, "fn">, fn: Body];

/** Registers a test in every form of the real function that is offered here. */
export interface It {
  (...form: Arguments<ItOptions, TestBody>): void;
  only(...form: Arguments<ItOptions, TestBody>): void;
  ignore(...form: Arguments<ItOptions, TestBody>): void;
  skip(...form: Arguments<ItOptions, TestBody>): void;
}

/** Groups tests, in every form of the real function that is offered here. */
export interface Describe {
  (...form: Arguments<DescribeOptions, SuiteBody>): void;
  only(...form: Arguments<DescribeOptions, SuiteBody>): void;
  ignore(...form: Arguments<DescribeOptions, SuiteBody>): void;
  skip(...form: Arguments<DescribeOptions, SuiteBody>): void;
}

const hookNames = ["beforeAll", "afterAll", "beforeEach", "afterEach"] as const;

/** Registers a test. */
export const it: It = Object.assign(registerTest(), {
  only: registerTest({ only: true }),
  ignore: registerTest({ ignore: true }),
  skip: registerTest({ ignore: true }),
});

/** Registers a test; another name of {@linkcode it}. */
export const test: It = it;

/** Groups tests. */
export const describe: Describe = Object.assign(registerSuite(), {
  only: registerSuite({ only: true }),
  ignore: registerSuite({ ignore: true }),
  skip: registerSuite({ ignore: true }),
});

/** Runs once before the first test of the suite. */
export function beforeAll(fn: TestBody): void {
  addHook("beforeAll", checkBody("beforeAll", fn));
}

/** Runs once after the last test of the suite. */
export function afterAll(fn: TestBody): void {
  addHook("afterAll", checkBody("afterAll", fn));
}

/** Runs before every test of the suite, outer suites first. */
export function beforeEach(fn: TestBody): void {
  addHook("beforeEach", checkBody("beforeEach", fn));
}

/** Runs after every test of the suite, inner suites first. */
export function afterEach(fn: TestBody): void {
  addHook("afterEach", checkBody("afterEach", fn));
}

function registerTest(forced: Choices = {}): (...form: Arguments<ItOptions, TestBody>) => void {
  return (...form) => addTest({ ...parse("it", form, ["ignore", "only"]), ...forced });
}

function addTest({ name, fn, ignore = false, only = false }: Named<ItOptions, TestBody>): void {
  const suite = enclosing();
  const test: Test = { kind: "test", name, fn, ignore, only, suite };
  if (suite) suite.children.push(test);
  else runtimeTest({ name, fn: () => runTest(test), ignore, only });
}

function registerSuite(forced: Choices = {}): (...form: Arguments<DescribeOptions, SuiteBody>) => void {
  return (...form) => {
    const definition = { ...parse("describe", form, ["ignore", "only", ...hookNames]), ...forced };
    const { name, only = false } = definition;
    const parent = enclosing();
    // Like the real one: the body of a suite that is left out is never read, and the whole is one skipped test.
    if (definition.ignore) return addTest({ name, ignore: true, only, fn: () => {} });
    const suite = enter({ name, only, parent }, () => {
      for (const hook of hookNames) {
        const body = definition[hook];
        if (body) addHook(hook, checkBody(hook, body));
      }
      return definition.fn();
    });
    if (!parent) registerLeaves(suite, !chooses(suite));
  };
}

/** Whether the suite, or anything in it, is marked `only`. */
function chooses(node: Suite | Test): boolean {
  return node.only || (node.kind === "suite" && node.children.some(chooses));
}

/** A choice inside a suite narrows it; otherwise the whole of a chosen suite is meant. */
function registerLeaves(suite: Suite, selected: boolean): void {
  const narrowed = suite.children.some(chooses);
  const whole = !narrowed && (selected || suite.only);
  for (const child of suite.children) {
    if (child.kind === "suite") {
      registerLeaves(child, whole);
      continue;
    }
    const ignore = child.ignore || !(whole || child.only);
    if (!ignore) expect(suite);
    runtimeTest({ name: fullName(child), fn: () => runTest(child), ignore, only: only(child) });
  }
}

/** One test more that has to run before `afterAll`. */
function expect(suite: Suite | undefined): void {
  for (; suite; suite = suite.parent) suite.pending += 1;
}

function only(test: Test): boolean {
  for (let node: Test | Suite | undefined = test; node; node = node.kind === "test" ? node.suite : node.parent) {
    if (node.only) return true;
  }
  return false;
}

function fullName(test: Test): string {
  const names = [test.name];
  for (let suite = test.suite; suite; suite = suite.parent) names.unshift(suite.name);
  return names.join(" > ");
}

interface Parsed extends DescribeOptions {
  readonly name: string;
  readonly fn: TestBody;
}

/** Brings the four forms to one, and refuses everything else. */
function parse(caller: "it" | "describe", form: readonly unknown[], options: readonly string[]): Parsed {
  const [first, ...rest] = form;
  const named = typeof first === "string" ? { name: first } : checkOptions(caller, first, ["name", "fn", ...options]);
  const last = rest.at(-1);
  const body = typeof last === "function" ? { fn: last } : {};
  const between = typeof last === "function" ? rest.slice(0, -1) : rest;
  if (between.length > (typeof first === "string" ? 1 : 0)) {
    throw new TypeError(`${caller}(): this form is not translated; tests/std/bdd.ts lists the forms that are`);
  }
  const given = between.length === 0 ? {} : checkOptions(caller, between[0], options);
  const parsed = { ...given, ...named, ...body } as Partial<Parsed>;
  if (typeof parsed.name !== "string" || parsed.name === "") throw new TypeError(`${caller}(): the name is missing`);
  const fn = checkBody(`${caller}(${JSON.stringify(parsed.name)})`, parsed.fn);
  return { ...parsed, name: parsed.name, fn };
}

function checkOptions(caller: string, options: unknown, known: readonly string[]): object {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`${caller}(): expected a name or options, found ${options === null ? "null" : typeof options}`);
  }
  for (const [key, value] of Object.entries(options)) {
    if (!known.includes(key)) throw new TypeError(`${caller}(): the option "${key}" is not translated`);
    const boolean = key === "ignore" || key === "only";
    if (boolean && typeof value !== "boolean" && value !== undefined) {
      throw new TypeError(`${caller}(): the option "${key}" must be a boolean`);
    }
  }
  return options;
}

function checkBody(caller: string, fn: unknown): TestBody {
  if (typeof fn !== "function") throw new TypeError(`${caller}: the function is missing`);
  if (fn.length > 0) throw new TypeError(`${caller}: the test context (or a callback) is not translated`);
  return fn as TestBody;
}

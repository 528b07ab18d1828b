/**
 * The adapter's tree of suites and how one test of it runs: hooks from the outside in, and back out.
 *
 * @module
 */

/** The hooks that a suite can have. */
export type HookName = "beforeAll" | "afterAll" | "beforeEach" | "afterEach";

type Body = () => void | Promise<void>;

/** A test, with the suite that it stands in. */
export interface Test {
  readonly kind: "test";
  readonly name: string;
  readonly fn: Body;
  readonly ignore: boolean;
  readonly only: boolean;
  readonly suite: Suite | undefined;
}

/** A `describe`. */
export interface Suite {
  readonly kind: "suite";
  readonly name: string;
  readonly only: boolean;
  readonly parent: Suite | undefined;
  readonly hooks: Readonly<Record<HookName, Body[]>>;
  readonly children: (Suite | Test)[];
  /** Tests that are still to run; the last one runs `afterAll`. */
  pending: number;
  /** The run of `beforeAll`, begun by the first test and awaited by all. */
  started: Promise<void> | undefined;
}

// What the runtime runs now. Both are per process: registration is synchronous and tests never overlap.
let current: Suite | undefined;
let running: Test | undefined;

/** The suite whose `describe` is being read. */
export function enclosing(): Suite | undefined {
  if (running) throw new Error(`Cannot register a test: "${running.name}" is running`);
  return current;
}

/** Reads a `describe`: everything that it registers goes into the new suite. */
export function enter(
  { name, only, parent }: Pick<Suite, "name" | "only" | "parent">,
  read: () => unknown,
): Suite {
  const hooks = { beforeAll: [], afterAll: [], beforeEach: [], afterEach: [] };
  const suite: Suite = {
    kind: "suite",
    name,
    only,
    parent,
    hooks,
    children: [],
    pending: 0,
    started: undefined,
  };
  current = suite;
  try {
    if (read() !== undefined) {
      throw new TypeError(`describe("${name}"): the function must be synchronous and return nothing`);
    }
  } finally {
    current = parent;
  }
  if (suite.children.length === 0) throw new Error(`describe("${name}"): no test is registered in it`);
  parent?.children.push(suite);
  return suite;
}

/** Adds a hook to the suite whose `describe` is being read. */
export function addHook(name: HookName, fn: Body): void {
  const suite = enclosing();
  if (!suite) throw new Error(`${name}(): hooks outside of a describe are not translated`);
  suite.hooks[name].push(fn);
}

/** Runs a test with the hooks of all its suites. */
export async function runTest(test: Test): Promise<void> {
  const suites: Suite[] = [];
  for (let suite = test.suite; suite; suite = suite.parent) suites.unshift(suite);
  for (const suite of suites) suite.pending -= 1;
  running = test;
  try {
    await aroundAll(suites, () => aroundEach(suites, test.fn));
  } finally {
    running = undefined;
  }
}

/** When `beforeAll` fails, every test of the suite fails with its error, and `afterAll` has nothing to undo. */
async function aroundAll([suite, ...inner]: readonly Suite[], body: Body): Promise<void> {
  if (!suite) return await body();
  await (suite.started ??= runAll(suite.hooks.beforeAll));
  try {
    await aroundAll(inner, body);
  } finally {
    if (suite.pending === 0) await runAll(suite.hooks.afterAll);
  }
}

async function aroundEach([suite, ...inner]: readonly Suite[], body: Body): Promise<void> {
  if (!suite) return await body();
  await runAll(suite.hooks.beforeEach);
  try {
    await aroundEach(inner, body);
  } finally {
    await runAll(suite.hooks.afterEach);
  }
}

async function runAll(hooks: readonly Body[]): Promise<void> {
  for (const hook of hooks) await hook();
}

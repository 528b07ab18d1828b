/**
 * Stands in for `@std/assert` where JSR cannot be reached: its most used assertions, with its signatures and meaning.
 *
 * @module
 */
import { inspect } from "node:util";
import { equal } from "./equal.ts";

export { equal };

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error = Error> = abstract new (...args: any[]) => E;
// deno-lint-ignore no-explicit-any
type AnyConstructor = abstract new (...args: any[]) => any;
type Instance<C extends AnyConstructor> = C extends abstract new (...args: never[]) => infer T ? T : never;
type Falsy = false | 0 | 0n | "" | null | undefined;

/** What every failed assertion throws. */
export class AssertionError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "AssertionError";
  }
}

/** Fails always. */
export function fail(msg?: string): never {
  throw new AssertionError(`Failed assertion${suffix(msg)}`);
}

/** Expects a truthy value. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError(msg);
}

/** Expects a falsy value. */
export function assertFalse(expr: unknown, msg = ""): asserts expr is Falsy {
  if (expr) throw new AssertionError(msg);
}

/** Expects deep equality. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  if (!equal(actual, expected)) throw new AssertionError(`Values are not equal${suffix(msg)}${both(actual, expected)}`);
}

/** Expects deep inequality. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  if (equal(actual, expected)) {
    throw new AssertionError(`Expected actual: ${show(actual)} not to be: ${show(expected)}${suffix(msg)}`);
  }
}

/** Expects the same value, by `Object.is`. */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T {
  if (Object.is(actual, expected)) return;
  const what = equal(actual, expected) ? "Values have the same structure but are not reference-equal" : "";
  throw new AssertionError(`${what || "Values are not strictly equal"}${suffix(msg)}${both(actual, expected)}`);
}

/** Expects another value, by `Object.is`. */
export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void {
  if (Object.is(actual, expected)) {
    throw new AssertionError(`Expected "actual" to not be strictly equal to: ${show(actual)}${suffix(msg)}`);
  }
}

/** Expects neither null nor undefined. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) {
    throw new AssertionError(`Expected actual: "${actual}" to not be null or undefined${suffix(msg)}`);
  }
}

/** Expects an instance of the class. */
export function assertInstanceOf<C extends AnyConstructor>(
  actual: unknown,
  expectedType: C,
  msg = "",
): asserts actual is Instance<C> {
  if (actual instanceof expectedType) return;
  throw new AssertionError(
    `Expected object to be an instance of "${expectedType.name}" but was ${show(actual)}${suffix(msg)}`,
  );
}

/** Expects something other than an instance of the class. */
export function assertNotInstanceOf<A, T>(
  actual: A,
  // deno-lint-ignore no-explicit-any
  unexpectedType: abstract new (...args: any[]) => T,
  msg?: string,
): asserts actual is Exclude<A, T> {
  if (actual instanceof unexpectedType) {
    throw new AssertionError(`Expected object to not be an instance of "${unexpectedType.name}"${suffix(msg)}`);
  }
}

/** Expects a number within a tolerance (by default a ten-millionth of the expected one). */
export function assertAlmostEquals(actual: number, expected: number, tolerance?: number, msg?: string): void {
  if (Object.is(actual, expected)) return;
  const allowed = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  if (Math.abs(expected - actual) <= allowed) return;
  throw new AssertionError(
    `Expected actual: "${actual}" to be close to "${expected}" (within ${allowed})${suffix(msg)}`,
  );
}

/** Expects `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual > expected)) throw new AssertionError(`Expect ${show(actual)} > ${show(expected)}${suffix(msg)}`);
}

/** Expects `actual >= expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual >= expected)) throw new AssertionError(`Expect ${show(actual)} >= ${show(expected)}${suffix(msg)}`);
}

/** Expects `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual < expected)) throw new AssertionError(`Expect ${show(actual)} < ${show(expected)}${suffix(msg)}`);
}

/** Expects `actual <= expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void {
  if (!(actual <= expected)) throw new AssertionError(`Expect ${show(actual)} <= ${show(expected)}${suffix(msg)}`);
}

/** Expects a text that matches. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  if (!expected.test(actual)) {
    throw new AssertionError(`Expected actual: "${actual}" to match: "${expected}"${suffix(msg)}`);
  }
}

/** Expects a text that does not match. */
export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void {
  if (expected.test(actual)) {
    throw new AssertionError(`Expected actual: "${actual}" to not match: "${expected}"${suffix(msg)}`);
  }
}

/** Expects a text that contains another. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (!actual.includes(expected)) {
    throw new AssertionError(`Expected actual: "${actual}" to contain: "${expected}"${suffix(msg)}`);
  }
}

/** Expects a list that contains every expected item. */
export function assertArrayIncludes<T>(actual: ArrayLike<T>, expected: ArrayLike<T>, msg?: string): void {
  const missing = Array.from(expected).filter((wanted) => !Array.from(actual).some((item) => equal(item, wanted)));
  if (missing.length > 0) {
    throw new AssertionError(
      `Expected actual: ${show(actual)} to include: ${show(expected)}${suffix(msg)}\nmissing: ${show(missing)}`,
    );
  }
}

/** Expects an error of the class whose message contains the text or matches the pattern. */
export function assertIsError<E extends Error = Error>(
  error: unknown,
  ErrorClass?: ErrorClass<E>,
  msgMatches?: string | RegExp,
  msg?: string,
): asserts error is E {
  if (!(error instanceof Error)) {
    throw new AssertionError(`Expected "error" to be an Error object${suffix(msg)} It is ${show(error)}`);
  }
  if (ErrorClass && !(error instanceof ErrorClass)) {
    throw new AssertionError(
      `Expected error to be instance of "${ErrorClass.name}", but was "${error.constructor.name}"${suffix(msg)}`,
      { cause: error },
    );
  }
  const matches = msgMatches === undefined ||
    (typeof msgMatches === "string" ? error.message.includes(msgMatches) : msgMatches.test(error.message));
  if (!matches) {
    const wanted = typeof msgMatches === "string" ? `include ${JSON.stringify(msgMatches)}` : `match ${msgMatches}`;
    throw new AssertionError(
      `Expected error message to ${wanted}, but got ${JSON.stringify(error.message)}${suffix(msg)}`,
      { cause: error },
    );
  }
}

/** Expects the function to throw; returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(fn: () => unknown, ...rest: ExpectedError): unknown {
  const { expected, includes, msg } = expectation(rest);
  try {
    fn();
  } catch (error) {
    if (expected) assertIsError(error, expected, includes, msg);
    return error;
  }
  throw new AssertionError(`Expected function to throw${suffix(msg)}`);
}

/** Expects the promise that the function returns to reject; resolves to the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(fn: () => PromiseLike<unknown>, ...rest: ExpectedError): Promise<unknown> {
  const { expected, includes, msg } = expectation(rest);
  const promise = called(fn, msg);
  try {
    await promise;
  } catch (error) {
    if (expected) assertIsError(error, expected, includes, msg);
    return error;
  }
  throw new AssertionError(`Expected function to reject${suffix(msg)}`);
}

function called(fn: () => PromiseLike<unknown>, msg: string | undefined): PromiseLike<unknown> {
  let promise: PromiseLike<unknown>;
  try {
    promise = fn();
  } catch (error) {
    throw new AssertionError(`Function throws when expected to reject${suffix(msg)}`, { cause: error });
  }
  if (typeof promise?.then === "function") return promise;
  throw new AssertionError(`Function throws when expected to reject${suffix(msg)} It returned ${show(promise)}`);
}

type ExpectedError = [ErrorClassOrMsg?: ErrorClass | string, msgIncludes?: string, msg?: string];

function expectation([first, second, third]: ExpectedError): {
  readonly expected?: ErrorClass;
  readonly includes?: string;
  readonly msg?: string;
} {
  if (typeof first === "string") return { msg: first };
  if (first === undefined && second === undefined) return { msg: third };
  if (typeof first === "function" && (first === Error || first.prototype instanceof Error)) {
    return { expected: first, includes: second, msg: third };
  }
  throw new TypeError("The second argument must be an error class or a message");
}

function both(actual: unknown, expected: unknown): string {
  return `\n  actual:   ${show(actual)}\n  expected: ${show(expected)}`;
}

function show(value: unknown): string {
  return inspect(value, { depth: 12, maxArrayLength: 512, sorted: true });
}

function suffix(msg: string | undefined): string {
  return msg ? `: ${msg}` : ".";
}

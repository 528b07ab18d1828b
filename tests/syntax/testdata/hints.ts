/**
 * Decorators that do nothing but remember where they stand, as the library's own do.
 *
 * @module
 */

import type { SourceLocation } from "../../../src/errors.ts";
import type { Hint } from "../../../src/syntax/locator.ts";
import { stackLocations } from "../../../src/syntax/stack.ts";

// deno-lint-ignore ban-types -- any callable
type AnyFunction = Function;

const decorators = new WeakMap<AnyFunction, SourceLocation>();
const classes = new Map<string, SourceLocation[]>();

/** What is known of a function of the test data: its decorator's place, or that of its class's accessors. */
export function hintOf(fn: AnyFunction, owner = ""): Hint {
  return { decorator: decorators.get(fn), siblings: classes.get(owner) };
}

/** Like `@kernel(…)` and `kernel(…, fn)`. */
export function kernel(
  _captures: () => Readonly<Record<string, unknown>>,
): (method: AnyFunction, context: unknown) => void;
export function kernel<Kernel extends AnyFunction>(
  _captures: () => Readonly<Record<string, unknown>>,
  fn: Kernel,
): Kernel;
export function kernel(_captures: unknown, fn?: AnyFunction): unknown {
  const place = stackLocations(new Error().stack)[1]!;
  if (fn) {
    decorators.set(fn, place);
    return fn;
  }
  return (method: AnyFunction) => void decorators.set(method, place);
}

/** Like `@globalVar(…)`: tells where the class `owner` is. */
export function variable(owner: string): <Value>(
  target: ClassAccessorDecoratorTarget<unknown, Value>,
  context: unknown,
) => ClassAccessorDecoratorResult<unknown, Value> {
  const place = stackLocations(new Error().stack)[1]!;
  classes.set(owner, [...classes.get(owner) ?? [], place]);
  return () => ({});
}

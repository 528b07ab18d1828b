/**
 * What the runtimes' consoles ask objects for: the keys of the methods that say how an object is shown.
 *
 * @module
 */

/** Deno calls it with its `inspect` and the options. */
export const denoInspect: unique symbol = Symbol.for("Deno.customInspect");
/** Bun (and Node.js) call it with the depth, the options, and `inspect`. */
export const nodeInspect: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/** A function that prints values as the console does. */
export type Inspect = (x: unknown, options?: unknown) => string;

/** The methods that make both runtimes show an object as a text, for a prototype. */
export function shownAs<T>(text: (self: T, inspect: Inspect, options: unknown) => string): PropertyDescriptorMap {
  return {
    [denoInspect]: {
      value(this: T, inspect: Inspect, options: unknown): string {
        return text(this, inspect, options);
      },
    },
    [nodeInspect]: {
      value(this: T, _depth: number, options: unknown, inspect: Inspect): string {
        return text(this, inspect, options);
      },
    },
  };
}

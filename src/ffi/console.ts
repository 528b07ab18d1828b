/**
 * What the runtimes' consoles ask objects for: the keys of the methods that say how an object is shown.
 *
 * @module
 */

/** Deno calls it with its `inspect` and the options. */
export const denoInspect: unique symbol = Symbol.for("Deno.customInspect");
/** Bun (and Node.js) call it with the depth, the options, and `inspect`. */
export const nodeInspect: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/**
 * `noinline`: a user's wish that a function be one of the machine's own, and not be copied to where it is called.
 *
 * @module
 */

import { describe, misuse, refuseMissingCall, type Use } from "./misuse.ts";

/** A decorator for methods. */
export type NoinlineDecorator = <This, A extends never[], R>(
  method: (this: This, ...a: A) => R,
  context: ClassMethodDecoratorContext<This, (this: This, ...a: A) => R>,
) => void;

/** What {@linkcode noinline} leaves on a function, under this key. */
const marked = Symbol("noinline");

const usage = "@noinline()";

/**
 * Makes a method one function of the generated program, which is called (a bpf-to-bpf call), instead of a copy of its code
 * in each place that calls it. Without it that is decided by size: large methods that are called more than once are
 * emitted once.
 *
 * Its arguments and its result must be numbers, bigints or booleans, at most five with what the function needs itself (the
 * packet takes one); what is known at generation time and the same in all calls counts for nothing. It must not use
 * `@localVar` variables.
 *
 * @returns The decorator.
 * @throws {EbpfError} `DecoratorMisuse` if it stands on anything but a method.
 *
 * @example
 * ```ts
 * import { noinline, XDP } from "@waggle/ebpf";
 *
 * class Mix extends XDP {
 *   @noinline()
 *   mix(x: number) {
 *     return Math.imul(x ^ (x >>> 15), 0x85ebca6b) >>> 0;
 *   }
 *
 *   program() {
 *     return this.mix(this.mix(7)) === 0 ? XDP.DROP : XDP.PASS;
 *   }
 * }
 *
 * console.log(new Mix().test(new Uint8Array(14), { on: "vm" }).name === "PASS");
 * ```
 */
export function noinline(): NoinlineDecorator;
/**
 * Makes a function that programs call one function of the generated program.
 *
 * @param fn The function.
 * @returns The same function.
 * @throws {EbpfError} `DecoratorMisuse` without a function.
 *
 * @example
 * ```ts
 * import { noinline } from "@waggle/ebpf";
 *
 * const mix = noinline((x: number) => Math.imul(x ^ (x >>> 15), 0x85ebca6b) >>> 0);
 *
 * console.log(mix(1));
 * ```
 */
export function noinline<F extends (...a: never[]) => unknown>(fn: F): F;
export function noinline<F extends (...a: never[]) => unknown>(fn?: F): F | NoinlineDecorator {
  const use: Use = { decorator: "noinline", example: usage, site: new Error() };
  refuseMissingCall(use, arguments);
  if (arguments.length === 0) return decorator(use);
  if (typeof fn !== "function") {
    throw misuse(use, `Cannot use noinline() on ${describe(fn)}: it is no function`, `Write ${usage} before a method`);
  }
  mark(fn);
  return fn;
}

function decorator(use: Use): NoinlineDecorator {
  return (method, context) => {
    if (context?.kind !== "method") {
      const { kind = "this", name } = (context ?? {}) as Partial<DecoratorContext>;
      throw misuse(use, `Cannot use @noinline on ${kind} "${String(name)}"`, `Put ${usage} on a method`);
    }
    mark(method);
  };
}

function mark(fn: object): void {
  Object.defineProperty(fn, marked, { value: true, configurable: true });
}

/** Whether a function is marked by {@linkcode noinline}. */
export function isNoinline(fn: object): boolean {
  return marked in fn;
}

/**
 * The functions of the test data with their texts, as this runtime gives them.
 *
 * @module
 */

import * as spots from "./spots.ts";

// deno-lint-ignore ban-types -- any callable
type AnyFunction = Function;

/** A function that came from a class, or an exported one. */
export interface Method {
  /** The class's name; "" for none. */
  readonly owner: string;
  readonly name: string;
  readonly fn: AnyFunction;
}

/** All methods, getters and setters of the classes, and all functions. */
export function methods(): readonly Method[] {
  return Object.entries(spots).flatMap(([owner, value]): readonly Method[] => {
    if (typeof value !== "function" || value === spots.Base) return [];
    const prototype: unknown = value.prototype;
    if (!(prototype instanceof spots.Base)) return [{ owner: "", name: owner, fn: value }];
    return membersOf(prototype).map(([name, fn]) => ({ owner, name, fn }));
  });
}

function membersOf(prototype: object): readonly [string, AnyFunction][] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([name, { value, get, set }]) => {
    // Accessors with decorators are the runtime's own code.
    if (name === "constructor" || name === "count" || name === "total") return [];
    return [value, get, set].flatMap((fn): [string, AnyFunction][] => typeof fn === "function" ? [[name, fn]] : []);
  });
}

/** Only the texts. */
export function methodTexts(): readonly string[] {
  return methods().map(({ fn }) => textOf(fn));
}

/** A function's text, whatever it says itself. */
export function textOf(fn: AnyFunction): string {
  return Function.prototype.toString.call(fn);
}

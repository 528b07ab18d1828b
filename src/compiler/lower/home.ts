/**
 * The class that a method was written in, and what its text names: itself, and its base class.
 *
 * @module
 */

import type { AnyFunction } from "../unit.ts";

/** In the text of a class that an engine has read, what is no punctuation is a name; `\\p{ID_Start}` costs much to compile. */
const NAME = "[^\\s!-#%-/:-@[-^`{-~]+";
const PATH = `${NAME}(?:\\.${NAME})*`;
/** `class A …`. */
const OWN = new RegExp(`^class\\s+(?!extends\\b)(${NAME})`);
/** `class A extends B {` or `extends library.B {`; Bun writes `class A extends (base = B) {`. */
const BASE = new RegExp(
  `^class\\b\\s*(?:${NAME}\\s+)??extends\\b\\s*(?:(${PATH})|\\(\\s*(?:${NAME}\\s*=\\s*)?(${PATH})\\s*\\))\\s*\\{`,
);

/** The objects of a prototype chain that have a method or a getter as their own. */
export function homesOf(owner: unknown, fn: AnyFunction): readonly object[] {
  const homes: object[] = [];
  for (let at = homeFrom(Object(owner), fn); at; at = homeFrom(Object.getPrototypeOf(at), fn)) homes.push(at);
  return homes;
}

/** The first of them in what is left of a chain. */
function homeFrom(chain: object | null, fn: AnyFunction): object | undefined {
  for (let at = chain; at; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) {
      const { value, get, set } = Object.getOwnPropertyDescriptor(at, name)!;
      if (value === fn || get === fn || set === fn) return at;
    }
  }
}

/**
 * The names that a class's text binds for the methods in it. They hold whatever bundlers have made of them: `A` is the
 * class in all its methods, and `B` is what `extends` has just evaluated.
 *
 * @param owner What the method is called on.
 */
export function classNames(owner: unknown, fn: AnyFunction): ReadonlyMap<string, unknown> {
  const names = new Map<string, unknown>();
  const home = homeFrom(Object(owner), fn);
  const written = home &&
    (typeof home === "function" ? home : Object.getOwnPropertyDescriptor(home, "constructor")?.value);
  if (typeof written !== "function") return names;
  const text = textOf(written);
  // A method that came here by assignment was written elsewhere.
  if (!text.includes(textOf(fn))) return names;
  const [, plain, inParentheses] = BASE.exec(text) ?? [];
  const base = plain ?? inParentheses;
  if (base !== undefined) names.set(base, Object.getPrototypeOf(written));
  const own = OWN.exec(text)?.[1];
  if (own !== undefined) names.set(own, written);
  return names;
}

function textOf(fn: AnyFunction): string {
  return Function.prototype.toString.call(fn);
}

/**
 * The class that a method was written in, and what its text names: itself, and its base class.
 *
 * @module
 */

import type { AnyFunction } from "../unit.ts";

const NAME = "[\\p{ID_Start}$_][\\p{ID_Continue}$]*";
/** `class A extends B {`, where both are plain names; Bun writes `class A extends (base = B) {`. */
const HEAD = new RegExp(
  `^class\\b\\s*(?:(?!extends\\b)(${NAME})\\s*)?(?:extends\\b\\s*(?:(${NAME})|\\(\\s*(?:${NAME}\\s*=\\s*)?(${NAME})\\s*\\))\\s*)?\\{`,
  "u",
);

/** The objects of a prototype chain that have a method or a getter as their own. */
export function homesOf(owner: unknown, fn: AnyFunction): readonly object[] {
  const homes: object[] = [];
  for (let at: object | null = Object(owner); at; at = Object.getPrototypeOf(at)) {
    const own = Object.values(Object.getOwnPropertyDescriptors(at));
    if (own.some(({ value, get }) => value === fn || get === fn)) homes.push(at);
  }
  return homes;
}

/**
 * The names that a class's text binds for the methods in it. They hold whatever bundlers have made of them: `A` is the
 * class in all its methods, and `B` is what `extends` has just evaluated.
 *
 * @param owner What the method is called on.
 */
export function classNames(owner: unknown, fn: AnyFunction): ReadonlyMap<string, unknown> {
  const names = new Map<string, unknown>();
  const [home] = homesOf(owner, fn);
  const written = home &&
    (typeof home === "function" ? home : Object.getOwnPropertyDescriptor(home, "constructor")?.value);
  if (typeof written !== "function") return names;
  const text = textOf(written);
  const head = HEAD.exec(text);
  // A method that came here by assignment was written elsewhere.
  if (!head || !text.includes(textOf(fn))) return names;
  const [, own, plain, parenthesized] = head;
  const base = plain ?? parenthesized;
  if (base !== undefined) names.set(base, Object.getPrototypeOf(written));
  if (own !== undefined) names.set(own, written);
  return names;
}

function textOf(fn: AnyFunction): string {
  return Function.prototype.toString.call(fn);
}

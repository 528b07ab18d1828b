/**
 * The runtime's own functions, and the library's, that may run at generation: their results depend on their arguments alone, and they change
 * nothing. All others would do at generation, once, what the text says of each run.
 *
 * @module
 */

import { once } from "../../once.ts";
import { ipv4, ipv6, mac } from "../../types/mod.ts";
import type { AnyFunction } from "../unit.ts";

const ARRAY = [
  "at",
  "concat",
  "entries",
  "flat",
  "includes",
  "indexOf",
  "join",
  "keys",
  "lastIndexOf",
  "slice",
  "toReversed",
  "toSorted",
  "toSpliced",
  "toString",
  "values",
  "with",
];
const COLLECTION = ["get", "has", "keys", "values", "entries"];
const OBJECT = ["entries", "fromEntries", "hasOwn", "is", "keys", "values"];

/** Whether a function may run at generation. */
export function isPure(fn: AnyFunction): boolean {
  return pure().has(fn);
}

const pure = once((): ReadonlySet<AnyFunction> =>
  new Set([
    ...functions(Math).filter((fn) => fn !== Math.random),
    ...functions(Number),
    ...functions(Number.prototype),
    ...functions(BigInt),
    ...functions(BigInt.prototype),
    ...functions(String).filter((fn) => fn !== String.raw),
    ...functions(String.prototype),
    ...functions(Object, OBJECT),
    ...functions(Array, ["from", "isArray", "of"]),
    ...functions(Array.prototype, ARRAY),
    ...functions(Object.getPrototypeOf(Uint8Array.prototype), ARRAY),
    ...functions(Map.prototype, COLLECTION),
    ...functions(Set.prototype, COLLECTION),
    ...functions(DataView.prototype).filter(({ name }) => name.startsWith("get")),
    ...[mac, ipv4, ipv4.network, ipv6, ipv6.network],
    // Bun writes Array(3) for new Array(3), which is the same.
    ...[Number, BigInt, Boolean, String, Array, parseInt, parseFloat, isNaN, isFinite],
  ])
);

function functions(object: object, names: readonly string[] = Object.getOwnPropertyNames(object)): AnyFunction[] {
  return names.map((name) => Object.getOwnPropertyDescriptor(object, name)?.value)
    .filter((value): value is AnyFunction => typeof value === "function" && value !== Object(object).constructor);
}

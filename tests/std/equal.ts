/**
 * Deep equality as `@std/assert` defines it: own enumerable properties, same constructor, NaN equal to NaN and 0 to -0.
 *
 * @module
 */

/** Whether the values are deeply equal. */
export function equal(a: unknown, b: unknown): boolean {
  return compare(a, b, new Map());
}

type Pairs = Map<object, object>;

function compare(a: unknown, b: unknown, seen: Pairs): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (constructorOf(a) !== constructorOf(b)) return false;
  if (a instanceof RegExp || a instanceof URL) return String(a) === String(b);
  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime());
  if (a instanceof Error && a.message !== (b as Error).message) return false;
  if (a instanceof WeakMap || a instanceof WeakSet) throw new TypeError("Cannot compare weak collections");
  if (a instanceof ArrayBuffer) return compareBytes(new Uint8Array(a), new Uint8Array(b as ArrayBuffer));
  if (a instanceof DataView) return compareBytes(bytesOf(a), bytesOf(b as DataView));
  if (seen.get(a) === b) return true;
  seen.set(a, b);
  if (a instanceof Map) return compareMaps(a, b as typeof a, seen);
  if (a instanceof Set) return compareSets(a, b as typeof a, seen);
  return compareProperties(a, b, seen);
}

function constructorOf(value: object): unknown {
  return value.constructor ?? Object;
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function compareBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function compareMaps(a: Map<unknown, unknown>, b: Map<unknown, unknown>, seen: Pairs): boolean {
  if (a.size !== b.size) return false;
  const rest = [...b];
  return [...a].every((entry) => takeEqual(entry, rest, seen));
}

function compareSets(a: Set<unknown>, b: Set<unknown>, seen: Pairs): boolean {
  if (a.size !== b.size) return false;
  const rest = [...b];
  return [...a].every((item) => takeEqual(item, rest, seen));
}

/** Removes one equal item, so that two equal items on the left need two on the right. */
function takeEqual(item: unknown, rest: unknown[], seen: Pairs): boolean {
  const index = rest.findIndex((other) => compare(item, other, seen));
  if (index < 0) return false;
  rest.splice(index, 1);
  return true;
}

function compareProperties(a: object, b: object, seen: Pairs): boolean {
  const keys = keysOf(a);
  if (keys.length !== keysOf(b).length) return false;
  return keys.every((key) =>
    Object.prototype.propertyIsEnumerable.call(b, key) && compare(Reflect.get(a, key), Reflect.get(b, key), seen)
  );
}

function keysOf(value: object): (string | symbol)[] {
  return Reflect.ownKeys(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
}

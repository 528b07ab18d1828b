/**
 * Objects that the program's text makes while it is generated: arrays and object literals, `Map`s, `Set`s. They are real
 * ones, and may be changed; each path of the program has them as it has left them (rule 5).
 *
 * @module
 */

import { ForkedMap } from "./forked_map.ts";

/** What is in an object, in an order of its kind. */
type Contents = readonly unknown[];

/** What objects contain that have been changed, on one path. */
export type Changes = ForkedMap<object, Contents>;

/** Stands for what paths have left differently: nobody may look at it. */
const UNDECIDED: Contents = Object.freeze([]);

/** The objects of one generation. */
export class Heap {
  /** Those that may be changed, in the order in which they were made. */
  readonly #made = new Map<object, number>();
  /** What those contained that have been changed, before they were. */
  readonly #first = new Map<object, Contents>();
  /** What they contain in this moment. */
  readonly #shown = new Map<object, Contents>();

  /** Lists of what is in an object → the object. */
  readonly #sources = new WeakMap<object, object>();

  /** How many objects were made. */
  get count(): number {
    return this.#made.size;
  }

  /** Takes note of a new object; of what is no object, none. */
  add(value: unknown): void {
    if (isObject(value) && !this.#made.has(value)) this.#made.set(value, this.#made.size);
  }

  /** Whether an object was made by the program's text. */
  has(value: unknown): value is object {
    return isObject(value) && this.#made.has(value);
  }

  /** Whether what is in an object depends on the way that the program has taken. */
  isUndecided(changes: Changes, value: unknown): boolean {
    return isObject(value) && changes.get(value) === UNDECIDED;
  }

  /** Changes an object on the path that these are the changes of. */
  change<Result>(changes: Changes, object: object, body: () => Result): Result {
    if (!this.#first.has(object)) this.#first.set(object, contentsOf(object));
    const result = body();
    const contents = contentsOf(object);
    changes.set(object, contents);
    this.#shown.set(object, contents);
    return result;
  }

  /** Gives all objects what they contain on another path. */
  show(changes: Changes): void {
    for (const [object, first] of this.#first) {
      const contents = changes.get(object) ?? first;
      if (contents === UNDECIDED || this.#shown.get(object) === contents) continue;
      restore(object, contents);
      this.#shown.set(object, contents);
    }
  }

  /** What objects contain where paths meet. */
  join(paths: readonly Changes[]): Changes {
    if (paths.every((changes) => changes.isSameAs(paths[0]))) return paths[0].fork();
    const joined: Changes = new ForkedMap();
    for (const object of new Set(paths.flatMap((changes) => [...changes.keys()]))) {
      const [one, ...others] = paths.map((changes) => this.#contents(changes, object));
      joined.set(object, others.every((other) => isSame(one, other)) ? one : UNDECIDED);
    }
    return joined;
  }

  /** Remembers what a list was made of: entries, keys or values of an object. */
  listed(list: object, source: object): void {
    this.#sources.set(list, source);
  }

  /** The object that going over a value goes over, if the text has made it. */
  sourceOf(value: unknown): object | undefined {
    const source = isObject(value) ? this.#sources.get(value) ?? value : undefined;
    return this.has(source) ? source : undefined;
  }

  /** Whether an object contains the same on two paths. */
  isSameOn(before: Changes, after: Changes, object: object): boolean {
    return !this.#first.has(object) || isSame(this.#contents(before, object), this.#contents(after, object));
  }

  /** Whether the first so many objects contain the same on two paths. */
  isUnchanged(before: Changes, after: Changes, count: number): boolean {
    return [...after.keys()].every((object) =>
      this.#made.get(object)! >= count || isSame(this.#contents(before, object), this.#contents(after, object))
    );
  }

  #contents(changes: Changes, object: object): Contents {
    return changes.get(object) ?? this.#first.get(object)!;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isSame(a: Contents, b: Contents): boolean {
  if (a === b) return true;
  if (a === UNDECIDED || b === UNDECIDED || a.length !== b.length) return false;
  return a.every((value, i) => Object.is(value, b[i]));
}

/** Elements; keys and values in turn of what has keys. */
function contentsOf(object: object): Contents {
  if (Array.isArray(object) || object instanceof Set) return [...object];
  return [...(object instanceof Map ? object : Object.entries(object))].flat(1);
}

function restore(object: object, contents: Contents): void {
  if (Array.isArray(object)) return void object.splice(0, Infinity, ...contents);
  if (object instanceof Set) {
    object.clear();
    contents.forEach((value) => object.add(value));
    return;
  }
  const pairs = contents.flatMap((key, i) => i % 2 === 0 ? [[key, contents[i + 1]] as const] : []);
  if (object instanceof Map) {
    object.clear();
    for (const [key, value] of pairs) object.set(key, value);
    return;
  }
  for (const name of Object.keys(object)) Reflect.deleteProperty(object, name);
  for (const [name, value] of pairs) Reflect.set(object, name as string, value);
}

/**
 * Arrays of a constant length, as live views of memory.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { shownAs } from "../ffi/console.ts";
import { access, store } from "./access.ts";
import type { Memory, Type } from "./type.ts";

/**
 * An array's elements, live: reading sees what the kernel writes. Unlike those of JavaScript's arrays, reads outside
 * give 0 and writes outside are dropped, in user space as in the kernel.
 */
export interface ArrayView<T> extends Iterable<T> {
  /** How many elements. */
  readonly length: number;
  /** An element; 0 outside. */
  [index: number]: T;
}

/** A type of arrays. */
export interface ArrayType<T> extends Type<ArrayView<T>> {
  /** Tells arrays from other types. */
  readonly kind: "array";
  /** The type of each element. */
  readonly element: Type<T>;
  /** How many elements. */
  readonly length: number;
}

/**
 * An array of a constant length.
 *
 * @param element The type of each element.
 * @param length How many, at least 1.
 * @throws {EbpfError} `InvalidArgument` for any other length.
 *
 * @example
 * ```ts ignore
 * class Sizes extends XDP {
 *   @globalVar(array(u32, 64)) accessor histogram!: ArrayView<number>;
 * }
 * ```
 */
export function array<T>(element: Type<T>, length: number): ArrayType<T> {
  if (!Number.isSafeInteger(length) || length < 1) {
    throw new EbpfError(ErrorCode.InvalidArgument, `Cannot make an array of ${length} elements`, {
      remedy: "Give a whole number from 1",
    });
  }
  if (element.kind === "bits") {
    throw new EbpfError(ErrorCode.InvalidArgument, "Cannot make an array of bit fields", {
      remedy: "Use an array of bool, or an array of structs that have the bit fields",
    });
  }
  return Object.freeze({ kind: "array", element, length, size: element.size * length, alignment: element.alignment });
}

/** What stands behind an {@linkcode ArrayView}: all but the access by index. */
class Elements<T> implements Iterable<T> {
  readonly #type: ArrayType<T>;
  readonly #memory: Memory;
  readonly #offset: number;

  constructor(type: ArrayType<T>, memory: Memory, offset: number) {
    this.#type = type;
    this.#memory = memory;
    this.#offset = offset;
  }

  get length(): number {
    return this.#type.length;
  }

  static read<T>(elements: Elements<T>, index: number): T {
    const { element, length } = elements.#type;
    if (!isIndex(index, length)) return access(element, nothing(element.size), 0);
    return access(element, elements.#memory, elements.#offset + index * element.size);
  }

  static write<T>(elements: Elements<T>, index: number, x: T): void {
    const { element, length } = elements.#type;
    if (isIndex(index, length)) store(element, elements.#memory.view, elements.#offset + index * element.size, x);
  }

  /** Whether the elements are those of something else, and as many; of bytes only. */
  equals(other: Iterable<T>): boolean {
    const values = [...other];
    return values.length === this.length && values.every((value, index) => value === Elements.read(this, index));
  }

  /** Writes as many elements as there are; of bytes only. */
  set(values: Iterable<T>): void {
    const copies = [...values];
    if (copies.length !== this.length) {
      throw new EbpfError(ErrorCode.OutOfRange, `Cannot write ${copies.length} bytes over ${this.length}`, {
        remedy: "Take as many: packet.bytes(offset, length)",
      });
    }
    copies.forEach((value, index) => Elements.write(this, index, value));
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let index = 0; index < this.#type.length; index++) yield Elements.read(this, index);
  }

  toJSON(): T[] {
    return [...this];
  }
}

Object.defineProperties(
  Elements.prototype,
  shownAs<Elements<unknown>>((elements, inspect, options) => inspect([...elements], options)),
);

function isIndex(index: number, length: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < length;
}

/** What a read outside sees: zeros, anew at each access, so that what is written to a struct's view of it is dropped. */
function nothing(size: number): Memory {
  return {
    get view() {
      return new DataView(new ArrayBuffer(size));
    },
  };
}

const handler: ProxyHandler<Elements<unknown>> = {
  get(elements, key) {
    const index = indexOf(key);
    if (index !== undefined) return Elements.read(elements, index);
    const found = Reflect.get(elements, key, elements);
    return typeof found === "function" ? found.bind(elements) : found;
  },
  set(elements, key, x) {
    const index = indexOf(key);
    if (index !== undefined) Elements.write(elements, index, x);
    return index !== undefined;
  },
  has: (elements, key) => isIndex(indexOf(key) ?? -1, elements.length) || Reflect.has(elements, key),
};

/** The number that a property key stands for; `undefined` if it is no number. */
function indexOf(key: string | symbol): number | undefined {
  if (typeof key === "symbol") return undefined;
  const index = Number(key);
  return String(index) === key ? index : undefined;
}

/** The live view of an array. */
export function arrayView<T>(type: ArrayType<T>, memory: Memory, offset: number): ArrayView<T> {
  return new Proxy(new Elements(type, memory, offset), handler as ProxyHandler<Elements<T>>) as unknown as ArrayView<T>;
}

/** Whether a value is a live view of an array. */
export function isArrayView(x: unknown): boolean {
  return x instanceof Elements;
}

/** Copies any iterable into an array; what is missing becomes 0, what is too much is dropped. */
export function storeArray<T>(type: ArrayType<T>, view: DataView, offset: number, values: Iterable<T>): void {
  const { element, length } = type;
  // Read first: the values may be a view of the same memory.
  const copies = [...values];
  for (let index = 0; index < length; index++) store(element, view, offset + index * element.size, copies[index]);
}

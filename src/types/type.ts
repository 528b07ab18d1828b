/**
 * What a type of the library is: a layout in memory that stands for a TypeScript type.
 *
 * @module
 */

declare const value: unique symbol;

/**
 * A layout in memory, and the TypeScript type that it is read as. Made by this library: {@linkcode u32} and its like.
 */
export interface Type<T> {
  /** `"scalar"`, `"array"`, `"struct"` or `"bits"`. */
  readonly kind: string;
  /** Bytes that a value takes. */
  readonly size: number;
  /** What its offset in a struct is a multiple of. */
  readonly alignment: number;
  /**
   * Only for TypeScript: what {@linkcode Infer} finds.
   *
   * @ignore
   */
  readonly [value]?: (x: T) => T;
}

/** Any type. */
// deno-lint-ignore no-explicit-any -- types are invariant: nothing narrower takes all of them
export type AnyType = Type<any>;

/**
 * The TypeScript type of a layout.
 *
 * @example
 * ```ts
 * import { type Infer, u64 } from "@waggle/ebpf";
 *
 * const total: Infer<typeof u64> = 5n;
 * ```
 */
export type Infer<S> = S extends Type<infer T> ? T : never;

/** Bytes that may move: variables have one home before `load()` and another after it. */
export interface Memory {
  /** Where the bytes are now. */
  readonly view: DataView;
}

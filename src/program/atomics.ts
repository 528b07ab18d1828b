/**
 * Variables as the runtime's `Atomics` take them: for user space to add to what the kernel adds to.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import type { AnyScalar } from "../types/scalar.ts";
import { globals, type Holder, memory } from "./memory.ts";
import type { Program } from "./program.ts";

/** Memory of one variable: a typed array with one element. */
export type AtomicView<V> = V extends bigint ? BigInt64Array | BigUint64Array : Int32Array | Uint32Array;

type MakeView = (buffer: ArrayBufferLike, offset: number) => Int32Array | Uint32Array | BigInt64Array | BigUint64Array;

const views: Readonly<Record<string, MakeView>> = {
  u32: (buffer, offset) => new Uint32Array(buffer, offset, 1),
  i32: (buffer, offset) => new Int32Array(buffer, offset, 1),
  u64: (buffer, offset) => new BigUint64Array(buffer, offset, 1),
  i64: (buffer, offset) => new BigInt64Array(buffer, offset, 1),
};

/**
 * A shared variable for `Atomics`: `counter.count += 1` in user space reads and then writes, and what the kernel adds in
 * between is lost; `Atomics.add` is one step for both.
 *
 * The view is good for as long as the variable's memory stays where it is: take it after `load()`. After `close()` it has
 * no elements.
 *
 * @param program The object with the variable.
 * @param name The name of a `@globalVar` of type `u32`, `i32`, `u64` or `i64`.
 * @returns A typed array with one element: the variable itself.
 * @throws {EbpfError} `InvalidArgument` for any other name; `Closed`.
 *
 * @example
 * ```ts
 * import { atomicView, globalVar, u64, XDP } from "@waggle/ebpf";
 *
 * class Count extends XDP {
 *   @globalVar(u64) accessor count = 0n;
 *
 *   program() {
 *     this.count += 1n;
 *   }
 * }
 *
 * const counter = new Count();
 * Atomics.add(atomicView(counter, "count"), 0, 5n);
 * console.log(counter.count === 5n);
 * ```
 */
export function atomicView<P extends Program, K extends keyof P & string>(program: P, name: K): AtomicView<P[K]> {
  const holder = program as unknown as Holder;
  const declaration = holder[memory].find(name);
  const type = declaration?.type as AnyScalar | undefined;
  const make = declaration?.kind === "global" && type?.kind === "scalar" ? views[type.name] : undefined;
  if (declaration && make) {
    const { buffer, byteOffset } = holder[globals];
    return make(buffer, byteOffset + declaration.offset) as AtomicView<P[K]>;
  }
  throw new EbpfError(ErrorCode.InvalidArgument, `Cannot use "${name}" with Atomics`, {
    remedy: "Name a @globalVar of type u32, i32, u64 or i64",
  });
}

/**
 * Values that each processor has one of, as user space sees them: all of them at one moment.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { type AnyType, type Struct, struct } from "../types/mod.ts";
import { type Codec, toJson } from "./codec.ts";

/**
 * The values of all processors: an array with one value for each *possible* CPU, present or not. It is a copy of one moment.
 *
 * In a program it is the value of the processor that runs it, {@linkcode PerCpu.value}, live: no other one writes it, so that
 * `hits.value += 1n` needs no atomic instruction.
 *
 * @example
 * ```ts
 * import { PerCpuArray, u64, XDP } from "@waggle/ebpf";
 *
 * class Count extends XDP {
 *   counts = new PerCpuArray(u64, { maxEntries: 1 });
 *
 *   program() {
 *     const count = this.counts.get(0);
 *     if (count) count.value += 1n;
 *   }
 * }
 *
 * const program = new Count();
 * program.test(new Uint8Array(64), { repeat: 3 });
 * console.log(program.counts.get(0)?.sum() === 3n);
 * ```
 */
export class PerCpu<V> extends Array<V> {
  /** What `map` and its like make is an ordinary array. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  /**
   * Values as they would come from a map.
   *
   * @param values One for each processor.
   */
  constructor(values: Iterable<V>) {
    super();
    for (const value of values) this.push(value);
  }

  /**
   * The value of the processor that runs the program; only there.
   *
   * @throws {EbpfError} `NotSupported` in user space.
   */
  get value(): V {
    throw noValue();
  }

  /** The value of the processor that runs the program; only there. */
  set value(_x: V) {
    throw noValue();
  }

  /** The sum of all processors' values; of structs and arrays, of each of their parts. Of truth values, whether any is true. */
  sum(): V {
    return combined(this, (a, b) => a + b) as V;
  }

  /** The largest of all processors' values; of structs and arrays, of each of their parts. */
  max(): V {
    return combined(this, (a, b) => a > b ? a : b) as V;
  }

  /** The smallest of all processors' values; of structs and arrays, of each of their parts. Of truth values, whether any is true. */
  min(): V {
    return combined(this, (a, b) => a < b ? a : b) as V;
  }

  /** What `JSON.stringify` makes of it: an array, with bigints as strings of their decimal digits. */
  toJSON(): unknown {
    return Array.from(this, toJson);
  }
}

function noValue(): EbpfError {
  return new EbpfError(ErrorCode.NotSupported, "Cannot use .value in user space: each processor has a value", {
    remedy: "Use sum(), max(), or the value of one: hits[0]",
  });
}

type Combine = (a: number, b: number) => number;

/** One value out of many, part by part. */
function combined(values: readonly unknown[], combine: Combine): unknown {
  const [first] = values;
  if (typeof first === "boolean") return values.some(Boolean);
  if (Array.isArray(first)) return first.map((_, i) => combined((values as unknown[][]).map((x) => x[i]), combine));
  if (typeof first === "object" && first !== null) {
    const objects = values as Record<string, unknown>[];
    return Object.fromEntries(
      Object.keys(first).map((name) => [name, combined(objects.map((object) => object[name]), combine)]),
    );
  }
  return (values as number[]).reduce(combine);
}

/** What a program sees of a value of its own processor: an object with the value. */
export function ownValueType(type: AnyType): Struct<{ readonly value: AnyType }> {
  return struct({ value: type });
}

/** Bytes from one processor's value to the next, as the kernel copies them. */
export function strideOf(valueSize: number): number {
  return Math.ceil(valueSize / 8) * 8;
}

/** Writes one value for each processor: the same one, or those of a {@linkcode PerCpu}. */
export function encodePerCpu(codec: Codec, x: unknown, view: DataView): void {
  const stride = strideOf(codec.size);
  const count = view.byteLength / stride;
  if (x instanceof PerCpu && x.length !== count) throw otherCount(x.length, count);
  for (let cpu = 0; cpu < count; cpu++) codec.encode(x instanceof PerCpu ? x[cpu] : x, view, cpu * stride);
}

function otherCount(given: number, count: number): EbpfError {
  return new EbpfError(ErrorCode.InvalidArgument, `Cannot store ${given} values: there are ${count} processors`, {
    remedy: "Give one value for all of them, or as many as get() gives",
  });
}

/** Reads the values of so many processors. */
export function decodePerCpu(codec: Codec, view: DataView, offset: number, count: number): PerCpu<unknown> {
  const stride = strideOf(codec.size);
  return new PerCpu(Array.from({ length: count }, (_, cpu) => codec.decode(view, offset + cpu * stride)));
}

/**
 * The decorators of variables that live in a map of their own: those that each processor has for itself, and those that are
 * read from the kernel each time.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { binding, type BpfMap, HashMap, type KeyedMap, type PerCpu, PerCpuArray } from "../maps/mod.ts";
import { isInProgram } from "../maps/mode.ts";
import { type AnyScalar, type AnyType, isScalar, type Scalar, store, struct, type Type, u32 } from "../types/mod.ts";
import type { Accessors, Place } from "./accessors.ts";
import { globals, type Holder, memory } from "./memory.ts";
import { demandType, misuse, refuseMissingCall, type Use } from "./misuse.ts";
import { type Variable, variable } from "./variables.ts";

/**
 * A variable that each processor has for itself: no one waits for another, so that it counts fastest.
 *
 * In the program, `this.hits.value` is that of the processor that runs it; changing it is a plain load and store. In user
 * space, reading it gives the values of all processors at that moment. It begins with zeros: `accessor hits!: PerCpu<bigint>`.
 *
 * @param type How a value lies in memory: any type.
 * @returns The decorator.
 * @throws {EbpfError} As `globalVar`, and for an initial value.
 *
 * @example
 * ```ts
 * import { type PerCpu, perCpuVar, u64, XDP } from "@waggle/ebpf";
 *
 * class Count extends XDP {
 *   @perCpuVar(u64) accessor hits!: PerCpu<bigint>;
 *
 *   program() {
 *     this.hits.value += 1n;
 *   }
 * }
 *
 * const counter = new Count();
 * counter.test(new Uint8Array(14), { repeat: 5 });
 * console.log(counter.hits.sum() === 5n);
 * ```
 */
export function perCpuVar<T>(type: Type<T>): Variable<PerCpu<T>> {
  const use: Use = {
    decorator: "perCpuVar",
    example: "@perCpuVar(u64) accessor hits!: PerCpu<bigint>",
    site: new Error(),
  };
  refuseMissingCall(use, arguments);
  demandType(use, type);
  return variable(use, type, {
    kind: "entry",
    accessors: perCpuAccessors,
    place: (holder, name) => take(holder, name, new PerCpuArray(type, { maxEntries: 1 })),
    refuseInitial: (use, name) =>
      misuse(use, `Cannot start "${name}" with a value: each processor begins with zeros`, `Write ${use.example}`),
  });
}

/**
 * A variable in an entry of a hash map of its own: read from the kernel each time, by a system call in user space and by a
 * lookup in the program. `globalVar` is faster; this one is for what other tools should find, and change, in a map.
 *
 * If somebody deletes the entry, the variable begins anew with its initial value.
 *
 * @param type How it lies in memory: any scalar.
 * @returns The decorator.
 * @throws {EbpfError} As `globalVar`.
 *
 * @example
 * ```ts
 * import { hashVar, u64, XDP } from "@waggle/ebpf";
 *
 * class Count extends XDP {
 *   @hashVar(u64) accessor total = 10n;
 *
 *   program() {
 *     this.total += 1n;
 *   }
 * }
 *
 * const counter = new Count();
 * counter.test(new Uint8Array(14), { repeat: 5 });
 * console.log(counter.total === 15n);
 * ```
 */
export function hashVar<T extends number | bigint | boolean>(type: Scalar<T>): Variable<T> {
  const use: Use = { decorator: "hashVar", example: "@hashVar(u64) accessor total = 0n", site: new Error() };
  refuseMissingCall(use, arguments);
  demandType(use, type);
  if (!isScalar(type)) {
    throw misuse(use, "Cannot make a variable of this type in a hash map", `Give a scalar: ${use.example}`);
  }
  return variable(use, type, {
    kind: "entry",
    accessors: (place, name) => hashAccessors(type, place, name),
    place: (holder, name) =>
      take(holder, name, new HashMap(u32, struct({ value: type as AnyType }), { maxEntries: 1 })),
  });
}

/** Gives a map to an object; its index there. */
function take(holder: Holder, name: string, map: BpfMap): number {
  map[binding].call(name.replace("#", ""));
  return holder[memory].maps.push(map as unknown as KeyedMap<number, unknown>) - 1;
}

function mapOf(holder: Holder, { offset }: Place): KeyedMap<number, unknown> {
  // After close() this throws.
  holder[globals].byteLength;
  return holder[memory].maps[offset];
}

function perCpuAccessors(place: Place): Accessors {
  return {
    get() {
      return mapOf(this, place).get(0);
    },
    set(x) {
      const map = mapOf(this, place);
      if (!isInProgram()) return void map.set(0, x);
      const { store: entries, foundType } = map[binding];
      const live = entries.live(map[binding].key(0));
      if (live) store(foundType!, live.view, 0, x);
    },
  };
}

function hashAccessors(type: AnyScalar, place: Place, name: string): Accessors {
  return {
    get() {
      const entry = mapOf(this, place).get(0) as { readonly value: unknown } | undefined;
      return entry ? entry.value : initialOf(this, name, type);
    },
    set(x) {
      if (mapOf(this, place).set(0, { value: x })) return;
      throw new EbpfError(ErrorCode.OutOfMemory, `Cannot store "${name}" of "${this[memory].name}": no memory is left`);
    },
  };
}

function initialOf(holder: Holder, name: string, { value }: AnyScalar): unknown {
  const zero = { number: 0, fixed: 0, bigint: 0n, boolean: false }[value];
  return holder[memory].find(name)?.initial ?? zero;
}

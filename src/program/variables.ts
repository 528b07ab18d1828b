/**
 * The decorators that make accessors of a class into variables of the program.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import type { AnyType, Type } from "../types/mod.ts";
import { type Accessors, globalAccessors, localAccessors, packetAccessors, type Place } from "./accessors.ts";
import { type Declaration, type Holder, memory } from "./memory.ts";
import { demandAccessor, demandInitial, demandType, misuse, refuseMissingCall, type Use, uses } from "./misuse.ts";
import type { Program } from "./program.ts";

/** A decorator for an `accessor` of a program. */
export type Variable<T> = <This extends Program, V extends T>(
  target: ClassAccessorDecoratorTarget<This, V>,
  context: ClassAccessorDecoratorContext<This, V>,
) => ClassAccessorDecoratorResult<This, V>;

/**
 * A variable that the program and user space share: reading it in user space is a plain memory read, also while the
 * kernel writes it; in the program `+=` and its like are one atomic instruction.
 *
 * Its initial value is the one of the first packet. Storing wraps as a `DataView` setter does. Before `load()` it lives
 * in ordinary memory, after `close()` using it throws `Closed`.
 *
 * @param type How it lies in memory: `u8` to `i64`, `bool`. `u64` and `i64` are `bigint`s in TypeScript.
 * @returns The decorator.
 * @throws {EbpfError} `DecoratorMisuse` on anything but an accessor of a program's objects; from the constructor,
 * `DecoratorMisuse` for an initial value of another type and `OutOfRange` for one that does not fit.
 *
 * @example
 * ```ts
 * import { globalVar, u32, XDP } from "@waggle/ebpf";
 *
 * class Count extends XDP {
 *   @globalVar(u32) accessor count = 0;
 *
 *   program() {
 *     this.count += 1;
 *   }
 * }
 *
 * const counter = new Count();
 * counter.test(new Uint8Array(14), { on: "js" });
 * console.log(counter.count === 1);
 * ```
 */
export function globalVar<T>(type: Type<T>): Variable<T> {
  const use: Use = { decorator: "globalVar", example: "@globalVar(u32) accessor count = 0", site: new Error() };
  refuseMissingCall(use, arguments);
  demandType(use, type);
  return variable(use, type, {
    kind: "global",
    accessors: (place) => globalAccessors(type, place),
    place: (holder) => holder[memory].globals.take(type),
  });
}

/**
 * A variable of one run of the program: it begins with its initial value at each packet. Use it instead of `let` where
 * the width matters.
 *
 * User space sees what the last run as plain JavaScript left in it; runs in the kernel keep theirs to themselves.
 *
 * @param type How it lies in memory: `u8` to `i64`, `bool`.
 * @returns The decorator.
 * @throws {EbpfError} As {@linkcode globalVar}.
 *
 * @example
 * ```ts
 * import { localVar, type Packet, u16, XDP } from "@waggle/ebpf";
 *
 * class Sum extends XDP {
 *   @localVar(u16) accessor sum = 0;
 *
 *   program(packet: Packet) {
 *     this.sum = packet.getUint8(0) + 0xffff;   // wraps to 16 bits
 *     return this.sum > 5 ? XDP.DROP : XDP.PASS;
 *   }
 * }
 *
 * console.log(new Sum().test(new Uint8Array(14), { on: "js" }).name === "DROP");
 * ```
 */
export function localVar<T>(type: Type<T>): Variable<T> {
  const use: Use = { decorator: "localVar", example: "@localVar(u16) accessor sum = 0", site: new Error() };
  refuseMissingCall(use, arguments);
  demandType(use, type);
  return variable(use, type, {
    kind: "local",
    accessors: (place) => localAccessors(type, place),
    place: (holder) => holder[memory].locals.take(type),
  });
}

/**
 * Bytes of the packet as a variable of the program. Where the packet is too short for them, using it ends the run with
 * the program's `defaultAction`. It has no initial value: `accessor etherType!: number`.
 *
 * @param offset Bytes from the packet's start (the Ethernet header).
 * @param type How they are read: `be16` for two bytes in network order.
 * @returns The decorator.
 * @throws {EbpfError} `DecoratorMisuse` on anything but an accessor of a program's objects, for an offset that is no
 * whole number from 0 to 65,535, and from the constructor for an initial value. Using it outside a run throws `NoPacket`.
 *
 * @example
 * ```ts
 * import { be16, globalVar, packetVar, u64, XDP } from "@waggle/ebpf";
 *
 * class CountIPv6 extends XDP {
 *   @packetVar(12, be16) accessor etherType!: number;
 *   @globalVar(u64) accessor count = 0n;
 *
 *   program() {
 *     if (this.etherType === 0x86dd) this.count += 1n;
 *   }
 * }
 *
 * const counter = new CountIPv6();
 * counter.test(new Uint8Array(14).fill(0x86, 12, 13).fill(0xdd, 13), { on: "js" });
 * console.log(counter.count === 1n);
 * ```
 */
export function packetVar<T>(offset: number, type: Type<T>): Variable<T> {
  const use: Use = {
    decorator: "packetVar",
    example: "@packetVar(12, be16) accessor etherType!: number",
    site: new Error(),
  };
  refuseMissingCall(use, arguments);
  if (!Number.isInteger(offset) || offset < 0 || offset > lastOffset) {
    const what = `Cannot make a packet variable at offset ${String(offset)}`;
    throw misuse(use, what, `Give a whole number from 0 to ${lastOffset}, then the type: ${use.example}`);
  }
  demandType(use, type);
  return variable(use, type, {
    kind: "packet",
    accessors: (place, name) => packetAccessors(type, place, name),
    place: () => offset,
    refuseInitial: initialPacket,
  });
}

/** No packet is longer. */
const lastOffset = 0xffff;

/** What the kinds of variables differ in. */
export interface Kind {
  readonly kind: Declaration["kind"];
  readonly accessors: (place: Place, name: string) => Accessors;
  /** Finds a place for one in an object's memory. */
  readonly place: (holder: Holder, name: string) => number;
  /** The error for an initial value, if there must not be one. */
  readonly refuseInitial?: (use: Use, name: string) => EbpfError;
}

/** The decorator of a kind. */
export function variable<T>(use: Use, type: AnyType, kind: Kind): Variable<T> {
  const decorator: Variable<T> = <This extends Program, V extends T>(
    _target: ClassAccessorDecoratorTarget<This, V>,
    context: ClassAccessorDecoratorContext<This, V>,
  ): ClassAccessorDecoratorResult<This, V> => {
    demandAccessor(use, context);
    const name = String(context.name);
    const place: Place = { offset: -1 };
    const { get, set } = kind.accessors(place, name);
    const declare = (holder: Holder, initial: unknown) => {
      demandProgram(use, name, holder);
      if (kind.refuseInitial && initial !== undefined) throw kind.refuseInitial(use, name);
      demandInitial(use, name, type, initial);
      settle(place, kind.place(holder, name), name, holder);
      holder[memory].declare({ kind: kind.kind, name, type, offset: place.offset, initial, get, site: use.site });
      if (initial !== undefined) set.call(holder, initial);
    };
    return {
      get,
      set,
      init(initial) {
        declare(this, initial);
        return initial;
      },
    };
  };
  uses.set(decorator, use);
  return decorator;
}

/**
 * A variable has the same offset in all objects: what lies before it belongs to its class and its base classes, whose
 * accessors are always initialised in the same order.
 */
function settle(place: Place, offset: number, name: string, holder: Holder): void {
  if (place.offset < 0) place.offset = offset;
  if (place.offset === offset) return;
  const what = `Cannot lay out "${name}" of "${holder[memory].name}": its class has got another base class since`;
  throw new EbpfError(ErrorCode.InvalidArgument, what, { remedy: "Make a class of its own for each base class" });
}

function demandProgram(use: Use, name: string, holder: Partial<Holder>): void {
  if (holder[memory]) return;
  const owner = holder.constructor?.name || "its class";
  throw misuse(use, `Cannot make a variable of "${name}": ${owner} is no program`, `Write: class ${owner} extends XDP`);
}

function initialPacket(use: Use, name: string): EbpfError {
  const what = `Cannot start "${name}" with a value: it stands for bytes of the packet`;
  return misuse(use, what, `Write ${use.example}, without a value`);
}

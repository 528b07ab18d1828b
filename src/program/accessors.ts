/**
 * What a variable's property does when it is read and written.
 *
 * One literal getter for each native type: engines optimise each by itself, so that reading a variable costs what
 * reading a `DataView` costs. One getter for all types would see all types, and cost ten times that.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { access, type AnyScalar, type AnyType, store } from "../types/mod.ts";
import { globals as globalsKey, type Holder, memory } from "./memory.ts";
import type { Packet } from "./packet.ts";
import { currentRun } from "./running.ts";

/** A constant of this module: V8 looks an imported one up at each use, and reading a variable would take six times as long. */
const globals: typeof globalsKey = globalsKey;

/** Where a variable is; known when the first object of its class is made. */
export interface Place {
  offset: number;
}

/** A property's two functions. */
export interface Accessors {
  // deno-lint-ignore no-explicit-any -- the value of any type
  get(this: Holder): any;
  // deno-lint-ignore no-explicit-any -- the value of any type
  set(this: Holder, x: any): void;
}

const nativeAccessors: Readonly<Record<string, (place: Place) => Accessors>> = {
  u8: (place) => ({
    get() {
      return this[globals].getUint8(place.offset);
    },
    set(x: number) {
      this[globals].setUint8(place.offset, x);
    },
  }),
  i8: (place) => ({
    get() {
      return this[globals].getInt8(place.offset);
    },
    set(x: number) {
      this[globals].setInt8(place.offset, x);
    },
  }),
  u16: (place) => ({
    get() {
      return this[globals].getUint16(place.offset, true);
    },
    set(x: number) {
      this[globals].setUint16(place.offset, x, true);
    },
  }),
  i16: (place) => ({
    get() {
      return this[globals].getInt16(place.offset, true);
    },
    set(x: number) {
      this[globals].setInt16(place.offset, x, true);
    },
  }),
  u32: (place) => ({
    get() {
      return this[globals].getUint32(place.offset, true);
    },
    set(x: number) {
      this[globals].setUint32(place.offset, x, true);
    },
  }),
  i32: (place) => ({
    get() {
      return this[globals].getInt32(place.offset, true);
    },
    set(x: number) {
      this[globals].setInt32(place.offset, x, true);
    },
  }),
  u64: (place) => ({
    get() {
      return this[globals].getBigUint64(place.offset, true);
    },
    set(x: bigint) {
      this[globals].setBigUint64(place.offset, x, true);
    },
  }),
  i64: (place) => ({
    get() {
      return this[globals].getBigInt64(place.offset, true);
    },
    set(x: bigint) {
      this[globals].setBigInt64(place.offset, x, true);
    },
  }),
  bool: (place) => ({
    get() {
      return this[globals].getUint8(place.offset) !== 0;
    },
    set(x: boolean) {
      this[globals].setUint8(place.offset, x ? 1 : 0);
    },
  }),
};

/** A variable shared with the kernel. */
export function globalAccessors(type: AnyType, place: Place): Accessors {
  const native = type.kind === "scalar" ? nativeAccessors[(type as AnyScalar).name] : undefined;
  return native?.(place) ?? {
    get() {
      return access(type, this[memory].globals, place.offset);
    },
    set(x) {
      store(type, this[globals], place.offset, x);
    },
  };
}

/** A variable of one run. */
export function localAccessors(type: AnyType, place: Place): Accessors {
  return {
    get() {
      return access(type, this[memory].locals, place.offset);
    },
    set(x) {
      store(type, this[memory].locals.view, place.offset, x);
    },
  };
}

/** Bytes of the packet. */
export function packetAccessors(type: AnyType, place: Place, name: string): Accessors {
  return {
    get() {
      return access(type, { view: packetOf(this, name) }, place.offset);
    },
    set(x) {
      store(type, packetOf(this, name), place.offset, x);
    },
  };
}

function packetOf(holder: Holder, name: string): Packet {
  // After close() this throws that instead.
  holder[globals].byteLength;
  const run = currentRun();
  if (run) return run.packet;
  const { name: program } = holder[memory];
  throw new EbpfError(ErrorCode.NoPacket, `Cannot use "${name}" of "${program}": no packet is there`, {
    remedy: 'Packet variables are for the program itself: run it with test(packet, { on: "js" }) or attach it',
  });
}

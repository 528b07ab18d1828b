/**
 * Scalar types: integers of all sizes and byte orders, booleans and fixed point, read and written through a `DataView`.
 *
 * @module
 */

import type { AnyType, Type } from "./type.ts";

export type { AnyType, Type } from "./type.ts";

/** The order of a scalar's bytes. `"native"` is the kernel's own: little-endian on every supported processor. */
export type Endian = "native" | "little" | "big";

/** A type whose values are single numbers or truth values. */
export interface Scalar<T extends number | bigint | boolean> extends Type<T> {
  /** Tells scalars from other types. */
  readonly kind: "scalar";
  /** The name that it is exported by: `"u32"`, `"be16"`. */
  readonly name: string;
  /** Bytes that a value takes; 6 are those of a MAC address. */
  readonly size: 1 | 2 | 4 | 6 | 8;
  /** Whether it has negative values. */
  readonly signed: boolean;
  /** The order of its bytes. */
  readonly endian: Endian;
  /** What TypeScript reads it as; `"fixed"` is a `number` with decimals. */
  readonly value: "number" | "bigint" | "boolean" | "fixed";
  /** Reads the value at an offset. */
  get(view: DataView, offset: number): T;
  /** Writes a value at an offset; it wraps as a DataView setter's does. */
  set(view: DataView, offset: number, x: T): void;
}

/** Any scalar type. */
// deno-lint-ignore no-explicit-any -- types are invariant: nothing narrower takes all of them
export type AnyScalar = Scalar<any>;

/** How an integer is read and written; `little` is the byte order, as for a `DataView`. */
interface Codec<T> {
  readonly size: 1 | 2 | 4 | 8;
  readonly signed: boolean;
  readonly get: (view: DataView, offset: number, little: boolean) => T;
  readonly set: (view: DataView, offset: number, x: T, little: boolean) => void;
}

const unsigned8: Codec<number> = {
  size: 1,
  signed: false,
  get: (view, offset) => view.getUint8(offset),
  set: (view, offset, x) => view.setUint8(offset, x),
};
const signed8: Codec<number> = {
  size: 1,
  signed: true,
  get: (view, offset) => view.getInt8(offset),
  set: (view, offset, x) => view.setInt8(offset, x),
};
const unsigned16: Codec<number> = {
  size: 2,
  signed: false,
  get: (view, offset, little) => view.getUint16(offset, little),
  set: (view, offset, x, little) => view.setUint16(offset, x, little),
};
const signed16: Codec<number> = {
  size: 2,
  signed: true,
  get: (view, offset, little) => view.getInt16(offset, little),
  set: (view, offset, x, little) => view.setInt16(offset, x, little),
};
const unsigned32: Codec<number> = {
  size: 4,
  signed: false,
  get: (view, offset, little) => view.getUint32(offset, little),
  set: (view, offset, x, little) => view.setUint32(offset, x, little),
};
const signed32: Codec<number> = {
  size: 4,
  signed: true,
  get: (view, offset, little) => view.getInt32(offset, little),
  set: (view, offset, x, little) => view.setInt32(offset, x, little),
};
const unsigned64: Codec<bigint> = {
  size: 8,
  signed: false,
  get: (view, offset, little) => view.getBigUint64(offset, little),
  set: (view, offset, x, little) => view.setBigUint64(offset, x, little),
};
const signed64: Codec<bigint> = {
  size: 8,
  signed: true,
  get: (view, offset, little) => view.getBigInt64(offset, little),
  set: (view, offset, x, little) => view.setBigInt64(offset, x, little),
};

function integer<T extends number | bigint>(name: string, endian: Endian, codec: Codec<T>): Scalar<T> {
  const { size, signed, get, set } = codec;
  const little = endian !== "big";
  return Object.freeze({
    kind: "scalar",
    name,
    size,
    alignment: size,
    signed,
    endian,
    value: size === 8 ? "bigint" : "number",
    get: (view: DataView, offset: number) => get(view, offset, little),
    set: (view: DataView, offset: number, x: T) => set(view, offset, x, little),
  });
}

/** 8 bits, unsigned: 0 to 255. */
export const u8: Scalar<number> = integer("u8", "native", unsigned8);
/** 16 bits, unsigned: 0 to 65,535. */
export const u16: Scalar<number> = integer("u16", "native", unsigned16);
/** 32 bits, unsigned: 0 to 4,294,967,295. */
export const u32: Scalar<number> = integer("u32", "native", unsigned32);
/** 64 bits, unsigned; a `bigint` in TypeScript. */
export const u64: Scalar<bigint> = integer("u64", "native", unsigned64);
/** 8 bits, signed: −128 to 127. */
export const i8: Scalar<number> = integer("i8", "native", signed8);
/** 16 bits, signed: −32,768 to 32,767. */
export const i16: Scalar<number> = integer("i16", "native", signed16);
/** 32 bits, signed: −2,147,483,648 to 2,147,483,647. */
export const i32: Scalar<number> = integer("i32", "native", signed32);
/** 64 bits, signed; a `bigint` in TypeScript. */
export const i64: Scalar<bigint> = integer("i64", "native", signed64);

/** 16 bits, unsigned, big-endian (network order): ports, EtherTypes. */
export const be16: Scalar<number> = integer("be16", "big", unsigned16);
/** 32 bits, unsigned, big-endian (network order): IPv4 addresses, sequence numbers. */
export const be32: Scalar<number> = integer("be32", "big", unsigned32);
/** 64 bits, unsigned, big-endian (network order); a `bigint` in TypeScript. */
export const be64: Scalar<bigint> = integer("be64", "big", unsigned64);
/** 16 bits, signed, big-endian. */
export const bei16: Scalar<number> = integer("bei16", "big", signed16);
/** 32 bits, signed, big-endian. */
export const bei32: Scalar<number> = integer("bei32", "big", signed32);
/** 64 bits, signed, big-endian; a `bigint` in TypeScript. */
export const bei64: Scalar<bigint> = integer("bei64", "big", signed64);

/** 16 bits, unsigned, little-endian. */
export const le16: Scalar<number> = integer("le16", "little", unsigned16);
/** 32 bits, unsigned, little-endian. */
export const le32: Scalar<number> = integer("le32", "little", unsigned32);
/** 64 bits, unsigned, little-endian; a `bigint` in TypeScript. */
export const le64: Scalar<bigint> = integer("le64", "little", unsigned64);
/** 16 bits, signed, little-endian. */
export const lei16: Scalar<number> = integer("lei16", "little", signed16);
/** 32 bits, signed, little-endian. */
export const lei32: Scalar<number> = integer("lei32", "little", signed32);
/** 64 bits, signed, little-endian; a `bigint` in TypeScript. */
export const lei64: Scalar<bigint> = integer("lei64", "little", signed64);

/** A truth value in one byte: 0 is `false`, all else `true`. */
export const bool: Scalar<boolean> = Object.freeze({
  kind: "scalar",
  name: "bool",
  size: 1,
  alignment: 1,
  signed: false,
  endian: "native",
  value: "boolean",
  get: (view: DataView, offset: number) => view.getUint8(offset) !== 0,
  set: (view: DataView, offset: number, x: boolean) => view.setUint8(offset, x ? 1 : 0),
});

/** How many steps of {@linkcode fixed} make 1. */
export const fixedScale = 100_000;

/**
 * Fixed point: 64 bits that count hundred-thousandths; a `number` with decimals in TypeScript. Stored numbers are
 * rounded to the nearest step.
 */
export const fixed: Scalar<number> = Object.freeze({
  kind: "scalar",
  name: "fixed",
  size: 8,
  alignment: 8,
  signed: true,
  endian: "native",
  value: "fixed",
  get: (view: DataView, offset: number) => Number(view.getBigInt64(offset, true)) / fixedScale,
  set: (view: DataView, offset: number, x: number) => view.setBigInt64(offset, fixedSteps(x), true),
});

/** A number in steps of {@linkcode fixed}; what is not finite is 0, as for the setters of integers. */
export function fixedSteps(x: number): bigint {
  const steps = Math.round(x * fixedScale);
  return Number.isFinite(steps) ? BigInt(steps) : 0n;
}

/** Whether a type is one of these. */
export function isScalar(type: AnyType): type is AnyScalar {
  return type.kind === "scalar";
}

/**
 * Whether an integer constant may be given to a type of integers: from −2^(n−1) to 2^n − 1 whatever the sign, so that
 * `0xffff` and `-1` are both at home in 16 bits.
 */
export function constantFits(type: AnyScalar, constant: number | bigint): boolean {
  const bits = BigInt(type.size * 8);
  const exact = BigInt(constant);
  return exact >= -(1n << (bits - 1n)) && exact < 1n << bits;
}

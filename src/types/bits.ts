/**
 * Bit fields: parts of a byte or of a few bytes, as fields of structs.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import type { Type } from "./type.ts";

/** A number of bits: an unsigned `number`, or a `boolean` if it is one bit. Only for fields of structs. */
export interface Bits<T extends number | boolean> extends Type<T> {
  /** Tells bit fields from other types. */
  readonly kind: "bits";
  /** How many bits. */
  readonly width: number;
}

const widest = 32;

/**
 * A bit field. Fields that follow each other share bytes by C's rules, lowest bits first, as if each were declared with
 * the smallest of `uint8_t`, `uint16_t` and `uint32_t` that holds it.
 *
 * @param width How many bits, 1 to 32; a field of one bit is a `boolean`.
 * @throws {EbpfError} `InvalidArgument` for any other width.
 *
 * @example
 * ```ts ignore
 * const Flags = struct({ urgent: bits(1), priority: bits(3), channel: bits(4) });   // one byte
 * ```
 */
export function bits(width: 1): Bits<boolean>;
/**
 * A bit field of several bits, as a number.
 *
 * @param width How many bits, 2 to 32.
 */
export function bits(width: number): Bits<number>;
export function bits(width: number): Bits<boolean> | Bits<number> {
  if (!Number.isInteger(width) || width < 1 || width > widest) {
    throw new EbpfError(ErrorCode.InvalidArgument, `Cannot make a bit field of ${width} bits`, {
      remedy: `Give a whole number from 1 to ${widest}`,
    });
  }
  const size = width <= 8 ? 1 : width <= 16 ? 2 : 4;
  return Object.freeze({ kind: "bits", width, size, alignment: size });
}

/** Reads a bit field that begins at a bit, counted from the memory's start. */
export function readBits({ width }: Bits<number> | Bits<boolean>, view: DataView, start: number): number | boolean {
  let value = 0;
  for (let done = 0; done < width;) {
    const { byte, shift, count, mask } = piece(start + done, width - done);
    value += (view.getUint8(byte) >> shift & mask) * 2 ** done;
    done += count;
  }
  return width === 1 ? value !== 0 : value;
}

/** Writes a bit field; higher bits of the value are dropped. Where memory ends within the field, nothing is written. */
export function writeBits(
  { width }: Bits<number> | Bits<boolean>,
  view: DataView,
  start: number,
  value: number | boolean,
): void {
  // A boolean field is true for any number but 0, as C's _Bool is.
  const all = width === 1 ? (value ? 1 : 0) : Number(value) >>> 0;
  view.getUint8(Math.floor((start + width - 1) / 8));
  for (let done = 0; done < width;) {
    const { byte, shift, count, mask } = piece(start + done, width - done);
    const bits = (all >>> done & mask) << shift;
    view.setUint8(byte, view.getUint8(byte) & ~(mask << shift) | bits);
    done += count;
  }
}

/** The part of a bit field that lies in the byte of its first bit. */
function piece(start: number, width: number): { byte: number; shift: number; count: number; mask: number } {
  const shift = start % 8;
  const count = Math.min(8 - shift, width);
  return { byte: (start - shift) / 8, shift, count, mask: (1 << count) - 1 };
}

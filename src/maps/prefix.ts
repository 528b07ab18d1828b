/**
 * Prefixes: so many leading bits of an address, as a trie's keys are. In memory, the number of bits (32 bits, little endian),
 * then the address.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { denoInspect, nodeInspect } from "../ffi/console.ts";
import type { AnyScalar, AnyType, ArrayType, Fields, Struct } from "../types/mod.ts";
import { type Codec, codecOf } from "./codec.ts";
import { isInProgram } from "./mode.ts";

/** Bytes of the number of bits. */
const LENGTH_BYTES = 4;

/** The leading bits of an address. */
export interface AddressPrefix<A> {
  /** How many bits count. */
  readonly prefixlen: number;
  /** The address; its other bits are 0. */
  readonly address: A;
}

/** A key of an `LpmTrie`, as iterating gives it: the leading bits of an address. */
export class Prefix<A> implements AddressPrefix<A> {
  /** How many bits count. */
  readonly prefixlen: number;
  /** The address; its other bits are 0. */
  readonly address: A;

  /**
   * Makes a prefix.
   *
   * @param prefixlen How many bits count.
   * @param address The address.
   * @param text The usual text of an address.
   */
  constructor(prefixlen: number, address: A, text: (address: A) => string = String) {
    this.prefixlen = prefixlen;
    this.address = address;
    // Not enumerable: copies have the bits and the address.
    Object.defineProperty(this, "toString", { value: () => `${text(address)}/${prefixlen}` });
  }

  /** The usual text: `"10.0.0.0/8"`. */
  declare toString: () => string;

  /** What `JSON.stringify` makes of it: its text. */
  toJSON(): string {
    return this.toString();
  }

  /**
   * What a console shows: its text.
   *
   * @ignore
   */
  [denoInspect](): string {
    return this.toString();
  }

  /**
   * What a console shows: its text.
   *
   * @ignore
   */
  [nodeInspect](): string {
    return this.toString();
  }
}

/** A type of addresses that have a text. */
interface TextType {
  (text: string): unknown;
  text(address: unknown): string;
}

/** How keys of a trie are written and read, and what texts stand for. */
export interface PrefixCodec extends Codec {
  /** The prefix that a text stands for; anything else as it is. */
  parsed(key: unknown): unknown;
}

/** The codec of prefixes of a type of addresses. */
export function prefixCodec(type: AnyType): PrefixCodec {
  const address = codecOf(type);
  const bits = 8 * type.size;
  const texts = typeof type === "function" ? type as unknown as TextType : undefined;

  function parsed(key: unknown): unknown {
    if (typeof key !== "string") return key;
    const [text, length = String(bits), ...more] = key.split("/");
    if (!texts || more.length > 0 || !/^\d{1,4}$/.test(length)) throw noPrefix(key, texts !== undefined);
    const prefix = { prefixlen: Number(length), address: texts(text) };
    demandClear(bytesOf(prefix), key);
    return prefix;
  }

  function bytesOf({ prefixlen, address: x }: AddressPrefix<unknown>): Uint8Array {
    const view = new DataView(new ArrayBuffer(LENGTH_BYTES + type.size));
    view.setUint32(0, prefixlen, true);
    address.encode(x, view, LENGTH_BYTES);
    return new Uint8Array(view.buffer);
  }

  return {
    size: LENGTH_BYTES + type.size,
    parsed,
    encode(key, view, offset) {
      const known = parsed(key);
      const bytes = bytesOf(isPrefix(known) ? known : { prefixlen: bits, address: known });
      // Programs are not told: the kernel ignores the bits that do not count.
      if (!isInProgram() && isPrefix(known)) {
        demandClear(bytes, `${JSON.stringify(known.prefixlen)} bits of the address`);
      }
      new Uint8Array(view.buffer, view.byteOffset + offset).set(bytes);
    },
    decode(view, offset) {
      const prefixlen = view.getUint32(offset, true);
      return new Prefix(prefixlen, address.decode(view, offset + LENGTH_BYTES), texts && ((x) => texts.text(x)));
    },
  };
}

/** Whether a key is a prefix, and no address. */
function isPrefix(key: unknown): key is AddressPrefix<unknown> {
  return typeof key === "object" && key !== null && "prefixlen" in key;
}

/** How many bits count in the bytes of a key. */
export function prefixLength(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset).getUint32(0, true);
}

/** Whether a key's address begins with the bits of a prefix, which is not longer. */
export function matches(prefix: Uint8Array, key: Uint8Array): boolean {
  const length = prefixLength(prefix);
  return length <= prefixLength(key) && masked(prefix, length).every((byte, i) => byte === masked(key, length)[i]);
}

/** The bytes of a key's address, without the bits that do not count. */
function masked(key: Uint8Array, length: number): Uint8Array {
  return key.slice(LENGTH_BYTES).map((byte, i) => byte & 0xff00 >> Math.max(0, Math.min(8, length - 8 * i)));
}

function demandClear(key: Uint8Array, what: string): void {
  const length = prefixLength(key);
  if (length > 8 * (key.length - LENGTH_BYTES)) throw noPrefix(what, true);
  if (masked(key, length).every((byte, i) => byte === key[LENGTH_BYTES + i])) return;
  throw new EbpfError(ErrorCode.InvalidArgument, `Cannot use the prefix ${what}: the address has bits beyond it`, {
    remedy: "Write zeros there, or a longer prefix",
  });
}

function noPrefix(what: string, hasTexts: boolean): EbpfError {
  return new EbpfError(ErrorCode.InvalidArgument, `Cannot use the prefix ${what} as a key of this map`, {
    remedy: hasTexts
      ? 'Write an address, or an address and how many bits count: "10.0.0.0/8"'
      : "Give an address, or an object: { prefixlen: 8, address }",
  });
}

/** Whether the bits of a type lie in memory from the highest to the lowest, so that prefixes are what people mean by them. */
export function isOrdered(type: AnyType): boolean {
  if (type.kind === "array") return isOrdered((type as ArrayType<unknown>).element);
  if (type.kind === "struct") return Object.values((type as Struct<Fields>).fields).every(isOrdered);
  if (type.kind !== "scalar") return false;
  const { size, endian } = type as AnyScalar;
  return size === 1 || endian === "big";
}

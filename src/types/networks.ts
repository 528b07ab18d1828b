/**
 * Networks: the addresses that begin with the same bits, as in `10.0.0.0/8`.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import type { IPv6Address } from "./addresses.ts";

/**
 * A network of IPv4 addresses. In a program, asking whether it includes an address is a mask and a comparison.
 *
 * @example
 * ```ts
 * import { ipv4 } from "@waggle/ebpf";
 *
 * const home = ipv4.network("192.168.0.0/16");
 * console.log(home.includes(ipv4("192.168.7.9")), String(home) === "192.168.0.0/16");
 * ```
 */
export class IPv4Network {
  /** Its first address. */
  readonly address: number;
  /** The bits that all of its addresses share. */
  readonly mask: number;
  /** How many those are. */
  readonly bits: number;
  readonly #text: string;

  /** @ignore */
  constructor(text: string, parse: (address: string) => number) {
    const { address, bits } = split("IPv4", text, parse, 32, "10.0.0.0/8");
    this.#text = text;
    this.address = address;
    this.bits = bits;
    this.mask = Number(ones(bits, 32));
    if ((address & this.mask) >>> 0 !== address) throw beyondMask(text);
  }

  /** Whether an address is in the network. */
  includes(address: number): boolean {
    return (address & this.mask) >>> 0 === this.address;
  }

  /** As it was written. */
  toString(): string {
    return this.#text;
  }
}

/**
 * A network of IPv6 addresses.
 *
 * @example
 * ```ts
 * import { ipv6 } from "@waggle/ebpf";
 *
 * const documentation = ipv6.network("2001:db8::/32");
 * console.log(documentation.includes(ipv6("2001:db8::1")));
 * ```
 */
export class IPv6Network {
  /** The halves of its first address. */
  readonly high: bigint;
  /** The lower half. */
  readonly low: bigint;
  /** The bits of the upper half that all of its addresses share. */
  readonly highMask: bigint;
  /** Those of the lower half. */
  readonly lowMask: bigint;
  /** How many those are together. */
  readonly bits: number;
  readonly #text: string;

  /** @ignore */
  constructor(text: string, parse: (address: string) => IPv6Address) {
    const { address: { high, low }, bits } = split("IPv6", text, parse, 128, "2001:db8::/32");
    this.#text = text;
    this.high = high;
    this.low = low;
    this.bits = bits;
    this.highMask = ones(Math.min(bits, 64), 64);
    this.lowMask = ones(Math.max(bits - 64, 0), 64);
    if ((high & this.highMask) !== high || (low & this.lowMask) !== low) throw beyondMask(text);
  }

  /** Whether an address is in the network. */
  includes(address: IPv6Address): boolean {
    return (address.high & this.highMask) === this.high && (address.low & this.lowMask) === this.low;
  }

  /** As it was written. */
  toString(): string {
    return this.#text;
  }
}

/** So many ones at the begin of a word. */
function ones(count: number, width: number): bigint {
  return (1n << BigInt(count)) - 1n << BigInt(width - count);
}

function split<T>(kind: string, text: string, parse: (address: string) => T, most: number, example: string) {
  const [address, length, ...more] = text.split("/");
  const isRight = more.length === 0 && /^\d{1,3}$/.test(length ?? "") && Number(length) <= most;
  if (isRight) return { address: parse(address), bits: Number(length) };
  throw new EbpfError(ErrorCode.InvalidArgument, `Cannot read ${JSON.stringify(text)}: it is no ${kind} network`, {
    remedy: `Write it as in "${example}"`,
  });
}

function beyondMask(text: string): EbpfError {
  const what = `Cannot read ${JSON.stringify(text)}: the address has bits beyond the network's`;
  return new EbpfError(ErrorCode.InvalidArgument, what, { remedy: "Write zeros there, or a longer prefix" });
}

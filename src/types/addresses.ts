/**
 * Addresses: types of fields and variables that also make addresses of texts, and texts of addresses.
 *
 * @module
 */

import { EbpfError, ErrorCode } from "../errors.ts";
import { IPv4Network, IPv6Network } from "./networks.ts";
import { be32, be64, type Scalar } from "./scalar.ts";
import { type Struct, struct } from "./struct.ts";

/** A type of addresses that are numbers: call it with an address's text, as in `ipv4("10.0.0.1")`. */
export interface AddressType extends Scalar<number> {
  /** The address that a text stands for. */
  (text: string): number;
  /** The usual text of an address; for user space only. */
  text(address: number): string;
}

/** The type of IPv4 addresses: call it with an address's text, as in `ipv4("10.0.0.1")`. */
export interface IPv4AddressType extends AddressType {
  /**
   * The network that a text stands for, as in `ipv4.network("10.0.0.0/8")`.
   *
   * @throws {EbpfError} `InvalidArgument` if it is no network.
   */
  network(text: string): IPv4Network;
}

/** An IPv6 address: its first 64 bits, and its last. */
export interface IPv6Address {
  /** The network's half. */
  high: bigint;
  /** The interface's half. */
  low: bigint;
}

/** The type of IPv6 addresses: call it with an address's text, as in `ipv6("2001:db8::1")`. */
export interface IPv6AddressType extends Struct<{ readonly high: Scalar<bigint>; readonly low: Scalar<bigint> }> {
  /** The address that a text stands for. */
  (text: string): IPv6Address;
  /** The usual text of an address (RFC 5952); for user space only. */
  text(address: IPv6Address): string;
  /**
   * The network that a text stands for, as in `ipv6.network("2001:db8::/32")`.
   *
   * @throws {EbpfError} `InvalidArgument` if it is no network.
   */
  network(text: string): IPv6Network;
}

const MAC_LIMIT = 2 ** 48;

const macScalar: Scalar<number> = {
  kind: "scalar",
  name: "mac",
  size: 6,
  alignment: 1,
  signed: false,
  endian: "big",
  value: "number",
  get: (view, offset) => view.getUint16(offset) * 2 ** 32 + view.getUint32(offset + 2),
  set(view, offset, x) {
    const whole = Math.trunc(x) % MAC_LIMIT || 0;
    const wrapped = whole < 0 ? whole + MAC_LIMIT : whole;
    // The end first: where memory ends too early, nothing is written.
    view.setUint32(offset + 2, wrapped);
    view.setUint16(offset, Math.floor(wrapped / 2 ** 32));
  },
};

/**
 * MAC addresses: numbers of 48 bits, in network order.
 *
 * @example
 * ```ts
 * import { mac } from "@waggle/ebpf";
 *
 * console.log(mac("02:00:00:00:00:01") === 0x020000000001, mac.text(0x020000000001));
 * ```
 */
export const mac: AddressType = addressType(
  macScalar,
  parseMac,
  (address) => hex(address, 12).match(/../g)!.join(":"),
  undefined,
);

/**
 * IPv4 addresses: numbers of 32 bits, in network order.
 *
 * @example
 * ```ts
 * import { ipv4 } from "@waggle/ebpf";
 *
 * console.log(ipv4("10.0.0.1") === 0x0a000001, ipv4.text(0x0a000001));
 * ```
 */
export const ipv4: IPv4AddressType = addressType(
  { ...be32, name: "ipv4", alignment: 4 },
  parseIpv4,
  (address) => [24, 16, 8, 0].map((shift) => address >>> shift & 0xff).join("."),
  (text) => new IPv4Network(text, parseIpv4),
);

const halves = { high: be64, low: be64 } as const;

/**
 * IPv6 addresses: structs of two 64-bit halves, in network order.
 *
 * @example
 * ```ts
 * import { ipv6 } from "@waggle/ebpf";
 *
 * console.log(ipv6("2001:db8::1").low === 1n, ipv6.text({ high: 0x20010db800000000n, low: 1n }));
 * ```
 */
export const ipv6: IPv6AddressType = addressType(
  struct(halves),
  parseIpv6,
  ipv6Text,
  (text) => new IPv6Network(text, parseIpv6),
);

/** A type that can be called: the function has all that the type has. */
function addressType<Type extends object, T, Network>(
  type: Type,
  parse: (text: string) => T,
  text: (address: T) => string,
  network: Network,
): Type & { (text: string): T; text(address: T): string; readonly network: Network } {
  const callable = (source: string) => parse(source);
  const own = {
    ...Object.getOwnPropertyDescriptors(type),
    text: { value: text, enumerable: true },
    network: { value: network, enumerable: true },
  };
  return Object.freeze(Object.defineProperties(callable, own)) as unknown as
    & Type
    & { (text: string): T; text(address: T): string; readonly network: Network };
}

function parseMac(text: string): number {
  if (!/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(text)) throw noAddress("MAC", text, "02:00:00:00:00:01");
  return Number(`0x${text.replaceAll(/[:-]/g, "")}`);
}

function parseIpv4(text: string): number {
  const parts = text.split(".");
  const isRight = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
  if (!isRight) throw noAddress("IPv4", text, "10.0.0.1");
  return parts.reduce((address, part) => address * 256 + Number(part), 0);
}

function parseIpv6(text: string): IPv6Address {
  // An IPv4 address at the end stands for the last two groups.
  const plain = text.replace(/(?<=:)\d+\.\d+\.\d+\.\d+$/, (last) => {
    const address = hex(parseIpv4(last), 8);
    return `${address.slice(0, 4)}:${address.slice(4)}`;
  });
  const [head, tail, ...more] = plain.split("::").map((part) => part === "" ? [] : part.split(":"));
  const missing = 8 - head.length - (tail?.length ?? 0);
  const isRight = more.length === 0 && (tail ? missing > 0 : missing === 0) &&
    [...head, ...tail ?? []].every((group) => /^[0-9a-f]{1,4}$/i.test(group));
  if (!isRight) throw noAddress("IPv6", text, "2001:db8::1");
  const groups = [...head, ...Array<string>(missing).fill("0"), ...tail ?? []];
  const half = (four: readonly string[]) => BigInt(`0x${four.map((group) => group.padStart(4, "0")).join("")}`);
  return { high: half(groups.slice(0, 4)), low: half(groups.slice(4)) };
}

function ipv6Text({ high, low }: IPv6Address): string {
  const digits = [high, low].map((half) => half.toString(16).padStart(16, "0")).join("");
  const text = digits.match(/..../g)!.map((group) => parseInt(group, 16).toString(16)).join(":");
  // The longest run of zeros, the first of several, if it has two groups at least.
  const runs = [...text.matchAll(/\b0(:0)+\b/g)].map(([run]) => run).toSorted((a, b) => b.length - a.length);
  if (runs.length === 0) return text;
  const at = text.search(new RegExp(`(^|:)${runs[0]}($|:)`));
  const start = text.indexOf(runs[0], at);
  return `${text.slice(0, start).replace(/:$/, "")}::${text.slice(start + runs[0].length).replace(/^:/, "")}`;
}

function hex(address: number, digits: number): string {
  return address.toString(16).padStart(digits, "0");
}

function noAddress(kind: string, text: string, example: string): EbpfError {
  return new EbpfError(ErrorCode.InvalidArgument, `Cannot read ${JSON.stringify(text)}: it is no ${kind} address`, {
    remedy: `Write it as in "${example}"`,
  });
}

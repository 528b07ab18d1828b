/**
 * Headers of networks: IPv4, IPv6 and its extension headers.
 *
 * Bit fields stand in the order of their bits: those of a byte's low half come first.
 *
 * @module
 */

import { type AddressType, ipv4, ipv6, type IPv6AddressType } from "../addresses.ts";
import { type Bits, bits } from "../bits.ts";
import { be16, be32, type Scalar, u8 } from "../scalar.ts";
import { type Struct, struct } from "../struct.ts";
import { type Checksummed, checksummed } from "./checksums.ts";

const nibble: Bits<number> = bits(4);

/** What follows from an {@linkcode IPv4} header. */
export interface IPv4Derived extends Checksummed {
  /** Bytes of the header with its options: `headerWords * 4`. Setting it cuts off to a multiple of 4. */
  headerLength: number;
  /** The differentiated services code point: the upper six bits of `trafficClass`. */
  readonly dscp: number;
  /** Explicit congestion notification: the lower two bits of `trafficClass`. */
  readonly ecn: number;
  /** Whether routers must not cut the packet into fragments. */
  readonly dontFragment: boolean;
  /** Whether this is a fragment, and more of them follow. */
  readonly moreFragments: boolean;
  /** Where the fragment begins in the whole packet, in bytes. */
  readonly fragmentOffset: number;
  /** Whether this is a part of a packet: only the first part has the header of the transport. */
  readonly isFragment: boolean;
  /** Swaps source and destination, as an answer does; checksums stay right. */
  swapAddresses(): void;
  /** Computes the checksum of this header, which must have no options, and stores it. */
  fillChecksum(): void;
  /**
   * What the pseudo-header of TCP and UDP adds to their checksums: the beginning of `packet.checksum()`.
   *
   * @param length Bytes of the transport's header and data.
   */
  pseudoHeaderSum(length: number): number;
}

/**
 * IPv4 (RFC 791) without options: 20 bytes behind an EtherType of 0x0800. With its options it has `headerLength` bytes.
 * `dontFragment`, `moreFragments` and
 * `fragmentOffset` are parts of `fragment`.
 */
export const IPv4: Struct<{
  readonly headerWords: Bits<number>;
  readonly version: Bits<number>;
  readonly trafficClass: Scalar<number>;
  readonly totalLength: Scalar<number>;
  readonly identification: Scalar<number>;
  readonly fragment: Scalar<number>;
  readonly ttl: Scalar<number>;
  readonly protocol: Scalar<number>;
  readonly checksum: Scalar<number>;
  readonly source: AddressType;
  readonly destination: AddressType;
}, IPv4Derived> = struct(
  {
    headerWords: nibble,
    version: nibble,
    trafficClass: u8,
    totalLength: be16,
    identification: be16,
    fragment: be16,
    ttl: u8,
    protocol: u8,
    checksum: be16,
    source: ipv4,
    destination: ipv4,
  },
  {
    packed: true,
    derived: {
      ...checksummed,
      get headerLength(): number {
        return this.headerWords * 4;
      },
      set headerLength(bytes: number) {
        this.headerWords = bytes >>> 2;
      },
      get dscp(): number {
        return this.trafficClass >> 2;
      },
      get ecn(): number {
        return this.trafficClass & 3;
      },
      get dontFragment(): boolean {
        return (this.fragment & 0x4000) !== 0;
      },
      get moreFragments(): boolean {
        return (this.fragment & 0x2000) !== 0;
      },
      get fragmentOffset(): number {
        return (this.fragment & 0x1fff) * 8;
      },
      get isFragment(): boolean {
        return (this.fragment & 0x3fff) !== 0;
      },
      swapAddresses(): void {
        const { source } = this;
        this.source = this.destination;
        this.destination = source;
      },
      fillChecksum(): void {
        const { source, destination } = this;
        let sum = this.version * 4096 + this.headerWords * 256 + this.trafficClass + this.totalLength;
        sum += this.identification + this.fragment + this.ttl * 256 + this.protocol;
        sum += (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff);
        sum = (sum & 0xffff) + (sum >>> 16);
        sum = (sum & 0xffff) + (sum >>> 16);
        this.checksum = ~sum & 0xffff;
      },
      pseudoHeaderSum(length: number): number {
        const { source, destination } = this;
        return (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff) + this.protocol +
          length;
      },
    },
  },
);

/** What follows from an {@linkcode IPv6} header. */
export interface IPv6Derived {
  /** 6. */
  version: number;
  /** The traffic class: 8 bits. */
  readonly trafficClass: number;
  /** The flow label: 20 bits. */
  readonly flowLabel: number;
  /** Swaps source and destination, as an answer does; checksums stay right. */
  swapAddresses(): void;
  /**
   * What the pseudo-header of TCP, UDP and ICMPv6 adds to their checksums: the beginning of `packet.checksum()`.
   *
   * @param protocol The transport's number: 6, 17, 58.
   * @param length Bytes of the transport's header and data.
   */
  pseudoHeaderSum(protocol: number, length: number): number;
}

/** IPv6 (RFC 8200): 40 bytes behind an EtherType of 0x86dd. */
export const IPv6: Struct<{
  readonly versionClassFlow: Scalar<number>;
  readonly payloadLength: Scalar<number>;
  readonly nextHeader: Scalar<number>;
  readonly hopLimit: Scalar<number>;
  readonly source: IPv6AddressType;
  readonly destination: IPv6AddressType;
}, IPv6Derived> = struct(
  {
    versionClassFlow: be32,
    payloadLength: be16,
    nextHeader: u8,
    hopLimit: u8,
    source: ipv6,
    destination: ipv6,
  },
  {
    packed: true,
    derived: {
      get version(): number {
        return this.versionClassFlow >>> 28;
      },
      set version(version: number) {
        this.versionClassFlow = (this.versionClassFlow & 0xfffffff | version << 28) >>> 0;
      },
      get trafficClass(): number {
        return this.versionClassFlow >>> 20 & 0xff;
      },
      get flowLabel(): number {
        return this.versionClassFlow & 0xfffff;
      },
      swapAddresses(): void {
        const { high, low } = this.source;
        this.source = this.destination;
        this.destination = { high, low };
      },
      pseudoHeaderSum(protocol: number, length: number): number {
        let sum = protocol + length;
        for (const half of [this.source.high, this.source.low, this.destination.high, this.destination.low]) {
          const [upper, lower] = [Number(half >> 32n), Number(half & 0xffffffffn)];
          sum += (upper >>> 16) + (upper & 0xffff) + (lower >>> 16) + (lower & 0xffff);
        }
        return sum;
      },
    },
  },
);

/** What follows from an {@linkcode IPv6Extension} header. */
export interface IPv6ExtensionDerived {
  /** Bytes of all of the header. */
  readonly headerLength: number;
}

/** The begin of an extension header of IPv6 (RFC 8200): all of it has `headerLength` bytes. */
export const IPv6Extension: Struct<{
  readonly nextHeader: Scalar<number>;
  readonly length: Scalar<number>;
}, IPv6ExtensionDerived> = struct(
  {
    nextHeader: u8,
    length: u8,
  },
  {
    packed: true,
    derived: {
      get headerLength(): number {
        return this.length * 8 + 8;
      },
    },
  },
);

/** What follows from an {@linkcode IPv6Fragment} header. */
export interface IPv6FragmentDerived {
  /** Where the fragment begins in the whole packet, in bytes. */
  readonly fragmentOffset: number;
  /** Whether more fragments follow. */
  readonly moreFragments: boolean;
}

/** IPv6's fragment header (RFC 8200): 8 bytes, next header 44. */
export const IPv6Fragment: Struct<{
  readonly nextHeader: Scalar<number>;
  readonly reserved: Scalar<number>;
  readonly fragment: Scalar<number>;
  readonly identification: Scalar<number>;
}, IPv6FragmentDerived> = struct(
  {
    nextHeader: u8,
    reserved: u8,
    fragment: be16,
    identification: be32,
  },
  {
    packed: true,
    derived: {
      get fragmentOffset(): number {
        return this.fragment & 0xfff8;
      },
      get moreFragments(): boolean {
        return (this.fragment & 1) !== 0;
      },
    },
  },
);

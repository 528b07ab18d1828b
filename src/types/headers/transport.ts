/**
 * Headers of transports: TCP, UDP, ICMP and ICMPv6.
 *
 * Bit fields stand in the order of their bits: those of a byte's low half come first.
 *
 * @module
 */

import { type Bits, bits } from "../bits.ts";
import { be16, be32, type Scalar, u8 } from "../scalar.ts";
import { type Struct, struct } from "../struct.ts";
import { type Checksummed, checksummed } from "./checksums.ts";

const bit: Bits<boolean> = bits(1);
const nibble: Bits<number> = bits(4);

/** What follows from a {@linkcode Tcp} header. */
export interface TcpDerived extends Checksummed {
  /** Bytes of the header with its options: `headerWords * 4`. Setting it cuts off to a multiple of 4. */
  headerLength: number;
  /** Swaps the ports, as an answer does; the checksum stays right. */
  swapPorts(): void;
}

/** TCP (RFC 9293) without options: 20 bytes, protocol 6. With its options it has `headerLength` bytes. */
export const Tcp: Struct<{
  readonly source: Scalar<number>;
  readonly destination: Scalar<number>;
  readonly sequence: Scalar<number>;
  readonly acknowledgment: Scalar<number>;
  readonly reserved: Bits<number>;
  readonly headerWords: Bits<number>;
  readonly fin: Bits<boolean>;
  readonly syn: Bits<boolean>;
  readonly rst: Bits<boolean>;
  readonly psh: Bits<boolean>;
  readonly ack: Bits<boolean>;
  readonly urg: Bits<boolean>;
  readonly ece: Bits<boolean>;
  readonly cwr: Bits<boolean>;
  readonly window: Scalar<number>;
  readonly checksum: Scalar<number>;
  readonly urgent: Scalar<number>;
}, TcpDerived> = struct(
  {
    source: be16,
    destination: be16,
    sequence: be32,
    acknowledgment: be32,
    reserved: nibble,
    headerWords: nibble,
    fin: bit,
    syn: bit,
    rst: bit,
    psh: bit,
    ack: bit,
    urg: bit,
    ece: bit,
    cwr: bit,
    window: be16,
    checksum: be16,
    urgent: be16,
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
      swapPorts(): void {
        const { source } = this;
        this.source = this.destination;
        this.destination = source;
      },
    },
  },
);

/** What follows from a {@linkcode Udp} header; updates leave a checksum of 0, which stands for none, as it is. */
export interface UdpDerived extends Checksummed {
  /** Swaps the ports, as an answer does; the checksum stays right. */
  swapPorts(): void;
}

/** UDP (RFC 768): 8 bytes, protocol 17. */
export const Udp: Struct<{
  readonly source: Scalar<number>;
  readonly destination: Scalar<number>;
  readonly length: Scalar<number>;
  readonly checksum: Scalar<number>;
}, UdpDerived> = struct(
  {
    source: be16,
    destination: be16,
    length: be16,
    checksum: be16,
  },
  {
    packed: true,
    derived: {
      updateChecksum16(from: number, to: number): void {
        if (this.checksum === 0) return;
        let sum = (~this.checksum & 0xffff) + (~from & 0xffff) + (to & 0xffff);
        sum = (sum & 0xffff) + (sum >>> 16);
        sum = (sum & 0xffff) + (sum >>> 16);
        this.checksum = (~sum & 0xffff) || 0xffff;
      },
      updateChecksum32(from: number, to: number): void {
        if (this.checksum === 0) return;
        let sum = (~this.checksum & 0xffff) + (~from >>> 16) + (~from & 0xffff) + (to >>> 16) + (to & 0xffff);
        sum = (sum & 0xffff) + (sum >>> 16);
        sum = (sum & 0xffff) + (sum >>> 16);
        this.checksum = (~sum & 0xffff) || 0xffff;
      },
      updateChecksum64(from: bigint, to: bigint): void {
        this.updateChecksum32(Number(from >> 32n), Number(to >> 32n));
        this.updateChecksum32(Number(from & 0xffffffffn), Number(to & 0xffffffffn));
      },
      swapPorts(): void {
        const { source } = this;
        this.source = this.destination;
        this.destination = source;
      },
    },
  },
);

/** ICMP (RFC 792): 8 bytes, protocol 1. The last two fields are those of echoes (types 8 and 0). */
export const Icmp: Struct<{
  readonly type: Scalar<number>;
  readonly code: Scalar<number>;
  readonly checksum: Scalar<number>;
  readonly identifier: Scalar<number>;
  readonly sequence: Scalar<number>;
}, Checksummed> = struct(
  {
    type: u8,
    code: u8,
    checksum: be16,
    identifier: be16,
    sequence: be16,
  },
  {
    packed: true,
    derived: checksummed,
  },
);

/** ICMPv6 (RFC 4443): 8 bytes, next header 58. The last two fields are those of echoes (types 128 and 129). */
export const Icmpv6: Struct<{
  readonly type: Scalar<number>;
  readonly code: Scalar<number>;
  readonly checksum: Scalar<number>;
  readonly identifier: Scalar<number>;
  readonly sequence: Scalar<number>;
}, Checksummed> = struct(
  {
    type: u8,
    code: u8,
    checksum: be16,
    identifier: be16,
    sequence: be16,
  },
  {
    packed: true,
    derived: checksummed,
  },
);

/**
 * Headers of tunnels, and of DNS messages.
 *
 * @module
 */

import { array, type ArrayType } from "../array.ts";
import { be16, be32, type Scalar, u8 } from "../scalar.ts";
import { type Struct, struct } from "../struct.ts";

const threeBytes: ArrayType<number> = array(u8, 3);

/** What follows from a {@linkcode Gre} header. */
export interface GreDerived {
  /** Whether a checksum (and two reserved bytes) follows the header. */
  readonly hasChecksum: boolean;
  /** Whether a key follows. */
  readonly hasKey: boolean;
  /** Whether a sequence number follows. */
  readonly hasSequence: boolean;
  /** Bytes of the header with those. */
  readonly headerLength: number;
}

/** GRE (RFC 2784) without optional fields: 4 bytes, protocol 47. `protocol` is an EtherType. */
export const Gre: Struct<{
  readonly flags: Scalar<number>;
  readonly protocol: Scalar<number>;
}, GreDerived> = struct(
  {
    flags: be16,
    protocol: be16,
  },
  {
    packed: true,
    derived: {
      get hasChecksum(): boolean {
        return (this.flags & 0x8000) !== 0;
      },
      get hasKey(): boolean {
        return (this.flags & 0x2000) !== 0;
      },
      get hasSequence(): boolean {
        return (this.flags & 0x1000) !== 0;
      },
      get headerLength(): number {
        const { flags } = this;
        return 4 + (flags >> 13 & 4) + (flags >> 11 & 4) + (flags >> 10 & 4);
      },
    },
  },
);

/** What follows from a {@linkcode Vxlan} header. */
export interface VxlanDerived {
  /** The network's number (VNI): 24 bits. */
  network: number;
}

/** VXLAN (RFC 7348): 8 bytes behind UDP to port 4789. The network's number, `network`, is
 * a part of `networkAndReserved`. */
export const Vxlan: Struct<{
  readonly flags: Scalar<number>;
  readonly reserved: ArrayType<number>;
  readonly networkAndReserved: Scalar<number>;
}, VxlanDerived> = struct(
  {
    flags: u8,
    reserved: threeBytes,
    networkAndReserved: be32,
  },
  {
    packed: true,
    derived: {
      get network(): number {
        return this.networkAndReserved >>> 8;
      },
      set network(network: number) {
        this.networkAndReserved = network << 8 >>> 0;
      },
    },
  },
);

/** What follows from a {@linkcode Dns} header. */
export interface DnsDerived {
  /** Whether the message is an answer. */
  readonly isResponse: boolean;
  /** What is asked for: 0 is a query. */
  readonly opcode: number;
  /** Whether the answer was cut off. */
  readonly isTruncated: boolean;
  /** Whether recursion is asked for. */
  readonly recursionDesired: boolean;
  /** How it went: 0 is well, 3 says that there is no such name. */
  readonly responseCode: number;
}

/** The header of a DNS message (RFC 1035): 12 bytes behind UDP to or from port 53. */
export const Dns: Struct<{
  readonly identifier: Scalar<number>;
  readonly flags: Scalar<number>;
  readonly questions: Scalar<number>;
  readonly answers: Scalar<number>;
  readonly authorities: Scalar<number>;
  readonly additional: Scalar<number>;
}, DnsDerived> = struct(
  {
    identifier: be16,
    flags: be16,
    questions: be16,
    answers: be16,
    authorities: be16,
    additional: be16,
  },
  {
    packed: true,
    derived: {
      get isResponse(): boolean {
        return (this.flags & 0x8000) !== 0;
      },
      get opcode(): number {
        return this.flags >> 11 & 15;
      },
      get isTruncated(): boolean {
        return (this.flags & 0x200) !== 0;
      },
      get recursionDesired(): boolean {
        return (this.flags & 0x100) !== 0;
      },
      get responseCode(): number {
        return this.flags & 15;
      },
    },
  },
);

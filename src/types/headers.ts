/**
 * Headers of network protocols, as structs in network order: for `packet.header(Ethernet)` and its like.
 *
 * Bit fields stand in the order of their bits: those of a byte's low half come first.
 *
 * @module
 */

import { array, type ArrayType } from "./array.ts";
import { type Bits, bits } from "./bits.ts";
import { be16, be32, type Scalar, u8 } from "./scalar.ts";
import { type Struct, struct } from "./struct.ts";
import { type AddressType, ipv4, ipv6, type IPv6AddressType, mac } from "./addresses.ts";

const bit: Bits<boolean> = bits(1);
const nibble: Bits<number> = bits(4);
const threeBytes: ArrayType<number> = array(u8, 3);

/** Ethernet (IEEE 802.3): 14 bytes, at the packet's start. */
export const Ethernet: Struct<{
  readonly destination: AddressType;
  readonly source: AddressType;
  readonly etherType: Scalar<number>;
}> = struct(
  {
    destination: mac,
    source: mac,
    etherType: be16,
  },
  { packed: true },
);

/**
 * A VLAN tag (IEEE 802.1Q, and 802.1ad): 4 bytes behind an EtherType of 0x8100 or 0x88a8. The VLAN's number is
 * `tag & 0xfff`, its priority `tag >> 13`.
 */
export const Vlan: Struct<{
  readonly tag: Scalar<number>;
  readonly etherType: Scalar<number>;
}> = struct(
  {
    tag: be16,
    etherType: be16,
  },
  { packed: true },
);

/** ARP for IPv4 over Ethernet (RFC 826): 28 bytes behind an EtherType of 0x0806. */
export const Arp: Struct<{
  readonly hardwareType: Scalar<number>;
  readonly protocolType: Scalar<number>;
  readonly hardwareLength: Scalar<number>;
  readonly protocolLength: Scalar<number>;
  readonly operation: Scalar<number>;
  readonly senderMac: AddressType;
  readonly senderIp: AddressType;
  readonly targetMac: AddressType;
  readonly targetIp: AddressType;
}> = struct(
  {
    hardwareType: be16,
    protocolType: be16,
    hardwareLength: u8,
    protocolLength: u8,
    operation: be16,
    senderMac: mac,
    senderIp: ipv4,
    targetMac: mac,
    targetIp: ipv4,
  },
  { packed: true },
);

/**
 * IPv4 (RFC 791) without options: 20 bytes behind an EtherType of 0x0800. With its options it has `headerWords * 4` bytes.
 * In `fragment`, 0x4000 says not to fragment and 0x2000 that more fragments follow; the rest is the offset in 8 bytes.
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
}> = struct(
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
  { packed: true },
);

/** IPv6 (RFC 8200): 40 bytes behind an EtherType of 0x86dd. */
export const IPv6: Struct<{
  readonly versionClassFlow: Scalar<number>;
  readonly payloadLength: Scalar<number>;
  readonly nextHeader: Scalar<number>;
  readonly hopLimit: Scalar<number>;
  readonly source: IPv6AddressType;
  readonly destination: IPv6AddressType;
}> = struct(
  {
    versionClassFlow: be32,
    payloadLength: be16,
    nextHeader: u8,
    hopLimit: u8,
    source: ipv6,
    destination: ipv6,
  },
  { packed: true },
);

/** The begin of an extension header of IPv6 (RFC 8200): all of it has `(length + 1) * 8` bytes. */
export const IPv6Extension: Struct<{
  readonly nextHeader: Scalar<number>;
  readonly length: Scalar<number>;
}> = struct(
  {
    nextHeader: u8,
    length: u8,
  },
  { packed: true },
);

/** IPv6's fragment header (RFC 8200): 8 bytes, next header 44. The offset in 8 bytes is `fragment >> 3`. */
export const IPv6Fragment: Struct<{
  readonly nextHeader: Scalar<number>;
  readonly reserved: Scalar<number>;
  readonly fragment: Scalar<number>;
  readonly identification: Scalar<number>;
}> = struct(
  {
    nextHeader: u8,
    reserved: u8,
    fragment: be16,
    identification: be32,
  },
  { packed: true },
);

/** TCP (RFC 9293) without options: 20 bytes, protocol 6. With its options it has `headerWords * 4` bytes. */
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
}> = struct(
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
  { packed: true },
);

/** UDP (RFC 768): 8 bytes, protocol 17. */
export const Udp: Struct<{
  readonly source: Scalar<number>;
  readonly destination: Scalar<number>;
  readonly length: Scalar<number>;
  readonly checksum: Scalar<number>;
}> = struct(
  {
    source: be16,
    destination: be16,
    length: be16,
    checksum: be16,
  },
  { packed: true },
);

/** ICMP (RFC 792): 8 bytes, protocol 1. The last two fields are those of echoes (types 8 and 0). */
export const Icmp: Struct<{
  readonly type: Scalar<number>;
  readonly code: Scalar<number>;
  readonly checksum: Scalar<number>;
  readonly identifier: Scalar<number>;
  readonly sequence: Scalar<number>;
}> = struct(
  {
    type: u8,
    code: u8,
    checksum: be16,
    identifier: be16,
    sequence: be16,
  },
  { packed: true },
);

/** ICMPv6 (RFC 4443): 8 bytes, next header 58. The last two fields are those of echoes (types 128 and 129). */
export const Icmpv6: Struct<{
  readonly type: Scalar<number>;
  readonly code: Scalar<number>;
  readonly checksum: Scalar<number>;
  readonly identifier: Scalar<number>;
  readonly sequence: Scalar<number>;
}> = struct(
  {
    type: u8,
    code: u8,
    checksum: be16,
    identifier: be16,
    sequence: be16,
  },
  { packed: true },
);

/** GRE (RFC 2784) without optional fields: 4 bytes, protocol 47. `protocol` is an EtherType. */
export const Gre: Struct<{
  readonly flags: Scalar<number>;
  readonly protocol: Scalar<number>;
}> = struct(
  {
    flags: be16,
    protocol: be16,
  },
  { packed: true },
);

/** VXLAN (RFC 7348): 8 bytes behind UDP to port 4789. The network's number is `networkAndReserved >>> 8`. */
export const Vxlan: Struct<{
  readonly flags: Scalar<number>;
  readonly reserved: ArrayType<number>;
  readonly networkAndReserved: Scalar<number>;
}> = struct(
  {
    flags: u8,
    reserved: threeBytes,
    networkAndReserved: be32,
  },
  { packed: true },
);

/**
 * One MPLS label (RFC 3032): 4 bytes behind an EtherType of 0x8847. The label is `entry >>> 12`, the stack's last one has
 * the bit 0x100, and the time to live is `entry & 0xff`.
 */
export const Mpls: Struct<{
  readonly entry: Scalar<number>;
}> = struct(
  {
    entry: be32,
  },
  { packed: true },
);

/** The header of a DNS message (RFC 1035): 12 bytes behind UDP to or from port 53. */
export const Dns: Struct<{
  readonly identifier: Scalar<number>;
  readonly flags: Scalar<number>;
  readonly questions: Scalar<number>;
  readonly answers: Scalar<number>;
  readonly authorities: Scalar<number>;
  readonly additional: Scalar<number>;
}> = struct(
  {
    identifier: be16,
    flags: be16,
    questions: be16,
    answers: be16,
    authorities: be16,
    additional: be16,
  },
  { packed: true },
);

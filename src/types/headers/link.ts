/**
 * Headers of links: Ethernet, what stands between it and the network's header, and ARP.
 *
 * @module
 */

import { type AddressType, ipv4, mac } from "../addresses.ts";
import { be16, be32, type Scalar, u8 } from "../scalar.ts";
import { type Struct, struct } from "../struct.ts";

/** What follows from an {@linkcode Ethernet} header. */
export interface EthernetDerived {
  /** Swaps source and destination, as an answer does. */
  swapAddresses(): void;
}

/** Ethernet (IEEE 802.3): 14 bytes, at the packet's start. */
export const Ethernet: Struct<{
  readonly destination: AddressType;
  readonly source: AddressType;
  readonly etherType: Scalar<number>;
}, EthernetDerived> = struct(
  {
    destination: mac,
    source: mac,
    etherType: be16,
  },
  {
    packed: true,
    derived: {
      swapAddresses(): void {
        const { source } = this;
        this.source = this.destination;
        this.destination = source;
      },
    },
  },
);

/** What follows from a {@linkcode Vlan} tag. */
export interface VlanDerived {
  /** The VLAN's number: 12 bits of the tag. */
  id: number;
  /** The priority, from 0 to 7. */
  priority: number;
  /** Whether it may be dropped first (the drop eligible indicator). */
  readonly isDropEligible: boolean;
}

/**
 * A VLAN tag (IEEE 802.1Q, and 802.1ad): 4 bytes behind an EtherType of 0x8100 or 0x88a8. `id` and
 * `priority` are parts of `tag`.
 */
export const Vlan: Struct<{
  readonly tag: Scalar<number>;
  readonly etherType: Scalar<number>;
}, VlanDerived> = struct(
  {
    tag: be16,
    etherType: be16,
  },
  {
    packed: true,
    derived: {
      get id(): number {
        return this.tag & 0xfff;
      },
      set id(id: number) {
        this.tag = this.tag & 0xf000 | id & 0xfff;
      },
      get priority(): number {
        return this.tag >> 13;
      },
      set priority(priority: number) {
        this.tag = this.tag & 0x1fff | (priority & 7) << 13;
      },
      get isDropEligible(): boolean {
        return (this.tag & 0x1000) !== 0;
      },
    },
  },
);

/** What follows from an {@linkcode Mpls} entry. */
export interface MplsDerived {
  /** The label: 20 bits. */
  readonly label: number;
  /** The traffic class, from 0 to 7. */
  readonly trafficClass: number;
  /** Whether it is the last entry of the stack. */
  readonly isLast: boolean;
  /** The time to live. */
  readonly ttl: number;
}

/**
 * One MPLS label (RFC 3032): 4 bytes behind an EtherType of 0x8847. The label is `entry >>> 12`, the stack's last one has
 * the bit 0x100, and the time to live is `entry & 0xff`.
 */
export const Mpls: Struct<{
  readonly entry: Scalar<number>;
}, MplsDerived> = struct(
  {
    entry: be32,
  },
  {
    packed: true,
    derived: {
      get label(): number {
        return this.entry >>> 12;
      },
      get trafficClass(): number {
        return this.entry >>> 9 & 7;
      },
      get isLast(): boolean {
        return (this.entry & 0x100) !== 0;
      },
      get ttl(): number {
        return this.entry & 0xff;
      },
    },
  },
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

/**
 * The methods of packets that are written in the language of programs: these have copies of them.
 *
 * @module
 */

import type { AnyFunction } from "../compiler/unit.ts";
import { Arp, Ethernet, Icmp, Icmpv6, type Infer, IPv4, IPv6, Tcp, Udp, Vlan } from "../types/mod.ts";
import { kernel } from "./kernel.ts";
import type { Packet } from "./packet.ts";

/** The headers that a packet begins with, as {@linkcode Packet.layers} finds them. */
export interface Layers {
  /** What every packet begins with. */
  readonly ethernet: Infer<typeof Ethernet>;
  /** The first VLAN tag. */
  readonly vlan: Infer<typeof Vlan> | undefined;
  /** ARP for IPv4. */
  readonly arp: Infer<typeof Arp> | undefined;
  /** IPv4, options not counted in. */
  readonly ipv4: Infer<typeof IPv4> | undefined;
  /** IPv6. */
  readonly ipv6: Infer<typeof IPv6> | undefined;
  /** TCP, options not counted in. */
  readonly tcp: Infer<typeof Tcp> | undefined;
  /** UDP. */
  readonly udp: Infer<typeof Udp> | undefined;
  /** ICMP, behind IPv4. */
  readonly icmp: Infer<typeof Icmp> | undefined;
  /** ICMPv6, behind IPv6. */
  readonly icmpv6: Infer<typeof Icmpv6> | undefined;
  /** What is behind Ethernet and VLAN tags. */
  readonly etherType: number;
  /** Where that begins. */
  readonly network: number;
  /** The transport's number, behind IPv6's extension headers; -1 if there is none. */
  readonly protocol: number;
  /** Where the transport's header begins; 0 if there is none. */
  readonly transport: number;
}

/** What {@linkcode Packet.checksum} does. */
export function checksum(this: Packet, offset: number, length: number, sum: number = 0): number {
  const words = length >>> 2;
  let total = sum;
  for (let i = 0; i < words; i++) total += this.getUint32(offset + i * 4);
  let rest = offset + words * 4;
  if (length & 2) {
    total += this.getUint16(rest);
    rest += 2;
  }
  if (length & 1) total += this.getUint8(rest) * 256;
  // What does not fit 16 bits is added to them, until all does.
  total = Math.floor(total / 65536) + total % 65536;
  total = Math.floor(total / 65536) + total % 65536;
  total = Math.floor(total / 65536) + total % 65536;
  return ~total & 0xffff;
}

/** What {@linkcode Packet.layers} does. */
export function layers(this: Packet): Layers {
  const ethernet = this.header(Ethernet);
  let { etherType } = ethernet;
  let network = 14;
  const isTagged = (etherType === 0x8100 || etherType === 0x88a8) && this.byteLength >= 18;
  const vlan = isTagged ? this.header(Vlan, 14) : undefined;
  if (vlan) {
    etherType = vlan.etherType;
    network = 18;
    if ((etherType === 0x8100 || etherType === 0x88a8) && this.byteLength >= 22) {
      etherType = this.getUint16(20);
      network = 22;
    }
  }
  const arp = etherType === 0x0806 && this.byteLength >= network + 28 ? this.header(Arp, network) : undefined;
  let ipv4: Layers["ipv4"];
  let ipv6: Layers["ipv6"];
  let tcp: Layers["tcp"];
  let udp: Layers["udp"];
  let icmp: Layers["icmp"];
  let icmpv6: Layers["icmpv6"];
  let protocol = -1;
  let transport = 0;
  // Each network layer finds its own transport, so that a program that looks at one of them has the code of one.
  if (etherType === 0x0800 && this.byteLength >= network + 20) {
    const header = this.header(IPv4, network);
    if (header.fragmentOffset === 0) {
      protocol = header.protocol;
      transport = network + header.headerLength;
      if (protocol === 6 && this.byteLength >= transport + 20) tcp = this.header(Tcp, transport);
      if (protocol === 17 && this.byteLength >= transport + 8) udp = this.header(Udp, transport);
      if (protocol === 1 && this.byteLength >= transport + 8) icmp = this.header(Icmp, transport);
    }
    ipv4 = header;
  } else if (etherType === 0x86dd && this.byteLength >= network + 40) {
    const header = this.header(IPv6, network);
    protocol = header.nextHeader;
    transport = network + 40;
    for (let i = 0; i < 6; i++) {
      const isFragment = protocol === 44;
      if (!isFragment && protocol !== 0 && protocol !== 43 && protocol !== 60) break;
      if (this.byteLength < transport + 8 || isFragment && this.getUint16(transport + 2) > 7) {
        protocol = -1;
        break;
      }
      protocol = this.getUint8(transport);
      transport += isFragment ? 8 : this.getUint8(transport + 1) * 8 + 8;
    }
    if (protocol === 6 && this.byteLength >= transport + 20) tcp = this.header(Tcp, transport);
    if (protocol === 17 && this.byteLength >= transport + 8) udp = this.header(Udp, transport);
    if (protocol === 58 && this.byteLength >= transport + 8) icmpv6 = this.header(Icmpv6, transport);
    ipv6 = header;
  }
  return { ethernet, vlan, arp, ipv4, ipv6, tcp, udp, icmp, icmpv6, etherType, network, protocol, transport };
}

/** The methods by their names. */
export const packetMethods: ReadonlyMap<string, AnyFunction> = new Map<string, AnyFunction>([
  ["checksum", checksum],
  ["layers", kernel(() => ({ Arp, Ethernet, Icmp, Icmpv6, IPv4, IPv6, Tcp, Udp, Vlan }), layers)],
]);

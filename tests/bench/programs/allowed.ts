/**
 * Passes frames from known stations and from some IPv6 networks.
 *
 * @module
 */

import { Ethernet, globalVar, IPv6, ipv6, kernel, mac, type Packet, u64, XDP } from "../../../mod.ts";

export default class Allowed extends XDP {
  readonly stations = [
    "02:00:00:00:01:01",
    "02:00:00:00:01:02",
    "02:00:00:00:01:03",
    "52:54:00:12:34:56",
    "00:16:3e:aa:bb:cc",
    "3c:fd:fe:01:02:03",
  ].map((text) => mac(text));
  readonly networks = ["2001:db8:1::/48", "fe80::/10", "2001:db8:2:3::/64"].map((text) => ipv6.network(text));
  @globalVar(u64)
  accessor listed = 0n;
  @globalVar(u64)
  accessor multicast = 0n;
  @globalVar(u64)
  accessor inside = 0n;
  @globalVar(u64)
  accessor refused = 0n;

  @kernel(() => ({ Ethernet, IPv6 }))
  program(packet: Packet) {
    if ((packet.getUint8(0) & 1) !== 0) {
      this.multicast += 1n;
      return XDP.PASS;
    }
    const { source, etherType } = packet.header(Ethernet);
    if (this.stations.includes(source)) {
      this.listed += 1n;
      return XDP.PASS;
    }
    if (etherType === 0x86dd) {
      const ip = packet.header(IPv6, 14);
      if (this.networks.some((network) => network.includes(ip.source))) {
        this.inside += 1n;
        return XDP.PASS;
      }
    }
    this.refused += 1n;
    return XDP.DROP;
  }
}

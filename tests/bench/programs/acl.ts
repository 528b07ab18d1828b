/**
 * Rules for networks: the longest prefixes of source and destination each have one, and the higher priority decides.
 *
 * @module
 */

import {
  Ethernet,
  IPv4,
  ipv4,
  IPv6,
  ipv6,
  kernel,
  LpmTrie,
  type Packet,
  struct,
  u32,
  u64,
  XDP,
  type XdpAction,
} from "../../../mod.ts";

const Rule = struct({ priority: u32, action: u32, hits: u64 });

export default class Acl extends XDP {
  readonly sources = new LpmTrie(ipv4, Rule, { maxEntries: 1024 });
  readonly destinations = new LpmTrie(ipv4, Rule, { maxEntries: 1024 });
  readonly sources6 = new LpmTrie(ipv6, Rule, { maxEntries: 1024 });

  @kernel(() => ({ Ethernet, IPv4, IPv6 }))
  program(packet: Packet) {
    switch (packet.header(Ethernet).etherType) {
      case 0x0800: {
        const ip = packet.header(IPv4, 14);
        const from = this.sources.get(ip.source);
        const to = this.destinations.get(ip.destination);
        let rule = to;
        if (from && (!to || from.priority >= to.priority)) rule = from;
        if (!rule) return XDP.PASS;
        rule.hits += 1n;
        return rule.action as XdpAction;
      }
      case 0x86dd: {
        const rule = this.sources6.get(packet.header(IPv6, 14).source);
        if (!rule) return XDP.PASS;
        rule.hits += 1n;
        return rule.action as XdpAction;
      }
    }
    return XDP.PASS;
  }
}

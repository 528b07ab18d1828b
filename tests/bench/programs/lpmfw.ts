/**
 * A firewall by networks: the longest prefix of the source decides.
 *
 * @module
 */

import {
  Ethernet,
  globalVar,
  IPv4,
  ipv4,
  kernel,
  LpmTrie,
  type Packet,
  struct,
  u32,
  u64,
  XDP,
  type XdpAction,
} from "../../../mod.ts";

export default class Firewall extends XDP {
  override minimumPacketSize = 34;
  @globalVar(u64)
  accessor nomatch = 0n;
  readonly rules = new LpmTrie(ipv4, struct({ verdict: u32, hits: u64 }), { maxEntries: 1024 });

  @kernel(() => ({ Ethernet, IPv4 }))
  program(packet: Packet) {
    if (packet.header(Ethernet).etherType !== 0x0800) return XDP.PASS;
    const rule = this.rules.get(packet.header(IPv4, 14).source);
    if (!rule) {
      this.nomatch += 1n;
      return XDP.PASS;
    }
    rule.hits += 1n;
    return rule.verdict as XdpAction;
  }
}

/**
 * Goes through a table of rules that user space fills; the first one that fits decides.
 *
 * @module
 */

import {
  ArrayMap,
  be16,
  be32,
  Ethernet,
  globalVar,
  IPv4,
  kernel,
  type Packet,
  struct,
  u32,
  u64,
  u8,
  Udp,
  XDP,
  type XdpAction,
} from "../../../mod.ts";

const Rule = struct({ source: be32, mask: be32, low: be16, high: be16, protocol: u8, action: u8, hits: u64 });

export default class RuleTable extends XDP {
  override minimumPacketSize = 42;
  @globalVar(u32)
  accessor count = 0;
  readonly rules = new ArrayMap(Rule, { maxEntries: 64 });

  @kernel(() => ({ Ethernet, IPv4, Udp }))
  program(packet: Packet) {
    const ip = packet.header(IPv4, 14);
    if (packet.header(Ethernet).etherType !== 0x0800 || ip.headerWords !== 5) return XDP.PASS;
    const { source, protocol } = ip;
    const { destination: port } = packet.header(Udp, 34);
    for (let i = 0; i < 64; i++) {
      if (i >= this.count) break;
      const rule = this.rules.get(i);
      if (!rule) break;
      if (((source ^ rule.source) & rule.mask) !== 0) continue;
      if (rule.protocol !== 0 && rule.protocol !== protocol) continue;
      if (port < rule.low || port > rule.high) continue;
      rule.hits += 1n;
      return rule.action as XdpAction;
    }
    return XDP.PASS;
  }
}

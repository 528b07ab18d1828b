/**
 * Routes IPv4 packets by the network of 256 addresses that they go to.
 *
 * @module
 */

import {
  be32,
  DevMap,
  Ethernet,
  globalVar,
  HashMap,
  IPv4,
  kernel,
  mac,
  type Packet,
  struct,
  u32,
  u64,
  XDP,
} from "../../../mod.ts";

const Hop = struct({ destination: mac, source: mac, port: u32 });

export default class Router extends XDP {
  override minimumPacketSize = 34;
  readonly routes = new HashMap(be32, Hop, { maxEntries: 1024 });
  readonly ports = new DevMap({ maxEntries: 64 });

  @globalVar(u64)
  accessor forwarded = 0n;

  @kernel(() => ({ Ethernet, IPv4 }))
  program(packet: Packet) {
    const ethernet = packet.header(Ethernet);
    const ip = packet.header(IPv4, 14);
    const { ttl, destination } = ip;
    if (ethernet.etherType !== 0x0800 || ttl <= 1) return XDP.PASS;
    const hop = this.routes.get((destination & 0xffffff00) >>> 0);
    if (!hop) return XDP.PASS;
    ip.updateChecksum16(ttl << 8, ttl - 1 << 8);
    ip.ttl = ttl - 1;
    ethernet.destination = hop.destination;
    ethernet.source = hop.source;
    this.forwarded += 1n;
    return this.ports.redirect(hop.port);
  }
}

/**
 * Drops TCP packets whose flags no connection has, and beginnings of connections from ports below 1024.
 *
 * @module
 */

import { Ethernet, globalVar, IPv4, kernel, type Packet, Tcp, u64, XDP } from "../../../mod.ts";

export default class SynFlood extends XDP {
  override minimumPacketSize = 34;
  @globalVar(u64)
  accessor syns = 0n;
  @globalVar(u64)
  accessor illegal = 0n;
  @globalVar(u64)
  accessor low = 0n;

  @kernel(() => ({ Ethernet, IPv4, Tcp }))
  program(packet: Packet) {
    if (packet.header(Ethernet).etherType !== 0x0800) return XDP.PASS;
    const ip = packet.header(IPv4, 14);
    if (ip.protocol !== 6) return XDP.PASS;
    const tcp = packet.header(Tcp, 14 + ip.headerLength);
    const { fin, syn, rst, psh, ack, urg } = tcp;
    const none = !fin && !syn && !rst && !psh && !ack && !urg;
    const xmas = fin && psh && urg;
    if (none || xmas || (syn && fin) || (syn && rst)) {
      this.illegal += 1n;
      return XDP.DROP;
    }
    if (syn && !ack) {
      this.syns += 1n;
      if (tcp.source < 1024) {
        this.low += 1n;
        return XDP.DROP;
      }
    }
    return XDP.PASS;
  }
}

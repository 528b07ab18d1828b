/**
 * Drops UDP packets to a port that user space chooses.
 *
 * @module
 */

import { Ethernet, globalVar, IPv4, kernel, type Packet, u16, u64, Udp, XDP } from "../../../mod.ts";

export default class DropPort extends XDP {
  override minimumPacketSize = 42;
  @globalVar(u16)
  accessor port = 0;
  @globalVar(u64)
  accessor dropped = 0n;

  @kernel(() => ({ Ethernet, IPv4, Udp }))
  program(packet: Packet) {
    const { etherType } = packet.header(Ethernet);
    if (etherType !== 0x0800) return XDP.PASS;
    const { version, headerWords, protocol } = packet.header(IPv4, 14);
    if (version !== 4 || headerWords !== 5 || protocol !== 17) return XDP.PASS;
    if (packet.header(Udp, 34).destination !== this.port) return XDP.PASS;
    this.dropped += 1n;
    return XDP.DROP;
  }
}

/**
 * Answers pings.
 *
 * @module
 */

import { Ethernet, globalVar, Icmp, IPv4, kernel, type Packet, u64, XDP } from "../../../mod.ts";

export default class Echo extends XDP {
  @globalVar(u64)
  accessor replies = 0n;

  @kernel(() => ({ Ethernet, Icmp, IPv4 }))
  program(packet: Packet) {
    const ethernet = packet.header(Ethernet);
    if (ethernet.etherType !== 0x0800) return XDP.PASS;
    const ip = packet.header(IPv4, 14);
    if (ip.version !== 4 || ip.headerWords !== 5 || ip.protocol !== 1) return XDP.PASS;
    const icmp = packet.header(Icmp, 34);
    if (icmp.type !== 8) return XDP.PASS;
    [ethernet.destination, ethernet.source] = [ethernet.source, ethernet.destination];
    [ip.source, ip.destination] = [ip.destination, ip.source];
    icmp.type = 0;
    const sum = icmp.checksum + 0x0800;
    icmp.checksum = sum + (sum >> 16);
    this.replies += 1n;
    return XDP.TX;
  }
}

/**
 * Hashes the name that a DNS query asks for, up to its 64th byte.
 *
 * @module
 */

import { Dns, Ethernet, globalVar, IPv4, kernel, type Packet, u32, u64, Udp, XDP } from "../../../mod.ts";

export default class DnsNames extends XDP {
  override minimumPacketSize = 54;

  @globalVar(u64)
  accessor queries = 0n;
  @globalVar(u32)
  accessor hash = 0;
  @globalVar(u32)
  accessor labels = 0;

  @kernel(() => ({ Dns, Ethernet, IPv4, Udp }))
  program(packet: Packet) {
    const { etherType } = packet.header(Ethernet);
    const { version, headerWords, protocol } = packet.header(IPv4, 14);
    const { destination } = packet.header(Udp, 34);
    if (etherType !== 0x0800 || version !== 4 || headerWords !== 5 || protocol !== 17 || destination !== 53) {
      return XDP.PASS;
    }
    const start = 42 + Dns.size;
    let hash = 2166136261;
    let labels = 0;
    let left = 0;
    for (let i = 0; i < 64; i++) {
      if (packet.byteLength < start + i + 1) return XDP.DROP;
      const byte = packet.getUint8(start + i);
      if (left === 0) {
        if (byte === 0) break;
        if (byte > 63) return XDP.DROP;
        left = byte;
        labels++;
      } else {
        left--;
        hash = Math.imul(hash ^ byte, 16777619);
      }
    }
    this.queries += 1n;
    this.hash = hash;
    this.labels = labels;
    return XDP.PASS;
  }
}

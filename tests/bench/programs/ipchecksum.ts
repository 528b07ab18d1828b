/**
 * Drops IPv4 packets whose header's checksum is wrong.
 *
 * @module
 */

import { globalVar, type Packet, u64, XDP } from "../../../mod.ts";

export default class HeaderChecksum extends XDP {
  override minimumPacketSize = 34;
  @globalVar(u64)
  accessor good = 0n;
  @globalVar(u64)
  accessor bad = 0n;

  program(packet: Packet) {
    if (packet.getUint16(12) !== 0x0800 || packet.getUint8(14) !== 0x45) return XDP.PASS;
    let sum = 0;
    for (let at = 14; at < 34; at += 2) sum += packet.getUint16(at);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    if (sum !== 0xffff) {
      this.bad += 1n;
      return XDP.DROP;
    }
    this.good += 1n;
    return XDP.PASS;
  }
}

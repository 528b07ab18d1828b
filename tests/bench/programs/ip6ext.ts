/**
 * Walks over the extension headers of IPv6 packets, and counts what comes after them.
 *
 * @module
 */

import { globalVar, type Packet, u64, XDP } from "../../../mod.ts";

export default class IPv6Extensions extends XDP {
  override minimumPacketSize = 54;
  readonly extensions = [0, 43, 60, 44, 51];

  @globalVar(u64)
  accessor tcp = 0n;
  @globalVar(u64)
  accessor udp = 0n;
  @globalVar(u64)
  accessor icmp6 = 0n;
  @globalVar(u64)
  accessor other = 0n;
  @globalVar(u64)
  accessor toolong = 0n;
  @globalVar(u64)
  accessor truncated = 0n;
  @globalVar(u64)
  accessor extHeaders = 0n;

  program(packet: Packet) {
    if (packet.getUint16(12) !== 0x86dd) return XDP.PASS;
    let protocol = packet.getUint8(20);
    let offset = 54;
    let headers = 0;
    for (; headers < 8 && this.extensions.includes(protocol); headers++) {
      if (packet.byteLength < offset + 8) {
        this.truncated += 1n;
        return XDP.DROP;
      }
      const next = packet.getUint8(offset);
      const length = packet.getUint8(offset + 1);
      if (protocol === 44) offset += 8;
      else if (protocol === 51) offset += (length + 2) * 4;
      else offset += (length + 1) * 8;
      protocol = next;
    }
    if (this.extensions.includes(protocol)) {
      this.toolong += 1n;
      return XDP.DROP;
    }
    this.extHeaders += BigInt(headers);
    if (protocol === 6) this.tcp += 1n;
    else if (protocol === 17) this.udp += 1n;
    else if (protocol === 58) this.icmp6 += 1n;
    else this.other += 1n;
    return XDP.PASS;
  }
}

/**
 * Drops packets from a thousand addresses.
 *
 * @module
 */

import { globalVar, type Packet, u64, XDP } from "../../../mod.ts";

export default class Rules extends XDP {
  override minimumPacketSize = 34;
  readonly blockedAddresses = Array.from({ length: 1000 }, (_, i) => 0x0a000000 + (i * 7919 & 0xffffff));

  @globalVar(u64)
  accessor blocked = 0n;

  program(packet: Packet) {
    if (packet.getUint16(12) !== 0x0800) return XDP.PASS;
    if (this.blockedAddresses.includes(packet.getUint32(26))) {
      this.blocked += 1n;
      return XDP.DROP;
    }
    return XDP.PASS;
  }
}

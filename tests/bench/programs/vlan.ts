/**
 * Counts frames by their VLAN tags, and ARP behind them.
 *
 * @module
 */

import { globalVar, type Packet, u16, u64, XDP } from "../../../mod.ts";

export default class Vlans extends XDP {
  override minimumPacketSize = 14;
  readonly tagTypes = [0x8100, 0x88a8];

  @globalVar(u64)
  accessor untagged = 0n;
  @globalVar(u64)
  accessor tagged = 0n;
  @globalVar(u64)
  accessor stacked = 0n;
  @globalVar(u64)
  accessor watched = 0n;
  @globalVar(u64)
  accessor arp = 0n;
  @globalVar(u16)
  accessor vlan = 0;

  program(packet: Packet) {
    let etherType = packet.getUint16(12);
    let tags = 0;
    while (tags < 2 && this.tagTypes.includes(etherType)) {
      const at = 14 + 4 * tags;
      if (packet.byteLength < at + 4) return XDP.DROP;
      if ((packet.getUint16(at) & 0xfff) === this.vlan) this.watched += 1n;
      etherType = packet.getUint16(at + 2);
      tags++;
    }
    if (tags === 0) this.untagged += 1n;
    else if (tags === 1) this.tagged += 1n;
    else this.stacked += 1n;
    if (etherType === 0x0806) this.arp += 1n;
    return XDP.PASS;
  }
}

/**
 * Takes the tag of one VLAN off.
 *
 * @module
 */

import { Ethernet, globalVar, kernel, type Packet, u16, u64, Vlan, XDP } from "../../../mod.ts";

export default class Untag extends XDP {
  @globalVar(u64)
  accessor popped = 0n;
  @globalVar(u16)
  accessor id = 0;

  @kernel(() => ({ Ethernet, Vlan }))
  program(packet: Packet) {
    const { destination, source, etherType } = packet.header(Ethernet);
    if (etherType !== 0x8100) return XDP.PASS;
    const vlan = packet.header(Vlan, 14);
    if (vlan.id !== this.id) return XDP.DROP;
    if (!packet.adjustHead(Vlan.size)) return XDP.ABORTED;
    // The inner type is where it belongs already.
    const ethernet = packet.header(Ethernet);
    ethernet.destination = destination;
    ethernet.source = source;
    this.popped += 1n;
    return XDP.PASS;
  }
}

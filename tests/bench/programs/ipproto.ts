/**
 * Counts IPv4 packets by protocol, on each processor for itself.
 *
 * @module
 */

import { Ethernet, IPv4, kernel, type Packet, PerCpuArray, u64, XDP } from "../../../mod.ts";

export default class Protocols extends XDP {
  override minimumPacketSize = 34;
  readonly protos = new PerCpuArray(u64, { maxEntries: 256 });

  @kernel(() => ({ Ethernet, IPv4 }))
  program(packet: Packet) {
    if (packet.header(Ethernet).etherType !== 0x0800) return XDP.PASS;
    const count = this.protos.get(packet.header(IPv4, 14).protocol);
    if (count) count.value += 1n;
    return XDP.PASS;
  }
}

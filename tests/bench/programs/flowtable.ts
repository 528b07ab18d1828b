/**
 * Counts packets and bytes of each flow of TCP and UDP; the table forgets the flows that were idle for longest.
 *
 * @module
 */

import { be32, Ethernet, IPv4, kernel, LruHash, type Packet, struct, u64, u8, XDP } from "../../../mod.ts";

const Key = struct({ source: be32, destination: be32, ports: be32, protocol: u8 });
const Flow = struct({ packets: u64, bytes: u64 });

export default class FlowTable extends XDP {
  override minimumPacketSize = 34;
  readonly flows = new LruHash(Key, Flow, { maxEntries: 65536 });

  @kernel(() => ({ Ethernet, IPv4 }))
  program(packet: Packet) {
    const ip = packet.header(IPv4, 14);
    if (packet.header(Ethernet).etherType !== 0x0800) return XDP.PASS;
    const { protocol, source, destination, headerWords, fragment } = ip;
    if (protocol !== 6 && protocol !== 17) return XDP.PASS;
    if (headerWords < 5 || (fragment & 0x1fff) !== 0) return XDP.PASS;
    const key = { source, destination, ports: packet.getUint32(14 + headerWords * 4), protocol };
    const bytes = BigInt(packet.byteLength);
    const flow = this.flows.get(key);
    if (flow) {
      flow.packets += 1n;
      flow.bytes += bytes;
    } else this.flows.set(key, { packets: 1n, bytes });
    return XDP.PASS;
  }
}

/**
 * Counts packets by the magnitude of their length.
 *
 * @module
 */

import { ArrayMap, type Packet, struct, u64, XDP } from "../../../mod.ts";

export default class LengthHistogram extends XDP {
  readonly hist = new ArrayMap(struct({ packets: u64 }), { maxEntries: 16 });

  program(packet: Packet) {
    const magnitude = 31 - Math.clz32(packet.byteLength);
    const entry = this.hist.get(Math.min(magnitude, 15));
    if (entry) entry.packets += 1n;
    return XDP.PASS;
  }
}

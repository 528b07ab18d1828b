/**
 * Counts packets by the magnitude of their length.
 *
 * @module
 */

import { ArrayMap, type Packet, struct, u64, XDP } from "../../../mod.ts";

export default class LengthHistogram extends XDP {
  readonly hist = new ArrayMap(struct({ packets: u64 }), { maxEntries: 16 });

  program(packet: Packet) {
    const length = Math.min(packet.byteLength, 0xffff);
    const entry = this.hist.get(31 - Math.clz32(length));
    if (entry) entry.packets += 1n;
    return XDP.PASS;
  }
}

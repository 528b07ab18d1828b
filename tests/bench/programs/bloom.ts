/**
 * Remembers source addresses in a Bloom filter of 2,048 bits.
 *
 * @module
 */

import { array, type ArrayView, globalVar, type Packet, u32, u64, XDP } from "../../../mod.ts";

export default class Bloom extends XDP {
  override minimumPacketSize = 34;
  @globalVar(u64)
  accessor known = 0n;
  @globalVar(u64)
  accessor fresh = 0n;
  @globalVar(array(u32, 64))
  accessor bits = [] as unknown as ArrayView<number>;

  program(packet: Packet) {
    if (packet.getUint16(12) !== 0x0800) return XDP.PASS;
    const hash = Math.imul(packet.getUint32(26), 0x9e3779b1);
    let isKnown = true;
    for (let i = 0; i < 3; i++) {
      const position = hash >>> i * 7 & 2047;
      const bit = 1 << (position & 31);
      if ((this.bits[position >> 5] & bit) === 0) {
        isKnown = false;
        this.bits[position >> 5] |= bit;
      }
    }
    if (isKnown) this.known += 1n;
    else this.fresh += 1n;
    return XDP.PASS;
  }
}

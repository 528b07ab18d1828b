/**
 * Counts packets in 64 bits.
 *
 * @module
 */

import { globalVar, u64, XDP } from "../../../mod.ts";

export default class Count64 extends XDP {
  @globalVar(u64)
  accessor packets = 0n;

  program() {
    this.packets += 1n;
    return XDP.PASS;
  }
}

/**
 * Counts packets in 32 bits.
 *
 * @module
 */

import { globalVar, u32, XDP } from "../../../mod.ts";

export default class Count32 extends XDP {
  @globalVar(u32)
  accessor packets = 0;

  program() {
    this.packets += 1;
    return XDP.PASS;
  }
}

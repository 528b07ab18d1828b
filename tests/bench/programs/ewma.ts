/**
 * The moving average of the time between packets, in 1/1024 nanoseconds.
 *
 * @module
 */

import { globalVar, u64, XDP } from "../../../mod.ts";

export default class Interval extends XDP {
  @globalVar(u64)
  accessor lastNs = 0n;
  @globalVar(u64)
  accessor avg = 0n;
  @globalVar(u64)
  accessor packets = 0n;

  program() {
    const now = this.bpf.ktimeGetNs();
    const last = this.lastNs;
    this.lastNs = now;
    this.packets += 1n;
    if (last !== 0n) {
      const sample = (now - last) << 10n;
      const { avg } = this;
      this.avg = avg === 0n ? sample : avg + (BigInt.asIntN(64, sample - avg) >> 3n);
    }
    return XDP.PASS;
  }
}

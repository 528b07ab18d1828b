/**
 * Limits the rate of bytes by a bucket of tokens.
 *
 * @module
 */

import { globalVar, type Packet, u32, u64, XDP } from "../../../mod.ts";

export default class TokenBucket extends XDP {
  @globalVar(u64)
  accessor last = 0n;
  @globalVar(u64)
  accessor tokens = 0n;
  @globalVar(u64)
  accessor dropped = 0n;
  @globalVar(u32)
  accessor rate = 0;
  @globalVar(u32)
  accessor burst = 0;

  program(packet: Packet) {
    const now = this.bpf.ktimeGetNs() >> 10n;
    let passed = BigInt.asUintN(64, now - this.last);
    this.last = now;
    if (passed > 1_000_000n) passed = 1_000_000n;
    let tokens = BigInt.asUintN(64, this.tokens + passed * BigInt(this.rate) / 1000n);
    const burst = BigInt(this.burst);
    if (tokens > burst) tokens = burst;
    const length = BigInt(packet.byteLength);
    if (tokens < length) {
      this.tokens = tokens;
      this.dropped += 1n;
      return XDP.DROP;
    }
    this.tokens = tokens - length;
    return XDP.PASS;
  }
}

/**
 * Counts packets by EtherType.
 *
 * @module
 */

import { be16, globalVar, packetVar, u64, XDP } from "../../../mod.ts";

export default class EtherTypes extends XDP {
  @globalVar(u64)
  accessor ipv4 = 0n;
  @globalVar(u64)
  accessor ipv6 = 0n;
  @globalVar(u64)
  accessor other = 0n;
  @packetVar(12, be16)
  accessor etherType!: number;

  program() {
    switch (this.etherType) {
      case 0x0800:
        this.ipv4 += 1n;
        break;
      case 0x86dd:
        this.ipv6 += 1n;
        break;
      default:
        this.other += 1n;
    }
    return XDP.PASS;
  }
}

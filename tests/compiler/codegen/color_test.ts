/**
 * Which registers values get: those that they are wanted in.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { CpuMap, globalVar, type Packet, u32, XDP } from "../../../mod.ts";

class Spread extends XDP {
  @globalVar(u32)
  accessor cpus = 0;
  processors = new CpuMap({ maxEntries: 16 });
  override minimumPacketSize = 64;
  program(packet: Packet) {
    let hash = 0;
    if (packet.getUint8(12) === 8) hash = packet.getUint32(26) ^ packet.getUint32(30);
    else for (let offset = 32; offset < 64; offset += 4) hash ^= packet.getUint32(offset);
    const { cpus } = this;
    if (cpus === 0) return XDP.PASS;
    return this.processors.redirect((hash & 0xff) % cpus, XDP.PASS);
  }
}

describe("registers", () => {
  it("of arguments are left to what becomes an argument by those who could have any", () => {
    const text = new Spread().disassemble();
    assertEquals(text.match(/^ *\d+: r2 = [rw]\d$/gm), null);
  });
});

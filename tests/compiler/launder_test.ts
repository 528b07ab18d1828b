/**
 * Which numbers are made unknown to the verifier, and how.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { array, type ArrayView, globalVar, HashMap, type Packet, u32, u64, XDP } from "../../mod.ts";

/** A number that six decisions make, and an element by it: the verifier would look at all 64 ways. */
class Profile extends XDP {
  @globalVar(array(u64, 64))
  accessor seen!: ArrayView<bigint>;
  program(packet: Packet) {
    let mask = 0;
    if (packet.getUint8(0) < 10) mask |= 1;
    if (packet.getUint8(1) < 20) mask |= 2;
    if (packet.getUint8(2) < 30) mask |= 4;
    if (packet.getUint8(3) < 40) mask |= 8;
    if (packet.getUint8(4) < 50) mask |= 16;
    if (packet.getUint8(5) < 60) mask |= 32;
    this.seen[mask] += 1n;
  }
}

class Sums extends XDP {
  @globalVar(u64)
  accessor bytes = 0n;
  @globalVar(u32)
  accessor busy = 0;
  flows = new HashMap(u32, u32, { maxEntries: 16 });
  program() {
    let bytes = 0n, busy = 0;
    this.flows.forEach((flow) => {
      bytes = BigInt.asUintN(64, bytes + BigInt(flow));
      if (flow > 100) busy += 1;
    });
    this.bytes = bytes;
    this.busy = busy;
  }
}

class Compared extends Sums {
  override program() {
    let bytes = 0n, busy = 0;
    this.flows.forEach((flow) => {
      bytes = BigInt.asUintN(64, bytes + BigInt(flow));
      if (busy < 2) busy += 1;
    });
    this.bytes = bytes;
    this.busy = busy;
  }
}

/** How many instructions make a number unknown: by a zero, and by a stay in the upper half of a slot. */
function laundered(program: XDP): readonly [zeros: number, stays: number] {
  const text = program.disassemble();
  return [text.split(/\[?\^= /).length - 1, text.split(/\*\(u32 \*\)\(r10 - 4\) = w/).length - 1];
}

describe("laundering", () => {
  it("of one number that is a number of many ways takes it through the stack", () => {
    const program = new Profile();
    assertEquals(laundered(program), [0, 1]);
    const some = [[0, 0, 0, 0, 0, 0], [99, 99, 99, 99, 99, 99], [9, 20, 29, 40, 49, 60]];
    for (const bytes of some) program.test(new Uint8Array(64).fill(0).map((_, i) => bytes[i] ?? 0), { on: "vm" });
    assertEquals([63, 0, 21].map((mask) => program.seen[mask]), [1n, 1n, 1n]);
  });

  it("leaves sums alone by which nothing is decided", () => {
    const program = new Sums();
    assertEquals(laundered(program), [0, 0]);
    for (let key = 0; key < 5; key++) program.flows.set(key, 99 + key);
    program.test(new Uint8Array(64), { on: "vm" });
    assertEquals([program.bytes, program.busy], [505n, 3]);
  });

  it("is of what begins a number that is compared", () => {
    const program = new Compared();
    assertEquals(laundered(program), [1, 0]);
    for (let key = 0; key < 5; key++) program.flows.set(key, 99 + key);
    program.test(new Uint8Array(64), { on: "vm" });
    assertEquals([program.bytes, program.busy], [505n, 2]);
  });
});

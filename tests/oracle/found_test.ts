/**
 * Programs that came out wrong once, as the oracle found them and made them small.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { needs } from "../support/skip.ts";
import type { RandomProgram, RandomVariable } from "./generate.ts";
import { type Engine, run } from "./run.ts";

interface Found {
  readonly body: string;
  /** `name: type = initial`, shared with user space. */
  readonly globals?: readonly (readonly [name: string, type: string, initial: unknown])[];
  /** As these, of one run. */
  readonly locals?: Found["globals"];
  readonly packetVariables?: readonly (readonly [name: string, type: string, offset: number])[];
  readonly maps?: RandomProgram["maps"];
  readonly minimumPacketSize?: number;
}

const PAIR = "struct({ a: u32, b: u32 })";

const FOUND: Readonly<Record<string, Found>> = {
  "a number shifted to the right is not as large as before": {
    globals: [["g1", "u16", 0], ["g2", "bool", false], ["g3", "u16", 5]],
    body: "this.g2 = (0 === Math.clz32(Math.max(0, this.g1, 77)) * this.g3);",
  },
  "a value is itself, and nothing is divided by nothing": {
    packetVariables: [["p0", "u16", 31]],
    body: "this.p0 = Math.trunc(1 / ((packet.byteLength % ((this.p0 ^ this.p0) || 1)) || 1));",
  },
  "a loop that is not come to has an end": {
    globals: [["g0", "u64", 256n], ["g1", "u16", 5], ["g2", "u16", 5], ["g3", "i16", 5]],
    body: `this.g2 &= 1;
      if (this.g2 === 0) {
        if (Math.sign(-(this.g2 / (packet.getUint8(19) || -3))) === (this.g2 ^ this.g2)) this.g1++;
        else {
          this.g3 += Math.trunc(packet.byteLength / 3);
          let sum = 25;
          for (let i = 0; i < 20; i++) sum = sum - 1;
          if (sum < 20) this.g1 = sum;
        }
      }
      this.g2 <<= packet.getInt32(3);`,
  },
  "what is laundered where the program begins comes after what launders it": {
    globals: [["g4", "i8", 1]],
    locals: [["l0", "i32", -65535]],
    body: `for (let i = 0; i < 20; i++) {
        switch (this.g4) {
          case 0: { this.l0 <<= 0; }
        }
      }
      let v3 = ((this.g4 % (this.l0 || 1)) | this.l0);`,
  },
  "an element that is not there has no address": {
    globals: [["g2", "fixed", 0], ["s1", "array(be64, 2)", [0n, 32n]]],
    body: "this.g2 = -299.9; this.s1[this.g2 >> 1] = 8n;",
  },
  "what is one of two structs is where that one is": {
    globals: [["g0", "bool", true], ["g1", "u32", 0], ["s0", PAIR, {}], ["s1", PAIR, {}]],
    body: `const one = this.g0 ? this.s0 : this.s1;
      one.a = 3;
      this.s0.a += 4;
      this.g1 = one.a;
      this.s1.b = 1;
      one.b += 5;
      this.g1 += this.s0.b * 100;`,
  },
  "what is now one struct, now another, is where that one is": {
    globals: [["g0", "u32", 0], ["s0", PAIR, {}], ["s1", PAIR, {}]],
    body: `let one = this.s0;
      for (let i = 0; i < 40; i++) {
        one.a = i;
        this.s1.a += 2;
        this.g0 += one.a;
        if (packet.getUint8(i & 7) & 1) one = this.s1;
      }`,
  },
  "what tells which view it is stays known where registers are few": {
    globals: [
      ["g0", "i8", 32],
      ["g1", "u32", 7],
      ["g2", "u8", 127],
      ["g3", "u8", 32],
      ["s1b", "struct({ f0: array(u32, 5), f1: bits(4) })", { f0: [255, 128, 32, 0, 32], f1: 12 }],
    ],
    packetVariables: [["q0", "array(le16, 20)", 11]],
    maps: [{
      name: "map1",
      kind: "PerCpuHash",
      key: { kind: "scalar", type: "u16" },
      value: { kind: "struct", fields: [["f0", { kind: "bits", width: 15 }]], packed: false },
      maxEntries: 1,
      entries: [[0, { f0: 8066 }]],
    }],
    minimumPacketSize: 44,
    body: `let u1 = null;
      for (let i2 = 0; i2 < 4; i2++) {
        const v3 = this.map1.get(0);
        if (packet.byteLength - 34 <= this.s1b.f0[0]) u1 = v3;
      }
      if (u1) {
        for (const i4 of [1, 2]) {
          const o5 = (!true && false)
            ? { f2: ~14n, f1: this.q0[this.g3] - this.g2, f0: 59 & 7 }
            : { f0: 127 || this.g1, f1: 0x34, f2: BigInt.asIntN(63, -65n) };
          const { f0: v6, f1: v7, f2: v8 } = o5;
          u1.value.f0 >>= v7;
          this.g0 -= this.g3;
        }
      }`,
  },
};

/** Programs with functions of their own. */
const MODULES: Readonly<Record<string, Found>> = {
  "what tells to leave is no result": {
    globals: [["g0", "i16", -256]],
    body: `class Random extends XDP {
      m0(packet, x, at) { packet.setInt16(0, packet.getInt32(at)); return x; }
      program(packet) { this.g0 = this.m0(packet, this.g0, this.g0) >> 8; }
    }
    noinline(Random.prototype.m0);
    return Random;`,
  },
  "two ways into a loop leave the beginning outside": {
    globals: [["g0", "u64", 9223372034707292160n], ["g1", "u32", 4294967293]],
    body: `class Random extends XDP {
      m0(packet, a, b) {
        if (!(a > b / 3)) { const read = 0 === (b <= 0 ? 0 : packet.getUint32(0, true)); }
        return b || 0;
      }
      program(packet) {
        let sum = 9;
        for (let i = 0; i < 17; i++) {
          if (0n !== this.g0) sum = undefined;
          sum = (sum ?? 10) + i;
        }
        if ((sum ?? 10) > 61) this.g1 = sum ?? 10;
        let i = 0;
        do { const last = this.m0(packet, this.m0(packet, 1, i), this.g1); } while (++i < 2);
      }
    }
    return Random;`,
  },
};

function programOf(found: Found): RandomProgram {
  const { globals = [], locals = [], packetVariables = [], maps = [], minimumPacketSize = 0, body } = found;
  const bytes = Uint8Array.from({ length: 64 }, (_, i) => i * 37);
  return {
    globals: globals.map(([name, type, initial]): RandomVariable => ({ name, type, initial })),
    locals: locals.map(([name, type, initial]): RandomVariable => ({ name, type, initial })),
    packetVariables: packetVariables.map(([name, type, offset]) => ({ name, type, offset })),
    maps,
    minimumPacketSize,
    body: body.startsWith("class ") ? { kind: "list", parts: [body] } : { kind: "block", parts: [`{ ${body} }`] },
    packets: [bytes.slice(0, 14), bytes],
  };
}

function check(engines: readonly Engine[]): void {
  for (const [title, found] of Object.entries({ ...FOUND, ...MODULES })) {
    const program = programOf(found);
    it(title, () => assertEquals(run(program, program.body, engines), { status: "same" }));
  }
}

describe("what was wrong once, in this process", () => check(["vm", "unoptimized", "steps", "steps:unoptimized"]));
describe("what was wrong once, in the kernel", needs("linux", "root"), () => check(["kernel", "kernel:unoptimized"]));

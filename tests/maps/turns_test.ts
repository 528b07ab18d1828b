/**
 * Sums over hash maps stay what they are taken to be, even while others store into the map as fast as a program goes over it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ArrayMap, globalVar, HashMap, LruHash, type Packet, PerCpuHash, u32, u64, XDP } from "../../mod.ts";
import type { CompileOptions } from "../../src/compiler/mod.ts";
import { binding } from "../../src/maps/mod.ts";
import { generate, type Generated } from "../../src/program/ebpf.ts";

/** Twice that many turns are taken to be the most where they are counted; 32 of these values are just below 2^32. */
const entries = 16, value = 2 ** 27 - 1;
const some = { maxEntries: entries };

abstract class Going extends XDP {
  @globalVar(u64)
  accessor sum = 0n;
  @globalVar(u32)
  accessor turns = 0;
  map = new HashMap(u32, u32, some);
  recent = new LruHash(u32, u32, some);
  own = new PerCpuHash(u32, u32, some);
  two = new ArrayMap(u32, { maxEntries: 2 });
}

const programs: Readonly<Record<string, readonly [Class: new () => Going, sum: bigint, turns: number]>> = {
  "a sum ends with the turns that it can take": [
    class extends Going {
      program() {
        let sum = 0;
        this.map.forEach((one) => {
          sum += one & 0x7ffffff;
          this.turns += 1;
        });
        this.sum = BigInt(sum);
      }
    },
    BigInt(value) * 32n,
    32,
  ],
  "for…of, with other ways out": [
    class extends Going {
      program(packet: Packet) {
        let sum = 0;
        for (const [key, one] of this.recent) {
          if (key === 1000) break;
          if (packet.getUint8(0) === 7) return XDP.DROP;
          sum += one & 0x7ffffff;
          this.turns += 1;
        }
        this.sum = BigInt(sum);
      }
    },
    BigInt(value) * 32n,
    32,
  ],
  "a loop inside another one": [
    class extends Going {
      program() {
        let sum = 0;
        this.two.forEach(() => {
          for (const one of this.own.values()) {
            sum += one.value & 0x7ffffff;
            this.turns += 1;
          }
        });
        this.sum = BigInt(sum);
      }
    },
    BigInt(value) * 64n,
    64,
  ],
  "a count goes on: no number of turns makes it too large": [
    class extends Going {
      program() {
        let turns = 0;
        this.map.forEach(() => {
          turns += 1;
        });
        this.turns = turns;
      }
    },
    0n,
    40,
  ],
  "a count ends where what is made of it would be too large": [
    class extends Going {
      program(packet: Packet) {
        let turns = 0;
        this.map.forEach(() => {
          turns += 1;
        });
        this.turns = turns;
        this.sum = BigInt(turns * (packet.getUint32(0) + 1));
      }
    },
    32n,
    32,
  ],
  "a count ends where it says how long a loop is": [
    class extends Going {
      program() {
        let turns = 0;
        this.map.forEach(() => {
          turns += 1;
        });
        for (let i = 0; i < turns; i++) this.turns += 1;
      }
    },
    0n,
    32,
  ],
  "what does not add up goes on": [
    class extends Going {
      program() {
        this.map.forEach((one) => {
          this.sum += BigInt(one);
          this.turns += 1;
        });
      }
    },
    BigInt(value) * 40n,
    40,
  ],
};

/** Puts more into maps than they hold: so many are come to where others store and delete meanwhile. */
function overfill({ map, recent, own }: Going): void {
  for (const one of [map, recent, own]) {
    Object.defineProperty(one[binding].virtual(), "maxEntries", { value: 1000 });
    for (let key = 0; key < 40; key++) one.set(key, value as never);
  }
}

describe("going over a hash map that never ends", () => {
  for (const [title, [Class, sum, turns]] of Object.entries(programs)) {
    it(title, () => {
      const program = new Class();
      overfill(program);
      program.test(new Uint8Array(64), { on: "vm" });
      assertEquals([program.sum, program.turns], [sum, turns]);
    });
  }

  it("ends for small sums where the verifier has given up on the program", () => {
    class Small extends Going {
      program() {
        let sum = 0;
        this.map.forEach((one) => {
          sum += one & 255;
          this.turns += 1;
        });
        this.sum = BigInt(sum);
      }
    }
    class GivenUp extends Small {
      override [generate](options: CompileOptions = {}): Generated {
        return super[generate]({ ...options, loops: "bpf_loop" });
      }
    }
    const turns = [new Small(), new GivenUp()].map((program) => {
      overfill(program);
      program.test(new Uint8Array(64), { on: "vm" });
      return program.turns;
    });
    assertEquals(turns, [40, 32]);
  });
});

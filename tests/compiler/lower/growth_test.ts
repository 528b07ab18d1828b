/**
 * What loops make of numbers: the range that is taken of one must have all that it comes to be (rule 8).
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { globalVar, type Packet, u32, XDP } from "../../../mod.ts";
import { agree, packetOf } from "../../support/engines.ts";

const packets = [packetOf(7, 2, 9, 3), packetOf(), packetOf(0, 0, 0, 0, 0, 5, 1, 1, 9, 7)];

/** `isLess` is where a range that is too narrow shows: the comparison is decided at generation then. */
abstract class Grows extends XDP {
  @globalVar(u32)
  accessor x = 0;
  @globalVar(u32)
  accessor isLess = 0;
}

/** `x` and `isLess` after the first packet. */
const LOOPS: Readonly<Record<string, readonly [new () => Grows, readonly [number, number]]>> = {
  "adds to what it was set to on the way": [
    class extends Grows {
      program(packet: Packet) {
        let x = 0;
        for (let i = 0; i < 17; i++) {
          if (packet.getUint8(i) === 7) x = 19;
          else x += 1;
        }
        this.x = x;
        this.isLess = x < 35 ? 1 : 0;
      }
    },
    [35, 0],
  ],
  "adds more while the sum lies between two limits": [
    class extends Grows {
      program(packet: Packet) {
        let x = packet.getUint8(3);
        for (let i = 0; i < 100; i++) x += x > 20 && x < 30 ? 50 : 1;
        this.x = x;
        this.isLess = x < 152 ? 1 : 0;
      }
    },
    [152, 0],
  ],
  "adds in a loop inside, and begins anew there": [
    class extends Grows {
      program(packet: Packet) {
        let x = 0;
        for (let i = 0; i < 20; i++) {
          if (packet.getUint8(1) === 2) x += 5;
          for (let j = 0; j < 30; j++) x = packet.getUint8(2) === 9 && j === 3 ? 100 : x + 1;
          x -= 2;
        }
        this.x = x;
        this.isLess = x < 124 ? 1 : 0;
      }
    },
    [124, 0],
  ],
  "adds in a loop inside": [
    class extends Grows {
      program(packet: Packet) {
        let x = 3;
        for (let i = 0; i < 20; i++) {
          for (let j = 0; j < 30; j++) x += packet.getUint8(0);
        }
        this.x = x;
        this.isLess = x * 1000 < 5000 ? 1 : 0;
      }
    },
    [4203, 0],
  ],
  "adds a number that a test has bounded": [
    class extends Grows {
      program(packet: Packet) {
        let x = 0;
        for (let i = 0; i < 20; i++) {
          const y = packet.getUint8(i);
          if (y < 10) x = y + x;
        }
        this.x = x;
        // Exact, because x is at most 20 × 9.
        this.isLess = x * 1e13 < 5 ? 1 : 0;
      }
    },
    [21, 0],
  ],
};

describe("a loop that", () => {
  for (const [title, [Loop, expected]] of Object.entries(LOOPS)) {
    it(title, () => {
      assertEquals(afterFirst(Loop), expected);
      agree(() => new Loop(), packets);
    });
  }
});

function afterFirst(Loop: new () => Grows): [number, number] {
  const { program: { x, isLess } } = agree(() => new Loop(), packets.slice(0, 1));
  return [x, isLess];
}

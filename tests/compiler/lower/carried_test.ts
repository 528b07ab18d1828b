/**
 * What loops carry from turn to turn: also what is nothing on some ways.
 *
 * @module
 */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { bool, EbpfError, fixed, globalVar, HashMap, type Packet, u32, u64, XDP } from "../../../mod.ts";
import { agree, packetOf } from "../../support/engines.ts";

const packets = [packetOf(7, 2, 9, 3), packetOf(), packetOf(0, 9, 0, 0, 0, 5, 1, 1, 9, 7)];

abstract class Carries extends XDP {
  @globalVar(u32)
  accessor x = 0;
  @globalVar(u32)
  accessor y = 0;
  @globalVar(u64)
  accessor large = 0n;
  @globalVar(fixed)
  accessor decimal = 0.5;
  @globalVar(bool)
  accessor is = false;
}

/** The loop, and `x` and `y` after the first packet. */
const LOOPS: Readonly<Record<string, readonly [new () => Carries, readonly [number, number]]>> = {
  "undefined until a number is found": [
    class extends Carries {
      program(packet: Packet) {
        let at: number | undefined;
        for (let i = 0; i < 40; i++) if (packet.getUint8(i) === 9) at = i;
        this.x = at ?? 77;
        this.y = at === undefined ? 1 : 2;
      }
    },
    [2, 2],
  ],
  "null, and what ends the loop": [
    class extends Carries {
      program(packet: Packet) {
        let at: number | null = null;
        for (let i = 0; i < 40 && at === null; i++) if (packet.getUint8(i) === 2) at = i;
        this.x = at ?? 77;
        this.y = at ? 5 : 6;
      }
    },
    [1, 5],
  ],
  "a number until it is nothing": [
    class extends Carries {
      program(packet: Packet) {
        let rest: number | undefined = 5;
        for (let i = 0; i < 40; i++) {
          if (packet.getUint8(i) === 9) rest = undefined;
          else if (rest !== undefined) rest += 2;
        }
        this.x = rest ?? 77;
      }
    },
    [77, 0],
  ],
  "a sum that begins in the loop": [
    class extends Carries {
      program(packet: Packet) {
        let sum: number | undefined;
        for (let i = 0; i < 40; i++) sum = sum === undefined ? 100 : sum + packet.getUint8(i);
        this.x = sum ?? 0;
        this.y = (sum ?? 0) < 114 ? 1 : 2;
      }
    },
    [114, 2],
  ],
  "two that change places": [
    class extends Carries {
      program(packet: Packet) {
        let one: number | undefined;
        let other: number | undefined;
        for (let i = 0; i < 40; i++) [one, other] = [other, packet.getUint8(i) > 2 ? i : one];
        this.x = one ?? 100;
        this.y = other ?? 200;
      }
    },
    [2, 3],
  ],
  "what a map gave": [
    class extends Carries {
      found = new HashMap(u32, u32, { maxEntries: 8 });
      program(packet: Packet) {
        this.found.set(packet.getUint8(0), 20);
        let found = this.found.get(1);
        for (let i = 0; i < 40; i++) {
          found = this.found.get(i & 7);
          this.y += found ?? 0;
        }
        this.x = found ?? 77;
      }
    },
    [20, 100],
  ],
  "bigints, booleans and decimals": [
    class extends Carries {
      program(packet: Packet) {
        let large: bigint | undefined;
        let is: boolean | undefined;
        let decimal: number | undefined;
        for (let i = 0; i < 40; i++) {
          const byte = packet.getUint8(i);
          if (byte > 3) large = (large ?? 0n) + BigInt(i);
          if (byte > 0) is = byte > 5;
          if (byte > 8) decimal = this.decimal + (decimal ?? 0);
        }
        this.large = large ?? 5n;
        this.decimal = decimal ?? 5.25;
        this.x = is === undefined ? 1 : is ? 2 : 3;
      }
    },
    [3, 0],
  ],
};

describe("a loop carries", () => {
  for (const [title, [Loop, expected]] of Object.entries(LOOPS)) {
    it(title, () => {
      const { program: { x, y } } = agree(() => new Loop(), packets.slice(0, 1));
      assertEquals([x, y], expected);
      agree(() => new Loop(), packets);
    });
  }

  it("no local of two types", () => {
    class Types extends Carries {
      program(packet: Packet) {
        let either: number | bigint | undefined;
        for (let i = 0; i < 40; i++) either = packet.getUint8(i) > 3 ? 1 : 1n;
        this.is = either === 1n;
      }
    }
    const { message } = assertThrows(() => new Types().check(), EbpfError);
    assertStringIncludes(message, "either changes its type in the loop");
  });

  it("no objects: what changes of them are locals", () => {
    class Largest extends Carries {
      program(packet: Packet) {
        let largest = { at: 0, value: 0 };
        for (let i = 0; i < packet.byteLength; i++) {
          const value = packet.getUint8(i);
          if (value > largest.value) largest = { at: i, value };
        }
        this.x = largest.at;
      }
    }
    class Maybe extends Carries {
      program(packet: Packet) {
        let last: number[] | undefined;
        for (let i = 0; i < packet.byteLength; i++) last = [i, packet.getUint8(i)];
        if (last) this.x = last[1];
      }
    }
    for (const [Class, name] of [[Largest, "largest"], [Maybe, "last"]] as const) {
      const { message, frame } = assertThrows(() => new Class().check(), EbpfError);
      assertStringIncludes(message, `Cannot read ${name}: the loop makes it another object`);
      assertStringIncludes(message, "let key = 0, size = 0");
      assertStringIncludes(frame!, name === "largest" ? "value > largest.value" : "if (last)");
    }
  });
});

/**
 * Arrays, `Map`s and `Set`s of a generation, asked about what only the run knows.
 *
 * @module
 */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { array, type ArrayView, EbpfError, globalVar, HashMap, i32, type Packet, u32, XDP } from "../../../mod.ts";
import { agree, packetOf } from "../../support/engines.ts";

const packets = [packetOf(), packetOf(7, 200, 9), packetOf(9, 7, 7), packetOf(255, 255)];

abstract class Results extends XDP {
  @globalVar(array(i32, 8))
  accessor results!: ArrayView<number>;
}

function resultsOf(create: () => Results): number[][] {
  return packets.map((packet) => [...agree(create, [packet]).program.results]);
}

describe("arrays with run-time values", () => {
  it("list their indexes and elements", () => {
    class Lists extends Results {
      program(packet: Packet) {
        const bytes = [packet.getUint8(0), 2, packet.getUint8(1)];
        let [sum, count] = [0, 0];
        for (const [i, byte] of bytes.entries()) sum += byte * (i + 1);
        for (const i of bytes.keys()) count += i;
        for (const byte of bytes.values()) count += byte;
        this.results = [sum, count];
      }
    }
    assertEquals(resultsOf(() => new Lists()).map(([sum, count]) => [sum, count]), [
      [4, 5],
      [611, 212],
      [34, 21],
      [1024, 515],
    ]);
  });

  it("are cut, joined and turned", () => {
    class Cuts extends Results {
      program(packet: Packet) {
        const [a, b] = [packet.getUint8(0), packet.getUint8(1)];
        const list = [a, 3, b].concat([5, a], 6);
        const pairs = list.slice(1, -1).flatMap((x, i) => [x, i]);
        const back = list.toReversed();
        const nested = [[a, [b]], 8].flat(2) as number[];
        this.results = [list.length, list.at(-2)!, pairs.length, pairs[4], back[0], back[5], nested.length, nested[1]];
      }
    }
    assertEquals(resultsOf(() => new Cuts())[1], [6, 7, 8, 5, 6, 7, 3, 200]);
  });

  it("are searched from behind", () => {
    class Backwards extends Results {
      weights = [1, 7, 100, 7];
      program(packet: Packet) {
        const byte = packet.getUint8(0);
        this.results[0] = this.weights.lastIndexOf(byte);
        this.results[1] = this.weights.findLast((weight) => weight < byte) ?? -5;
        this.results[2] = this.weights.findLastIndex((weight, i) => weight < byte && i < 3);
        this.results[3] = [byte, 7, byte].lastIndexOf(packet.getUint8(1));
      }
    }
    assertEquals(resultsOf(() => new Backwards()).map((results) => results.slice(0, 4)), [
      [-1, -5, -1, 2],
      [3, 1, 0, -1],
      [-1, 7, 1, 1],
      [-1, 7, 2, 2],
    ]);
  });

  it("are made by Array.from()", () => {
    class Makes extends Results {
      program(packet: Packet) {
        const bytes = Array.from({ length: 3 }, (_, i) => packet.getUint8(i) + i);
        const twice = Array.from([packet.getUint8(0), 4], (x) => 2 * x);
        const copy = Array.from(new Set([1, 2]));
        copy.push(3);
        this.results = [...bytes, ...twice, copy.length];
      }
    }
    assertEquals(resultsOf(() => new Makes())[1], [7, 201, 11, 14, 8, 3, 0, 0]);
  });

  it("do not change", () => {
    class Reverses extends Results {
      program(packet: Packet) {
        this.results = [packet.getUint8(0), 1].reverse();
      }
    }
    const { message } = assertThrows(() => new Reverses().assemble(), EbpfError);
    assertStringIncludes(message, "Cannot call reverse() here: an array with values of the run does not change");
    assertStringIncludes(message, "list.toReversed()");
  });

  it("have as many elements as is known", () => {
    class Slices extends Results {
      program(packet: Packet) {
        this.results = [1, 2, 3].slice(packet.getUint8(0));
      }
    }
    class Copies extends Results {
      flows = new HashMap(u32, u32, { maxEntries: 4 });
      program() {
        this.results = Array.from(this.flows.keys(), (key) => key);
      }
    }
    const { message } = assertThrows(() => new Slices().assemble(), EbpfError);
    assertStringIncludes(message, "Cannot take elements of an array by an index of the run");
    assertThrows(() => new Copies().assemble(), EbpfError);
  });
});

describe("Maps and Sets", () => {
  it("are asked for run-time keys", () => {
    class Asks extends Results {
      limits = new Map<number, number>([[7, 70], [9, 90], [255, 1]]);
      names = new Map([[7, { port: 1, label: "a" }], [9, { port: 2, label: "b" }]]);
      program(packet: Packet) {
        const byte = packet.getUint8(0);
        this.results[0] = this.limits.get(byte) ?? -1;
        this.results[1] = this.limits.has(packet.getUint8(1)) ? 1 : 0;
        const found = this.names.get(byte);
        if (found) this.results[2] = found.port + (found.label === "b" ? 10 : 0);
      }
    }
    assertEquals(resultsOf(() => new Asks()).map((results) => results.slice(0, 3)), [
      [-1, 0, 0],
      [70, 0, 1],
      [90, 1, 12],
      [1, 1, 0],
    ]);
  });

  it("are gone over by forEach()", () => {
    class Visits extends Results {
      limits = new Map<number, number>([[7, 70], [9, 90]]);
      ports = new Set([7, 200]);
      program(packet: Packet) {
        this.limits.forEach((limit, port) => {
          if (packet.getUint8(0) === port) this.results[0] += limit;
        });
        this.ports.forEach((port, same) => {
          if (packet.getUint8(1) >= port) this.results[1] += same;
        });
      }
    }
    assertEquals(resultsOf(() => new Visits()).map((results) => results.slice(0, 2)), [
      [0, 0],
      [70, 207],
      [90, 7],
      [0, 207],
    ]);
  });
});

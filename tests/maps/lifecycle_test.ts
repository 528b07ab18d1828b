/**
 * From a field to the kernel and back: names, sharing, loading that fails, closing.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { ArrayMap, EbpfError, ErrorCode, HashMap, type Packet, struct, u32, u64, XDP } from "../../mod.ts";
import { binding, type BpfMap } from "../../src/maps/mod.ts";
import { mapInfo } from "../../src/kernel/mod.ts";
import { needsKernel, openDescriptors } from "../support/kernel.ts";

const packet = new Uint8Array(64);
const Flow = struct({ packets: u64 });

class Writer extends XDP {
  static total = new HashMap(u32, u64, { maxEntries: 4 });

  constructor(readonly table: HashMap<number, number>) {
    super();
  }

  program() {
    this.table.set(1, (this.table.get(1) ?? 0) + 1);
    Writer.total.set(0, (Writer.total.get(0) ?? 0n) + 1n);
  }
}

class Reader extends XDP {
  constructor(readonly from: HashMap<number, number>) {
    super();
  }

  program() {
    return this.from.get(1) === 2 ? XDP.DROP : XDP.PASS;
  }
}

class Many extends XDP {
  maps = [new HashMap(u32, u32, { maxEntries: 2 }), new HashMap(u32, u32, { maxEntries: 2 })];
  flows = new HashMap(u32, Flow, { maxEntries: 2 });

  program(packet: Packet) {
    for (const map of this.maps) map.set(1, packet.byteLength);
    const flow = this.flows.get(1);
    if (flow) flow.packets += 1n;
  }
}

const table = () => new HashMap(u32, u32, { maxEntries: 8 });
const nameOf = (map: BpfMap) => mapInfo(map[binding].share()).name;

describe("a map that is not loaded", () => {
  it("is shared by all programs that refer to it", () => {
    const shared = table();
    const [writer, reader] = [new Writer(shared), new Reader(shared)];
    for (const on of ["js", "vm"] as const) writer.test(packet, { on });
    assertEquals(shared.get(1), 2);
    for (const on of ["js", "vm"] as const) assertEquals(reader.test(packet, { on }).name, "DROP");
  });

  it("in runs as plain JavaScript answers as in the kernel, and not after them", () => {
    class Full extends XDP {
      one = new HashMap(u32, Flow, { maxEntries: 1 });
      fails = false;
      program() {
        if (!this.one.set(1, { packets: 1n })) return XDP.ABORTED;
        const flow = this.one.get(1);
        if (flow) flow.packets = 5n;
        return this.one.set(2, { packets: 1n }) ? XDP.PASS : XDP.DROP;
      }
    }
    const full = new Full();
    assertEquals(full.test(packet, { on: "js" }).name, "DROP");
    const copy = full.one.get(1)!;
    copy.packets = 9n;
    assertEquals(full.one.get(1), { packets: 5n });
    assertThrows(() => full.one.set(2, { packets: 1n }), EbpfError, "entries are taken");
  });
});

describe("a map that is loaded", needsKernel(), () => {
  it("has the name of its field, or of the array that it is in", () => {
    using many = new Many();
    many.load();
    assertEquals(nameOf(many.flows), "flows");
    assertEquals(many.maps.map(nameOf), ["maps_0", "maps_1"]);
    using writer = new Writer(table());
    writer.load();
    assertEquals(nameOf(writer.table), "table");
    assertEquals(nameOf(Writer.total), "total");
  });

  it("keeps its entries when it moves into the kernel", () => {
    using writer = new Writer(table());
    for (let key = 2; key < 8; key++) writer.table.set(key, key * key);
    writer.test(packet, { on: "js" });
    writer.load();
    writer.test(packet, { on: "kernel" });
    assertEquals([...writer.table].sort(([a], [b]) => a - b), [[1, 2], [2, 4], [3, 9], [4, 16], [5, 25], [6, 36], [
      7,
      49,
    ]]);
  });

  it("is one for all programs, and closed with the last of them", () => {
    const shared = table();
    const before = openDescriptors();
    const [writer, reader] = [new Writer(shared), new Reader(shared)];
    for (const program of [writer, reader]) program.load();
    writer.test(packet, { on: "kernel", repeat: 2 });
    assertEquals(reader.test(packet, { on: "kernel" }).name, "DROP");
    writer.close();
    assertEquals(shared.get(1), 2);
    reader.close();
    const error = assertThrows(() => shared.get(1), EbpfError, 'the map "table": it is closed');
    assertEquals(error.code, ErrorCode.Closed);
    for (const use of [() => shared.set(1, 1), () => shared.size, () => [...shared], () => shared.clear()]) {
      assertThrows(use, EbpfError, "closed");
    }
    assertEquals(openDescriptors(), before);
  });

  it("begins anew with the next program if it outlives its programs", () => {
    for (const on of ["kernel", "kernel", "js"] as const) {
      using writer = new Writer(table());
      writer.test(packet, { on });
      assertEquals(Writer.total.get(0), 1n);
      Writer.total.delete(0);
    }
  });

  it("is written by runs as plain JavaScript, but not run in the virtual machine", () => {
    using many = new Many();
    many.flows.set(1, { packets: 1n });
    many.load();
    many.test(packet, { on: "js" });
    many.test(packet, { on: "kernel" });
    assertEquals(many.flows.get(1), { packets: 3n });
    const error = assertThrows(() => many.test(packet, { on: "vm" }), EbpfError, "since load()");
    assertEquals(error.code, ErrorCode.NotSupported);
  });

  it("is where it was if the program does not load", () => {
    class Refused extends XDP {
      good = table();
      huge = new ArrayMap(u64, { maxEntries: 2 ** 32 - 1 });
      program() {
        this.good.set(1, 1);
        this.huge.set(1, 1n);
      }
    }
    const before = openDescriptors();
    const refused = new Refused();
    refused.good.set(5, 6);
    assertThrows(() => refused.load(), EbpfError, 'map "huge"');
    assertEquals([...refused.good], [[5, 6]]);
    assertEquals(openDescriptors(), before);
    refused.close();
  });
});

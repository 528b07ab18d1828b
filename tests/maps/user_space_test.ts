/**
 * Maps in user space: the interface of JavaScript's Map, before load() in this process and after it in the kernel.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import * as library from "../../mod.ts";
import {
  array,
  ArrayMap,
  be16,
  bits,
  EbpfError,
  ErrorCode,
  HashMap,
  i16,
  ipv6,
  mac,
  struct,
  u16,
  u32,
  u64,
  u8,
  XDP,
} from "../../mod.ts";
import { printed } from "../support/console.ts";
import { needsKernel } from "../support/kernel.ts";

// Those that only others are made from.
const abstract = /^((Entry|Hashed|Keyed|Reference|Redirect|ProgramRedirect)Map|MapOfMaps|ValueList)$/;
const kinds = Object.entries(library).filter(([name, value]) =>
  typeof value === "function" && value.prototype instanceof library.BpfMap && !abstract.test(name)
) as unknown as readonly [name: string, Kind: new (...given: unknown[]) => library.BpfMap][];

const Flow = struct({ packets: u64, bytes: u32, inner: struct({ list: array(be16, 2), low: bits(3), high: bits(1) }) });
const flow = (packets: bigint) => ({ packets, bytes: 1, inner: { list: [1, 2], low: 5, high: true } });

class Maps extends XDP {
  flows = new HashMap(struct({ protocol: u8, port: u16 }), Flow, { maxEntries: 4 });
  counts = new HashMap(u32, u64, { maxEntries: 5000 });
  lazy = new HashMap(u32, u64, { maxEntries: 100, preallocate: false });
  numbers = new ArrayMap(i16, { maxEntries: 3 });

  program() {
    const { flows, counts, lazy, numbers } = this;
    return flows.has({ protocol: 0, port: 0 }) || counts.has(0) || lazy.has(0) || numbers.has(3) ? XDP.DROP : XDP.PASS;
  }
}

for (const [where, choice] of [["this process", {}], ["the kernel", needsKernel()]] as const) {
  const make = (): Maps => {
    const maps = new Maps();
    if (where === "the kernel") maps.load();
    return maps;
  };

  describe(`maps in ${where}`, choice, () => {
    it("get, set, has and delete", () => {
      using maps = make();
      const { flows } = maps;
      assertEquals(flows.get({ protocol: 6, port: 80 }), undefined);
      assertEquals(flows.set({ protocol: 6, port: 80 }, flow(1n)), true);
      assertEquals(flows.get({ protocol: 6, port: 80 }), flow(1n));
      assertEquals(flows.has({ protocol: 6, port: 80 }), true);
      assertEquals(flows.has({ protocol: 6, port: 81 }), false);
      assertEquals(flows.delete({ protocol: 6, port: 80 }), true);
      assertEquals(flows.delete({ protocol: 6, port: 80 }), false);
      assertEquals(flows.has({ protocol: 6, port: 80 }), false);
    });

    it("gives copies, which change nothing", () => {
      using maps = make();
      const { flows } = maps;
      flows.set({ protocol: 1, port: 1 }, flow(1n));
      flows.get({ protocol: 1, port: 1 })!.packets = 5n;
      assertEquals(flows.get({ protocol: 1, port: 1 }), flow(1n));
    });

    it("gives copies, which the next ones do not change", () => {
      using maps = make();
      const { flows, counts } = maps;
      flows.set({ protocol: 1, port: 1 }, flow(1n));
      const first = flows.get({ protocol: 1, port: 1 });
      flows.set({ protocol: 1, port: 2 }, { ...flow(2n), inner: { list: [7, 8], low: 1, high: false } });
      flows.get({ protocol: 1, port: 2 });
      assertEquals(first, flow(1n));
      counts.set(1, 5n);
      assertEquals([counts.get(1), counts.get(2), counts.get(1)], [5n, undefined, 5n]);
    });

    it("lets objects use the map while they are written", () => {
      using maps = make();
      const { flows } = maps;
      const key = {
        protocol: 1,
        get port() {
          flows.set({ protocol: 2, port: 2 }, flow(2n));
          flows.delete({ protocol: 9, port: 9 });
          return 80;
        },
      };
      const value = {
        ...flow(0n),
        get packets() {
          return 1n + flows.get({ protocol: 2, port: 2 })!.packets;
        },
      };
      flows.set(key, value);
      assertEquals(flows.get({ protocol: 1, port: 80 }), flow(3n));
      assertEquals(flows.get(key), flow(3n));
      assertEquals([flows.size, flows.get({ protocol: 2, port: 2 })], [2, flow(2n)]);
    });

    it("stores nothing of what cannot be written", () => {
      using maps = make();
      const { flows } = maps;
      const bad = { ...flow(5n), bytes: 0xffff_ffff, inner: { ...flow(5n).inner, list: 5 as unknown as number[] } };
      assertThrows(() => flows.set({ protocol: 1, port: 1 }, bad), TypeError);
      assertEquals(flows.size, 0);
      flows.set({ protocol: 1, port: 1 }, {} as ReturnType<typeof flow>);
      const nothing = { packets: 0n, bytes: 0, inner: { list: [0, 0], low: 0, high: false } };
      assertEquals(flows.get({ protocol: 1, port: 1 }), nothing);
    });

    it("stores under flags", () => {
      using maps = make();
      const { counts } = maps;
      assertEquals(counts.set(1, 1n, "exist"), false);
      assertEquals(counts.set(1, 2n, "noexist"), true);
      assertEquals(counts.set(1, 3n, "noexist"), false);
      assertEquals(counts.set(1, 4n, "exist"), true);
      assertEquals(counts.get(1), 4n);
      assertThrows(() => counts.set(1, 1n, "maybe" as "exist"), EbpfError, '"maybe"');
    });

    it("getOrInsert keeps what is there", () => {
      using maps = make();
      assertEquals(maps.counts.getOrInsert(1, 5n), 5n);
      assertEquals(maps.counts.getOrInsert(1, 6n), 5n);
    });

    it("says when a map is full, and of how many entries", () => {
      using maps = make();
      for (let port = 0; port < 4; port++) maps.flows.set({ protocol: 1, port }, flow(0n));
      const error = assertThrows(
        () => maps.flows.set({ protocol: 1, port: 4 }, flow(0n)),
        EbpfError,
        "all of its 4 entries",
      );
      assertEquals(error.code, ErrorCode.TooLarge);
      assertEquals(maps.flows.set({ protocol: 1, port: 3 }, flow(9n)), true);
    });

    it("goes through many entries, each once", () => {
      using maps = make();
      const { counts } = maps;
      for (let key = 0; key < 5000; key++) counts.set(key, BigInt(2 * key));
      assertEquals(counts.size, 5000);
      const entries = [...counts].sort(([a], [b]) => a - b);
      assertEquals(entries.length, 5000);
      assert(entries.every(([key, value], i) => key === i && value === BigInt(2 * i)));
      assertEquals([...counts.keys()].length, 5000);
      assertEquals([...counts.values()].reduce((sum, value) => sum + value), BigInt(5000 * 4999));
      let visits = 0;
      counts.forEach((value, key, map) => {
        if (value === BigInt(2 * key) && map === counts) visits++;
      });
      assertEquals(visits, 5000);
    });

    it("lets entries be deleted on the way", () => {
      using maps = make();
      const { counts } = maps;
      for (let key = 0; key < 3000; key++) counts.set(key, 1n);
      const seen = new Set<number>();
      for (const [key] of counts) {
        assert(!seen.has(key));
        seen.add(key);
        counts.delete(key);
      }
      assertEquals(seen.size, 3000);
      assertEquals(counts.size, 0);
    });

    it("comes exactly once to what stays, whatever is stored and deleted meanwhile", () => {
      using maps = make();
      const { counts } = maps;
      // More than one call reads.
      for (let key = 0; key < 5000; key++) counts.set(key, 1n);
      const seen = new Map<number, number>();
      let others = 2500;
      for (const [key] of counts) {
        seen.set(key, (seen.get(key) ?? 0) + 1);
        if (others === 5000) continue;
        assertEquals(counts.delete(others), true);
        assertEquals(counts.set(10_000 + others++, 2n), true);
      }
      const stayed = Array.from({ length: 2500 }, (_, key) => seen.get(key));
      assertEquals(stayed.filter((times) => times !== 1), []);
      assertEquals(counts.size, 5000);
    });

    it("clear() deletes all", () => {
      using maps = make();
      for (const map of [maps.counts, maps.lazy]) {
        for (let key = 0; key < 100; key++) map.set(key, 1n);
        map.clear();
        assertEquals(map.size, 0);
        assertEquals([...map], []);
        map.set(5, 6n);
        assertEquals([...map], [[5, 6n]]);
      }
    });

    it("arrays have all their elements", () => {
      using maps = make();
      const { numbers } = maps;
      assertEquals([...numbers], [[0, 0], [1, 0], [2, 0]]);
      assertEquals(numbers.size, 3);
      assertEquals(numbers.set(1, -5), true);
      assertEquals(numbers.get(1), -5);
      assertEquals(numbers.get(3), undefined);
      assertEquals(numbers.has(2), true);
      assertEquals(numbers.has(3), false);
      assertEquals(numbers.set(2, 1, "noexist"), false);
      const error = assertThrows(() => numbers.set(3, 1), EbpfError, "its indexes go from 0 to 2");
      assertEquals(error.code, ErrorCode.TooLarge);
    });

    it("JSON has bigints as text", () => {
      using maps = make();
      maps.numbers.set(1, 7);
      maps.counts.set(1, 2n ** 63n);
      maps.flows.set({ protocol: 1, port: 2 }, flow(3n));
      assertEquals(JSON.stringify(maps.numbers), "[0,7,0]");
      assertEquals(JSON.stringify(maps.counts), '[[1,"9223372036854775808"]]');
      assertEquals(
        JSON.stringify(maps.flows),
        '[[{"protocol":1,"port":2},{"packets":"3","bytes":1,"inner":{"list":[1,2],"low":5,"high":true}}]]',
      );
    });

    it("a console shows the entries", () => {
      using maps = make();
      assertEquals(printed(maps.counts), "HashMap(0) {}");
      for (let key = 0; key < 150; key++) maps.counts.set(key, 1n);
      const text = printed(maps.counts);
      assert(/^HashMap\(100\) \{/.test(text) && text.endsWith("and 50 more"), text);
      maps.numbers.set(1, 7);
      assertEquals(printed(maps.numbers).replaceAll(/\s+/g, " "), "ArrayMap(3) { 0 => 0, 1 => 7, 2 => 0 }");
    });
  });
}

describe("keys and values", () => {
  const types = [
    [u8, 200],
    [u64, 2n ** 63n],
    [i16, -2],
    [be16, 0x1234],
    [mac, 0x0200_0000_0001],
    [ipv6, { high: 1n, low: 2n }],
    [array(u16, 3), [1, 2, 3]],
    [Flow, flow(5n)],
  ] as const;
  for (const [type, value] of types) {
    it(`come back as they were stored: ${type.kind} of ${type.size} bytes`, () => {
      // deno-lint-ignore no-explicit-any -- each has its own type
      const map = new HashMap(type as any, type as any, { maxEntries: 2 });
      map.set(value, value);
      assertEquals([...map], [[value, value]]);
      assertEquals(map.get(value), value);
    });
  }

  it("must have types, and maps a number of entries", () => {
    for (const maxEntries of [0, -1, 1.5, 2 ** 32, undefined as unknown as number]) {
      const error = assertThrows(() => new HashMap(u32, u32, { maxEntries }), EbpfError);
      assertEquals(error.code, ErrorCode.InvalidArgument);
    }
    // deno-lint-ignore no-explicit-any -- not a type
    assertThrows(() => new HashMap(bits(3) as any, u32, { maxEntries: 1 }), EbpfError, "keys");
  });

  for (const [name, Kind] of kinds) {
    it(`are demanded by name where they are left out: ${name}`, () => {
      const sizes = { maxEntries: 4, size: 4096 };
      for (const given of [[], [null, sizes, sizes], [[], [], sizes]]) {
        assertEquals(assertThrows(() => new Kind(...given), EbpfError).code, ErrorCode.InvalidArgument);
      }
    });
  }
});

describe("going through a map in the kernel", needsKernel(), () => {
  it("reads some thousand entries by one call", () => {
    using maps = new Maps();
    maps.load();
    const { counts } = maps;
    for (let key = 0; key < 3000; key++) counts.set(key, 1n);
    const entries = counts.entries();
    entries.next();
    counts.clear();
    assertEquals([[...entries].length, counts.size], [2999, 0]);
  });
});

describe("a map that is closed", needsKernel(), () => {
  it("is not used any more, not even by a call that has begun", () => {
    const maps = new Maps();
    maps.load();
    const { counts, flows } = maps;
    counts.set(1, 1n);
    const key = {
      protocol: 1,
      get port() {
        maps.close();
        return 1;
      },
    };
    for (const use of [() => flows.get(key), () => counts.get(1), () => counts.set(1, 1n), () => counts.delete(1)]) {
      assertEquals(assertThrows(use, EbpfError).code, ErrorCode.Closed);
    }
  });
});

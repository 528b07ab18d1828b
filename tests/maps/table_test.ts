/**
 * Maps as tables.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { array, ArrayMap, HashMap, ipv4, LpmTrie, PerCpuArray, struct, u32, u64, u8 } from "../../mod.ts";

describe("toTable()", () => {
  it("has columns for the fields of keys and values", () => {
    const flows = new HashMap(struct({ port: u32, id: u8 }), struct({ packets: u64, id: u8 }), { maxEntries: 2 });
    flows.set({ port: 80, id: 1 }, { packets: 5n, id: 2 });
    assertEquals(flows.toTable(), [{ port: 80, id: 1, packets: 5n, "value.id": 2 }]);
  });

  it("has key and value of what has no fields", () => {
    const numbers = new ArrayMap(array(u8, 2), { maxEntries: 2 });
    assertEquals(numbers.toTable(), [{ key: 0, value: [0, 0] }, { key: 1, value: [0, 0] }]);
  });

  it("has a column for each processor, and the texts of prefixes", () => {
    assertEquals(new PerCpuArray(u32, { maxEntries: 1 }).toTable(), [{ key: 0, cpu0: 0 }]);
    const trie = new LpmTrie(ipv4, u32, { maxEntries: 1 });
    trie.set("10.0.0.0/8", 5);
    assertEquals(trie.toTable(), [{ key: "10.0.0.0/8", value: 5 }]);
  });
});

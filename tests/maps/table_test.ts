/**
 * Maps as tables, as JSON and in consoles.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  array,
  ArrayMap,
  BloomFilter,
  type BpfMap,
  CpuMap,
  DevMap,
  HashMap,
  HashOfMaps,
  ipv4,
  LpmTrie,
  PerCpuArray,
  PerfEventArray,
  ProgramArray,
  Queue,
  RingBuffer,
  Stack,
  struct,
  u32,
  u64,
  u8,
  UserRingBuffer,
  XDP,
} from "../../mod.ts";
import { printedInLine } from "../support/console.ts";
import { needsKernel } from "../support/kernel.ts";

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

class Leave extends XDP {
  program() {}
}

function filled<M extends BpfMap>(map: M, fill: (map: M) => unknown): M {
  fill(map);
  return map;
}

const entries = { maxEntries: 2 };
const kinds: readonly [map: BpfMap, json: string, console: string][] = [
  [
    filled(new Queue(u64, entries), (queue) => [5n, 6n].map((value) => queue.push(value))),
    '{"kind":"queue","name":"queue","maxEntries":2,"next":"5"}',
    'Queue { name: "queue", maxEntries: 2, next: 5n }',
  ],
  [
    filled(new Stack(struct({ a: u8 }), entries), (stack) => stack.push({ a: 1 })),
    '{"kind":"stack","name":"stack","maxEntries":2,"next":{"a":1}}',
    'Stack { name: "stack", maxEntries: 2, next: { a: 1 } }',
  ],
  [
    new BloomFilter(u32, entries),
    '{"kind":"bloomFilter","name":"bloomFilter","maxEntries":2}',
    'BloomFilter { name: "bloomFilter", maxEntries: 2 }',
  ],
  [
    new RingBuffer(u32, { size: 4096 }),
    '{"kind":"ringBuffer","name":"ringBuffer","size":4096,"dropped":0}',
    'RingBuffer { name: "ringBuffer", size: 4096, dropped: 0 }',
  ],
  [
    new UserRingBuffer(u32, { size: 4096 }),
    '{"kind":"userRingBuffer","name":"userRingBuffer","size":4096}',
    'UserRingBuffer { name: "userRingBuffer", size: 4096 }',
  ],
  [
    new PerfEventArray(u32),
    '{"kind":"perfEventArray","name":"perfEventArray","dropped":0}',
    'PerfEventArray { name: "perfEventArray", dropped: 0 }',
  ],
  [new ProgramArray(entries).set(1, new Leave()), '[[1,"Leave"]]', 'ProgramArray(1) { 1 => "Leave" }'],
  [
    new HashOfMaps(u32, new HashMap(u32, u32, entries), entries)
      .set(5, filled(new HashMap(u32, u32, entries), (inner) => inner.set(1, 2))),
    "[[5,[[1,2]]]]",
    "HashOfMaps(1) { 5 => HashMap(1) { 1 => 2 } }",
  ],
  [new DevMap(entries), "[]", "DevMap(0) {}"],
  [new CpuMap(entries), "[]", "CpuMap(0) {}"],
  [
    filled(new LpmTrie(ipv4, u32, entries), (trie) => trie.set("10.0.0.0/8", 5)),
    '[["10.0.0.0/8",5]]',
    "LpmTrie(1) { 10.0.0.0/8 => 5 }",
  ],
];

describe("maps of all kinds", () => {
  for (const [map, json, text] of kinds) {
    it(`say what they are as JSON and in a console: ${json}`, () => {
      assertEquals(JSON.stringify(map), json);
      assertEquals(printedInLine(map), text);
    });
  }

  it("can be shown when they are closed", needsKernel(), () => {
    class Queues extends XDP {
      lengths = new Queue(u32, entries);
      program() {
        this.lengths.push(1);
      }
    }
    const queues = new Queues();
    queues.load();
    assertEquals(JSON.stringify(queues.lengths), '{"kind":"queue","name":"lengths","maxEntries":2}');
    queues.close();
    assertStringIncludes(printedInLine(queues.lengths), 'Queue (Cannot use the map "lengths": it is closed');
  });
});

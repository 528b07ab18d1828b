/**
 * What the kernel's own tool shows of maps.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFileSync } from "node:child_process";
import {
  ArrayMap,
  ArrayOfMaps,
  BloomFilter,
  type BpfMap,
  CpuMap,
  DevMap,
  DevMapHash,
  EbpfError,
  HashMap,
  HashOfMaps,
  hashVar,
  ipv4,
  LpmTrie,
  LruHash,
  LruPerCpuHash,
  PerCpuArray,
  PerCpuHash,
  PerfEventArray,
  ProgramArray,
  Queue,
  RingBuffer,
  Stack,
  struct,
  u16,
  u32,
  u64,
  UserRingBuffer,
  XDP,
  XskMap,
} from "../../mod.ts";
import { buildMapBtf } from "../../src/btf/mod.ts";
import { closing, createMap, loadBtf, mapInfo, possibleCpus } from "../../src/kernel/mod.ts";
import { binding } from "../../src/maps/mod.ts";
import { type MapKind, mapTypes } from "../../src/vm/mod.ts";
import { needsKernel } from "../support/kernel.ts";
import { findCommand } from "../support/skip.ts";

const Flow = struct({ packets: u64, ports: struct({ source: u16, destination: u16 }) });
const flow = (packets: bigint) => ({ packets, ports: { source: 1, destination: 2 } });

class Maps extends XDP {
  @hashVar(u64)
  accessor total = 7n;
  hash = new HashMap(u32, Flow, { maxEntries: 4 });
  recent = new LruHash(struct({ address: ipv4, port: u16 }), u64, { maxEntries: 4 });
  own = new PerCpuArray(u64, { maxEntries: 1 });
  both = new PerCpuHash(u32, Flow, { maxEntries: 4 });
  networks = new LpmTrie(ipv4, u32, { maxEntries: 4 });

  program() {
    const { hash, recent, own, both, networks } = this;
    this.total += 1n;
    if (hash.has(0) || recent.has({ address: 0, port: 0 }) || own.has(1) || both.has(0) || networks.has(0)) {
      return XDP.DROP;
    }
  }
}

class Leave extends XDP {
  program() {}
}

/** What bpftool answers. */
function bpftool(...args: string[]) {
  return JSON.parse(execFileSync(findCommand("bpftool")!, ["-j", ...args], { encoding: "utf8" }));
}

/** The only entry of a map as bpftool formats it: with the names of fields. */
function dumped(map: BpfMap): unknown {
  const [{ formatted }] = bpftool("map", "dump", "id", String(mapInfo(map[binding].share()).id));
  return formatted;
}

const some = { maxEntries: 4 };
const inner = new HashMap(u32, u64, some);

/** Maps of kinds that say what they hold. */
const typed: Readonly<Partial<Record<MapKind, BpfMap>>> = {
  hash: new HashMap(u32, Flow, some),
  array: new ArrayMap(Flow, some),
  perCpuHash: new PerCpuHash(u32, Flow, some),
  perCpuArray: new PerCpuArray(Flow, some),
  lruHash: new LruHash(u32, Flow, some),
  lruPerCpuHash: new LruPerCpuHash(u32, Flow, some),
  lpmTrie: new LpmTrie(ipv4, Flow, some),
  queue: new Queue(Flow, some),
  stack: new Stack(Flow, some),
  bloomFilter: new BloomFilter(Flow, some),
  ringBuffer: new RingBuffer(Flow, { size: 4096 }),
  userRingBuffer: new UserRingBuffer(Flow, { size: 4096 }),
};

/** Maps whose entries are numbers of programs, maps and interfaces. Only of the first kind the kernel takes types. */
const untyped: Readonly<Partial<Record<MapKind, BpfMap>>> = {
  programArray: new ProgramArray(some),
  perfEventArray: new PerfEventArray(Flow),
  arrayOfMaps: new ArrayOfMaps(inner, some),
  hashOfMaps: new HashOfMaps(u32, inner, some),
  devMap: new DevMap(some),
  devMapHash: new DevMapHash(some),
  cpuMap: new CpuMap(some),
  xskMap: new XskMap(some),
};

/** The names of all fields that a map's types have. */
function fieldsOf(map: BpfMap): string[] {
  const { btfId } = mapInfo(map[binding].share());
  if (btfId === 0) return [];
  const { types }: { types: { members?: { name: string }[] }[] } = bpftool("btf", "dump", "id", String(btfId));
  return types.flatMap(({ members = [] }) => members.map(({ name }) => name));
}

describe("the types of a map's keys and values", needsKernel("bpftool"), () => {
  it("are known of every kind of map", () => {
    assertEquals(Object.keys({ ...typed, ...untyped }).sort(), Object.keys(mapTypes).sort());
  });

  for (const [kind, map] of Object.entries(typed)) {
    it(`are in the kernel: ${kind}`, () => {
      const names = fieldsOf(map);
      map[binding].unshare();
      for (const name of ["packets", "ports", "destination"]) assert(names.includes(name), `${name} of ${names}`);
    });
  }

  for (const [kind, map] of Object.entries(untyped)) {
    if (kind === "programArray") continue;
    it(`are none, as the kernel has it: ${kind}`, () => {
      const descriptor = map[binding].share();
      const { type, keySize, valueSize, maxEntries, btfId } = mapInfo(descriptor);
      assertEquals(btfId, 0);
      const { btf, ...types } = buildMapBtf("map", u32, valueSize === 8 ? u64 : u32);
      const innerMap = kind.endsWith("OfMaps") ? inner[binding].share() : undefined;
      const error = assertThrows(
        () =>
          closing(
            loadBtf(btf, "create"),
            (descriptor) =>
              createMap({ type, keySize, valueSize, maxEntries, innerMap, btf: { descriptor, ...types } }),
          ),
        EbpfError,
      );
      for (const one of [map, inner]) one[binding].unshare();
      assertEquals(error.errno, 524); // ENOTSUPP
    });
  }
});

describe("bpftool map dump", needsKernel("bpftool"), () => {
  it("prints the fields of keys and values", () => {
    using maps = new Maps();
    maps.load();
    maps.hash.set(5, flow(3n));
    maps.recent.set({ address: ipv4("10.0.0.1"), port: 80 }, 9n);
    maps.own.set(0, 4n);
    maps.both.set(6, flow(8n));
    maps.networks.set("10.0.0.0/8", 2);
    const each = <T>(value: T) => Array.from({ length: possibleCpus() }, (_, cpu) => ({ cpu, value }));
    const shown = { packets: 3, ports: { source: 1, destination: 2 } };
    assertEquals(dumped(maps.hash), { key: 5, value: shown });
    assertEquals(dumped(maps.recent), { key: { address: [10, 0, 0, 1], port: 80 }, value: 9 });
    assertEquals(dumped(maps.own), { key: 0, values: each(4) });
    assertEquals(dumped(maps.both), { key: 6, values: each({ ...shown, packets: 8 }) });
    assertEquals(dumped(maps.networks), { key: { prefixlen: 8, address: [10, 0, 0, 0] }, value: 2 });
  });

  it("prints what comes next out of queues and stacks, and numbers of programs", () => {
    class Lists extends XDP {
      queue = new Queue(Flow, some);
      stack = new Stack(u16, some);
      next = new ProgramArray(some).set(2, new Leave());

      program() {
        this.queue.push({ packets: 4n, ports: { source: 1, destination: 2 } });
        this.stack.push(7);
        this.next.tailCall(3);
      }
    }
    using lists = new Lists();
    lists.test(new Uint8Array(64), { on: "kernel" });
    const peeked = (map: BpfMap) =>
      bpftool("map", "peek", "id", String(mapInfo(map[binding].share()).id)).formatted.value;
    assertEquals(peeked(lists.queue), { packets: 4, ports: { source: 1, destination: 2 } });
    assertEquals(peeked(lists.stack), 7);
    assertEquals((dumped(lists.next) as { key: number }).key, 2);
  });

  it("prints variables in hash maps by their name", () => {
    using maps = new Maps();
    maps.load();
    maps.test(new Uint8Array(64), { on: "kernel" });
    const all: { name: string; id: number }[] = bpftool("map", "list");
    const named = all.filter(({ name }) => name === "total");
    assert(named.length > 0);
    const [{ formatted }] = bpftool("map", "dump", "id", String(named.at(-1)!.id));
    assertEquals(formatted, { key: 0, value: { value: 8 } });
  });
});

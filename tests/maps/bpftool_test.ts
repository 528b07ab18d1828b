/**
 * What the kernel's own tool shows of maps.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { execFileSync } from "node:child_process";
import {
  type BpfMap,
  HashMap,
  hashVar,
  ipv4,
  LpmTrie,
  LruHash,
  PerCpuArray,
  PerCpuHash,
  struct,
  u16,
  u32,
  u64,
  XDP,
} from "../../mod.ts";
import { mapInfo, possibleCpus } from "../../src/kernel/mod.ts";
import { binding } from "../../src/maps/mod.ts";
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

/** The only entry of a map as bpftool formats it: with the names of fields. */
function dumped(map: BpfMap): unknown {
  const args = ["-j", "map", "dump", "id", String(mapInfo(map[binding].share()).id)];
  const [{ formatted }] = JSON.parse(execFileSync(findCommand("bpftool")!, args, { encoding: "utf8" }));
  return formatted;
}

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

  it("prints variables in hash maps by their name", () => {
    using maps = new Maps();
    maps.load();
    maps.test(new Uint8Array(64), { on: "kernel" });
    const all: { name: string; id: number }[] = JSON.parse(
      execFileSync(findCommand("bpftool")!, ["-j", "map", "list"], { encoding: "utf8" }),
    );
    const named = all.filter(({ name }) => name === "total");
    assert(named.length > 0);
    const dump = (id: number) =>
      execFileSync(findCommand("bpftool")!, ["-j", "map", "dump", "id", String(id)], { encoding: "utf8" });
    const [{ formatted }] = JSON.parse(dump(named.at(-1)!.id));
    assertEquals(formatted, { key: 0, value: { value: 8 } });
  });
});

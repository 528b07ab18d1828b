/**
 * Values per CPU in user space.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  array,
  bits,
  bool,
  EbpfError,
  ErrorCode,
  LruPerCpuHash,
  type Packet,
  PerCpu,
  PerCpuArray,
  PerCpuHash,
  struct,
  u16,
  u32,
  u64,
  u8,
  XDP,
} from "../../mod.ts";
import { possibleCpus } from "../../src/kernel/mod.ts";
import { countOf } from "../../src/kernel/cpus.ts";
import { stayOnFirstCpu } from "../support/cpus.ts";
import { needsKernel } from "../support/kernel.ts";

const Flow = struct({ packets: u64, bytes: u32, list: array(u16, 2), seen: bool, low: bits(3) });
const flow = (packets: bigint) => ({ packets, bytes: 3, list: [1, 2], seen: packets > 5n, low: 4 });

class Counters extends XDP {
  array = new PerCpuArray(u8, { maxEntries: 3 });
  hash = new PerCpuHash(u32, Flow, { maxEntries: 1000 });
  recent = new LruPerCpuHash(u32, u64, { maxEntries: 100 });

  program(packet: Packet) {
    const one = this.array.get(0);
    if (one) one.value += 1;
    this.recent.set(packet.getUint8(0), 1n);
    if (this.hash.has(0)) return XDP.DROP;
  }
}

for (const [where, choice] of [["this process", {}], ["the kernel", needsKernel("taskset")]] as const) {
  const isKernel = where === "the kernel";
  const make = (): Counters => {
    const program = new Counters();
    if (isKernel) program.load();
    return program;
  };
  const cpus = () => isKernel ? possibleCpus() : 1;

  describe(`per-CPU values in ${where}`, choice, () => {
    it("one value is stored for all", () => {
      using counters = make();
      const { hash, array, recent } = counters;
      assertEquals(hash.get(1), undefined);
      assert(hash.set(1, flow(2n)));
      const found = hash.get(1)!;
      assert(found instanceof PerCpu);
      assertEquals(found.length, cpus());
      assertEquals([...found], Array(cpus()).fill(flow(2n)));
      assertEquals(found.sum(), {
        packets: 2n * BigInt(cpus()),
        bytes: 3 * cpus(),
        list: [1, 2].map((x) => x * cpus()),
        seen: false,
        low: 4 * cpus(),
      });
      assertEquals(array.get(2)?.sum(), 0);
      array.set(2, 7);
      recent.set(5, 6n);
      assertEquals(recent.get(5)![0], 6n);
      assertEquals([...array].map(([index, values]) => [index, values.max()]), [[0, 0], [1, 0], [2, 7]]);
    });

    it("each is stored by itself", () => {
      using counters = make();
      const { hash, array } = counters;
      hash.set(1, flow(2n));
      const changed = hash.get(1)!;
      changed[0] = flow(10n);
      assert(hash.set(1, changed, "exist"));
      assertEquals(hash.get(1)!.max(), { ...flow(10n) });
      assertEquals(hash.get(1)![0], flow(10n));
      assertEquals(hash.get(1)!.sum().packets, 10n + 2n * BigInt(cpus() - 1));
      const error = assertThrows(() => array.set(0, new PerCpu(Array(cpus() + 1).fill(1))), EbpfError, "processors");
      assertEquals(error.code, ErrorCode.InvalidArgument);
    });

    it("many are gone through and deleted", () => {
      using counters = make();
      const { hash } = counters;
      for (let key = 0; key < 1000; key++) hash.set(key, flow(BigInt(key)));
      assertEquals(hash.size, 1000);
      let sum = 0n;
      for (const [key, values] of hash) {
        assertEquals(values[cpus() - 1].packets, BigInt(key));
        sum += values[0].packets;
      }
      assertEquals(sum, 499500n);
      assert(hash.delete(5));
      assertEquals(hash.get(5), undefined);
      assertThrows(() => [5, 1000].forEach((key) => hash.set(key, flow(0n))), EbpfError, "all of its 1000 entries");
      hash.clear();
      assertEquals(hash.size, 0);
    });

    it("JSON has them by processor", () => {
      using counters = make();
      counters.array.set(1, 9);
      counters.recent.set(1, 2n ** 63n);
      const all = <T>(x: T): T[] => Array(cpus()).fill(x);
      assertEquals(JSON.parse(JSON.stringify(counters.array)), [all(0), all(9), all(0)]);
      assertEquals(JSON.parse(JSON.stringify(counters.recent)), [[1, all("9223372036854775808")]]);
      assertEquals(JSON.stringify(counters.recent.get(1)), JSON.stringify(all("9223372036854775808")));
    });
  });
}

describe("values per CPU", () => {
  it("have a sum, a largest and a smallest", () => {
    const values = new PerCpu([3, 9, 1]);
    assertEquals([values.sum(), values.max(), values.min()], [13, 9, 1]);
    assertEquals(values.map((x) => x * 2), [6, 18, 2]);
    assert(!(values.map(String) instanceof PerCpu));
    assertEquals(new PerCpu([false, true]).sum(), true);
    assertEquals(new PerCpu([[1n, 5n], [2n, 3n]]).max(), [2n, 5n]);
    assertEquals(new PerCpu([7])[0], 7);
  });

  it("have no .value in user space", () => {
    const values = new PerCpu([1]);
    for (const use of [() => values.value, () => values.value = 1]) {
      const error = assertThrows(use, EbpfError, "sum()");
      assertEquals(error.code, ErrorCode.NotSupported);
    }
  });

  it("are as many as the kernel's list has", () => {
    const lists = [["0\n", 1], ["0-3\n", 4], ["0-3,8-11\n", 8], ["0,2,4-5", 4], ["", undefined], [
      "x",
      undefined,
    ]] as const;
    for (const [list, count] of lists) assertEquals(countOf(list), count);
  });
});

describe("per-CPU values that move", needsKernel("taskset"), () => {
  it("into the kernel as those of the first processor, and are counted on there", () => {
    stayOnFirstCpu();
    using counters = new Counters();
    counters.recent.set(7, 5n);
    const packet = new Uint8Array(64);
    for (const on of ["js", "vm", "kernel", "js"] as const) counters.test(packet, { on, repeat: 100 });
    const others = Array(possibleCpus() - 1).fill(0);
    assertEquals([...counters.array.get(0)!], [(400) & 0xff, ...others]);
    assertEquals([...counters.recent.get(7)!], [5n, ...others.map(BigInt)]);
  });
});

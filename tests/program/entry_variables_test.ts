/**
 * Variables that live in maps of their own: `@perCpuVar` and `@hashVar`.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  array,
  type ArrayView,
  EbpfError,
  ErrorCode,
  fixed,
  hashVar,
  i8,
  type Packet,
  PerCpu,
  perCpuVar,
  struct,
  SubProgram,
  u32,
  u64,
  XDP,
} from "../../mod.ts";
import { possibleCpus } from "../../src/kernel/mod.ts";
import { needsKernel, openDescriptors } from "../support/kernel.ts";

const Flow = struct({ packets: u64, bytes: u32 });

class Part extends SubProgram {
  @perCpuVar(u32)
  accessor seen!: PerCpu<number>;
  @hashVar(u32)
  accessor last = 3;

  count(packet: Packet) {
    this.seen.value += 1;
    this.last = packet.byteLength;
  }
}

class Variables extends XDP {
  @perCpuVar(u64)
  accessor hits!: PerCpu<bigint>;
  @perCpuVar(Flow)
  accessor flow!: PerCpu<{ packets: bigint; bytes: number }>;
  @perCpuVar(array(u32, 3))
  accessor list!: PerCpu<ArrayView<number>>;
  @hashVar(u64)
  accessor total = 10n;
  @hashVar(i8)
  accessor small!: number;
  @hashVar(fixed)
  accessor average = 0.5;
  parts = [new Part(), new Part()];

  program(packet: Packet) {
    this.hits.value += 2n;
    this.flow.value.bytes += packet.byteLength;
    this.total += 1n;
    this.small -= 100;
    this.average *= 2;
    this.parts[1].count(packet);
  }
}

const packet = new Uint8Array(64);

for (const on of ["js", "vm", "kernel"] as const) {
  describe(`variables in maps on ${on}`, on === "kernel" ? needsKernel() : {}, () => {
    it("are read and written in user space", () => {
      using program = new Variables();
      assertEquals(program.hits.sum(), 0n);
      program.total = 100n;
      for (let i = 0; i < 3; i++) program.test(packet, { on });
      assertEquals(program.hits.sum(), 6n);
      assertEquals(program.hits.length, on === "kernel" ? possibleCpus() : 1);
      assertEquals(program.flow.sum(), { packets: 0n, bytes: 192 });
      assertEquals([...program.hits].reduce((sum, x) => sum + x), 6n);
      assertEquals([program.total, program.small, program.average], [103n, -44, 4]);
      assertEquals(program.parts.map(({ seen, last }) => [seen.max() > 0, last]), [[false, 3], [true, 64]]);
      program.total -= 3n;
      program.small = 200;
      assertEquals([program.total, program.small], [100n, -56]);
      const zeros = new PerCpu(program.hits.map(() => 0n));
      program.hits = zeros;
      assertEquals([...program.hits], [...zeros]);
    });
  });
}

describe("variables in maps", () => {
  it("are gone after close()", () => {
    const program = new Variables();
    program.close();
    for (const use of [() => program.hits, () => program.total, () => program.total = 1n]) {
      assertEquals(assertThrows(use, EbpfError, "closed").code, ErrorCode.Closed);
    }
  });

  it("begin with zeros per CPU, and with a value that fits", () => {
    const misuses: readonly (() => unknown)[] = [
      () =>
        new (class extends XDP {
          @perCpuVar(u64)
          accessor hits = new PerCpu([1n]);
          program() {}
        })(),
      () =>
        new (class extends XDP {
          @hashVar(u32)
          accessor hits = "1" as unknown as number;
          program() {}
        })(),
      () => hashVar(Flow as never),
      () => perCpuVar(5 as never),
    ];
    for (const misuse of misuses) {
      assertEquals(assertThrows(misuse, EbpfError, "Cannot").code, ErrorCode.DecoratorMisuse);
    }
  });
});

describe("variables in maps of the kernel", needsKernel(), () => {
  it("leave nothing open", () => {
    const before = openDescriptors();
    const program = new Variables();
    program.load();
    assert(openDescriptors() > before);
    program.close();
    assertEquals(openDescriptors(), before);
  });
});

/**
 * Programs that need more stack than there is: what does not fit goes to memory of each CPU that only they know.
 *
 * @module
 */

import { assertEquals, assertGreater, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  array,
  type ArrayView,
  EbpfError,
  ErrorCode,
  globalVar,
  HashMap,
  localVar,
  noinline,
  type Packet,
  Queue,
  RingBuffer,
  struct,
  u32,
  u64,
  u8,
  XDP,
} from "../../mod.ts";
import { ScratchMap } from "../../src/compiler/scratch/mod.ts";
import { generate } from "../../src/program/ebpf.ts";
import { BpfFs } from "../support/bpffs.ts";
import { agree, packetOf } from "../support/engines.ts";
import { needsKernel, openDescriptors } from "../support/kernel.ts";

const Large = struct({ words: array(u32, 100), last: u32 });
const LargeKey = struct({ bytes: array(u8, 200), number: u32 });

/** Bytes of scratch memory that a program takes. */
function scratchOf(program: XDP): number {
  const map = program[generate]().compiled.maps.find((map) => map instanceof ScratchMap);
  return map?.size ?? 0;
}

abstract class Sums extends XDP {
  @globalVar(u32)
  accessor sum = 0;
}

class Locals extends Sums {
  @localVar(array(u32, 64))
  accessor small: ArrayView<number> = Array.from({ length: 64 }, (_, i) => i);
  @localVar(array(u64, 64))
  accessor wide!: ArrayView<bigint>;

  program(packet: Packet) {
    if (packet.byteLength < 34) return XDP.DROP;
    const at = packet.getUint8(20) & 63;
    this.small[at] += packet.getUint8(0);
    this.wide[at] += BigInt(this.small[at]) + 0x123456789an;
    for (let i = 0; i < 64; i++) {
      this.sum = (this.sum * 3 + this.small[i] + Number(this.wide[i] >> 8n & 0xffffn)) & 0xffff;
    }
    return XDP.PASS;
  }
}

class Arguments extends Sums {
  flows = new HashMap(Large, Large, { maxEntries: 4 });
  queue = new Queue(Large, { maxEntries: 4 });
  ring = new RingBuffer(Large, { size: 4096 });

  program(packet: Packet) {
    const first = packet.getUint8(0);
    this.flows.set({ words: [1, first], last: 2 }, { words: [first, 7], last: first + 3 });
    const found = this.flows.get({ words: [1, first], last: 2 });
    if (found) this.sum += found.last + found.words[1];
    this.queue.push({ words: [first], last: 9 });
    const taken = this.queue.pop();
    if (taken) this.sum += taken.words[0] * 1000 + taken.last;
    if (this.ring.output({ words: [first], last: 1 })) this.sum += 100_000;
    return XDP.PASS;
  }
}

class Functions extends Sums {
  parts = new HashMap(LargeKey, u32, { maxEntries: 8 });
  flows = new HashMap(u32, Large, { maxEntries: 4 });

  part(n: number): number {
    this.parts.set({ bytes: [n, 1, 2], number: n }, n * 2 + 1);
    return this.parts.get({ bytes: [n, 1, 2], number: n }) ?? 0;
  }

  program(packet: Packet) {
    this.flows.set(1, { words: [3, packet.getUint8(0)], last: 5 });
    this.sum += this.part(packet.byteLength & 63) + this.part(7);
    const flow = this.flows.get(1);
    if (flow) this.sum += flow.words[1] * 256;
    return XDP.PASS;
  }
}
noinline(Functions.prototype.part);

class Callbacks extends Sums {
  @localVar(array(u32, 100))
  accessor table!: ArrayView<number>;
  flows = new HashMap(u32, Large, { maxEntries: 4 });
  others = new HashMap(u32, Large, { maxEntries: 4 });

  program(packet: Packet) {
    const first = packet.getUint8(3);
    for (let i = 0; i < 20_000; i++) {
      this.table[i % 100] += i & first;
      if (i % 10_000 === 77) this.flows.set(i & 3, { words: [i, this.table[77]], last: i + first });
    }
    this.flows.forEach((value, key) => {
      this.others.set(key, { words: [value.words[1]], last: value.last + 1 });
      this.sum += value.last + (value.words[0] & 0xff) + key;
    });
    this.sum += this.others.get(1)?.last ?? 1;
    return XDP.PASS;
  }
}

/** So many words that all live from the beginning to the end, through a decision and a loop. */
function living(count: number, first: (i: number) => string, mix: string, end: string): new () => Sums {
  const each = (line: string) =>
    Array.from(
      { length: count },
      (_, i) => line.replaceAll("$next", `v${(i * 7 + 1) % count}`).replaceAll("$", `v${i}`),
    );
  const text = `return class Living extends Sums {
    program(packet) {
      if (packet.byteLength < 64) return XDP.DROP;
      ${Array.from({ length: count }, (_, i) => `let v${i} = ${first(i)};`).join("\n")}
      for (let k = 0; k < 2; k++) {
        if (packet.getUint8(k) & 1) { ${each(mix).join("\n")} }
      }
      ${each(end).join("\n")}
      return XDP.PASS;
    }
  }`;
  return new Function("Sums", "XDP", text)(Sums, XDP);
}

const LIVING: Readonly<Record<string, new () => Sums>> = {
  "words of 64 bits that live long": living(
    80,
    (i) => `packet.getBigUint64(${i % 56}) ^ ${i}n`,
    "$ = BigInt.asUintN(64, $ * 3n + $next);",
    "this.sum = (this.sum * 3 + Number($ >> 40n)) >>> 8;",
  ),
  "words of 32 bits that live long": living(
    140,
    (i) => `packet.getUint32(${i % 60}) ^ ${i}`,
    "$ = ($ ^ $next) >>> 0;",
    "this.sum = (this.sum ^ $) >>> 1;",
  ),
};

const PROGRAMS: Readonly<Record<string, new () => Sums>> = {
  "local variables": Locals,
  "keys, values and records": Arguments,
  "what functions of their own need": Functions,
  "what callbacks of the kernel need": Callbacks,
};

/** None of these must see what the one before has left. */
const PACKETS = [packetOf(5, 3, 1, 40), packetOf(7, 2, 9, 41), Uint8Array.from({ length: 64 }, (_, i) => i * 37)];

describe("scratch memory takes", () => {
  for (const [what, Program] of Object.entries(PROGRAMS)) it(what, () => demandSame(Program, PACKETS));
  // These are large, and take time to compile.
  for (const [what, Program] of Object.entries(LIVING)) it(what, () => demandSame(Program, PACKETS.slice(2)));

  function demandSame(Program: new () => Sums, packets: readonly Uint8Array[]): void {
    agree(() => new Program(), packets);
    assertGreater(scratchOf(new Program()), 0);
  }

  it("nothing that there is stack for", () => {
    class Fits extends Sums {
      @localVar(array(u64, 60))
      accessor table!: ArrayView<bigint>;
      program(packet: Packet) {
        this.table[packet.byteLength & 31] = 1n;
        return this.table[3] === 1n ? XDP.PASS : XDP.DROP;
      }
    }
    assertEquals(scratchOf(new Fits()), 0);
  });

  it("no more than the kernel gives", () => {
    class TooMuch extends Sums {
      @localVar(array(u64, 4097))
      accessor table!: ArrayView<bigint>;
      program(packet: Packet) {
        this.table[packet.byteLength & 31] = 1n;
      }
    }
    const error = assertThrows(() => new TooMuch().check(), EbpfError, "32776 bytes of local variables");
    assertEquals(error.code, ErrorCode.TooLarge);
    assertStringIncludes(error.message, "this.table[packet.byteLength & 31] = 1n;");
  });
});

describe("without scratch memory", () => {
  it("what does not fit is refused, at the line that takes the most", () => {
    const compile = () => new Locals()[generate]({ scratch: false });
    const error = assertThrows(compile, EbpfError, "bytes of stack, and has 512");
    assertEquals(error.code, ErrorCode.TooLarge);
    assertMatch(error.location!.file, /scratch_test\.ts$/);
    assertStringIncludes(error.frame!, "this.wide[at] += BigInt(this.small[at]) + 0x123456789an;\n");
    assertStringIncludes(error.remedy!, "{ scratch: false }");
  });
});

describe("explain()", () => {
  it("shows what went to scratch memory, and the lines that use it", () => {
    const text = new Locals().explain({ passes: true });
    assertMatch(text, /^move to scratch memory: \d+ values, \d+ blocks → \d+ values, \d+ blocks$/m);
    assertStringIncludes(text, "map[.scratch]");
  });
});

describe("in the kernel", needsKernel("mount"), () => {
  it("load() can refuse it", () => {
    using program = new Locals();
    assertThrows(() => program.load({ scratch: false }), EbpfError, "bytes of stack, and has 512");
    program.load();
    assertEquals(program.test(PACKETS[0], { on: "kernel" }).name, "PASS");
  });

  it("nobody sees it: not in folders of pins, and no descriptor of it stays", () => {
    using bpffs = new BpfFs();
    const before = openDescriptors();
    {
      using program = new Arguments();
      program.pin(bpffs.in("large"));
      assertEquals(bpffs.list("large"), ["flows", "globals", "prog", "queue", "ring", "ring_dropped"]);
    }
    {
      using again = Arguments.open(bpffs.in("large"));
      again.test(PACKETS[0], { on: "kernel" });
      assertEquals(again.sum > 0, true);
      again.reload();
      again.test(PACKETS[0], { on: "kernel" });
      again.unpin(bpffs.in("large"));
    }
    assertEquals(openDescriptors(), before);
  });
});

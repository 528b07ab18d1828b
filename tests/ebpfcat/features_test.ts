/**
 * What ebpfcat documents, one test a feature, written in our language and run on every engine.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  array,
  type ArrayView,
  be16,
  be32,
  bei32,
  bits,
  fixed,
  globalVar,
  HashMap,
  i16,
  i32,
  type Infer,
  kernel,
  le16,
  localVar,
  type Packet,
  packetVar,
  struct,
  SubProgram,
  u16,
  u32,
  u64,
  u8,
  XDP,
  type XdpAction,
} from "../../mod.ts";
import { needs } from "../support/skip.ts";

type Engine = "js" | "vm" | "kernel";

const Flags = struct({ low: bits(5), flag: bits(1), pair: bits(2) });

class Count extends XDP {
  @globalVar(u32)
  accessor count = 0;

  program() {
    this.count += 1;
    return XDP.PASS;
  }
}

class IPCounter extends XDP {
  override minimumPacketSize = 16;
  @packetVar(12, be16)
  accessor etherType!: number;
  @globalVar(u32)
  accessor ipv4 = 0;

  program() {
    if (this.etherType === 0x0800) this.ipv4 += 1;
  }
}

class BySize extends XDP {
  @globalVar(u32)
  accessor byte = 0;
  @globalVar(u32)
  accessor short = 0;

  program(packet: Packet) {
    if (packet.byteLength > 100) this.byte = packet.getUint8(100);
    else this.short += 1;
    if (packet.byteLength < 20) return XDP.DROP;
    packet.setUint16(16, packet.getUint16(18, true), true);
    return XDP.TX;
  }
}

class Minimum extends XDP {
  override minimumPacketSize = 64;
  override defaultAction = XDP.DROP;
  @globalVar(u32)
  accessor seen = 0;

  program() {
    this.seen += 1;
    return XDP.TX;
  }
}

class PacketVariables extends XDP {
  @packetVar(0, le16)
  accessor little!: number;
  @packetVar(2, be32)
  accessor big!: number;
  @packetVar(6, bei32)
  accessor signed!: number;
  @globalVar(i32)
  accessor result = 0;

  program() {
    this.result = this.signed - this.little;
    this.big += 0x0100_0000;
  }
}

class Fixed extends XDP {
  @globalVar(fixed)
  accessor ratio = 0;
  @globalVar(fixed)
  accessor sum = 0.5;
  @globalVar(i32)
  accessor whole = 0;

  program(packet: Packet) {
    const value = packet.getInt8(0);
    this.ratio = value / 5;
    this.sum += this.ratio * 3.5;
    this.whole = Math.trunc(this.ratio);
    return this.sum > 0.25 ? XDP.PASS : XDP.DROP;
  }
}

class Locals extends XDP {
  @localVar(u16)
  accessor wrapped = 65530;
  @globalVar(u32)
  accessor result = 0;

  program(packet: Packet) {
    this.wrapped += packet.getUint8(0);
    let temporary = this.wrapped;
    {
      const temporary = 7;
      this.wrapped -= temporary;
    }
    temporary += this.wrapped;
    this.result = temporary;
  }
}

class BitFields extends XDP {
  @localVar(Flags)
  accessor flags!: Infer<typeof Flags>;
  @globalVar(u8)
  accessor pair = 0;

  program(packet: Packet) {
    this.flags.flag = packet.getUint8(0) > 10;
    this.flags.pair = packet.getUint8(0);
    if (!this.flags.flag) this.flags.pair = 3;
    this.pair = this.flags.pair;
  }
}

class Conditions extends XDP {
  program(packet: Packet) {
    const [a, b] = [packet.getUint8(0), packet.getUint8(1)];
    if ((a > 3 && b > 2) || !(a !== 1 || b === 0)) return XDP.DROP;
    else if (a & 4) return XDP.TX;
    return XDP.PASS;
  }
}

class Unrolled extends XDP {
  offsets = Array.from({ length: 10 }, (_, i) => 2 * i);
  @globalVar(array(u8, 10))
  accessor bytes = [] as unknown as ArrayView<number>;

  program(packet: Packet) {
    for (const offset of this.offsets) this.bytes[offset / 2] = packet.getUint8(offset);
  }
}

class Part extends SubProgram {
  @globalVar(u32)
  accessor br = 0;
  @globalVar(i16)
  accessor bw = 0;
  @globalVar(fixed)
  accessor bf = 0;

  step() {
    this.bw = 4;
    this.br -= -33;
    this.bw = this.br + 3;
    this.bf = this.br / 3.5 + this.bf;
  }
}

class Parts extends XDP {
  @globalVar(u32)
  accessor ar = 0;
  @globalVar(i16)
  accessor aw = 0;
  parts = [new Part(), new Part()];

  program() {
    this.ar = this.aw + 7;
    this.aw += 11;
    for (const part of this.parts) part.step();
  }
}

class LocalPart extends SubProgram {
  @localVar(u32)
  accessor b = 0;
}

class LocalParts extends XDP {
  @localVar(u32)
  accessor a = 5;
  first = new LocalPart();
  second = new LocalPart();
  @globalVar(array(u32, 3))
  accessor seen = [] as unknown as ArrayView<number>;

  program() {
    this.first.b = 3;
    this.second.b = 7;
    this.seen = [this.first.b, this.second.b, this.a] as unknown as ArrayView<number>;
  }
}

class Exits extends XDP {
  @globalVar(u32)
  accessor after = 0;

  leave(packet: Packet) {
    if (packet.getUint8(0) === 1) this.exit(XDP.TX);
  }
  program(packet: Packet) {
    this.leave(packet);
    this.after += 1;
    return XDP.DROP;
  }
}

class Helpers extends XDP {
  @globalVar(u32)
  accessor random = 0;
  @globalVar(u64)
  accessor time = 0n;

  program() {
    const first = this.bpf.ktimeGetNs();
    this.random = this.bpf.getPrandomU32();
    this.time = this.bpf.ktimeGetNs();
    return first <= this.time ? XDP.PASS : XDP.ABORTED;
  }
}

abstract class Base extends XDP {
  @globalVar(u32)
  accessor a = 0;

  program(_packet: Packet): XdpAction | void {
    this.a += 3;
  }
}

class Derived extends Base {
  @globalVar(u32)
  accessor b = 0;

  override program(packet: Packet) {
    super.program(packet);
    this.b += 4;
  }
}

abstract class Inner extends XDP {
  program(packet: Packet): XdpAction | void {
    if (packet.getUint8(0) === 1) return XDP.DROP;
  }
}

class Wrapper extends Inner {
  @globalVar(u32)
  accessor passed = 0;

  override program(packet: Packet) {
    const action = super.program(packet);
    if (action === undefined) this.passed += 1;
    return action ?? XDP.TX;
  }
}

class Dictionary extends XDP {
  flows = new HashMap(u8, struct({ packets: u32, bytes: u32 }), { maxEntries: 4 });

  program(packet: Packet) {
    const flow = this.flows.get(packet.getUint8(0));
    if (!flow) return XDP.DROP;
    flow.packets += 1;
    flow.bytes += packet.byteLength;
  }
}

const swap = kernel(() => ({}), (packet: Packet, a: number, b: number) => {
  const byte = packet.getUint8(a);
  packet.setUint8(a, packet.getUint8(b));
  packet.setUint8(b, byte);
});

class Swap extends XDP {
  @kernel(() => ({ swap }))
  program(packet: Packet) {
    for (let i = 0; i < 6; i++) swap(packet, i, i + 6);
    return XDP.TX;
  }
}

/** A packet that begins with some bytes, 64 long. */
function packet(bytes: readonly number[] = [], length = 64): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => bytes[i] ?? 0);
}

for (const [engine, requirements] of [["js", []], ["vm", []], ["kernel", ["linux", "root"]]] as const) {
  describe(`ebpfcat's features on ${engine}`, needs(...requirements), () => features(engine));
}

function features(on: Engine): void {
  it("count", () => {
    using counter = new Count();
    for (let i = 0; i < 3; i++) assertEquals(counter.test(packet(), { on }).name, "PASS");
    assertEquals(counter.count, 3);
    counter.count = 100;
    counter.test(packet(), { on });
    assertEquals(counter.count, 101);
  });

  it("a test run repeated", () => {
    using counter = new Count();
    counter.test(packet(), { on, repeat: 10 });
    assertEquals(counter.count, 10);
  });

  it("ipcounter", () => {
    using counter = new IPCounter();
    for (const type of [[8, 0], [8, 6], [0, 8], [8, 0]]) {
      counter.test(packet([...new Array(12).fill(0), ...type]), { on });
    }
    assertEquals(counter.ipv4, 2);
  });

  it("packet access by size comparison", () => {
    using program = new BySize();
    const bytes = Uint8Array.from({ length: 101 }, (_, i) => i);
    const { name, packet: after } = program.test(bytes, { on });
    assertEquals([name, program.byte, program.short, ...after.subarray(15, 20)], ["TX", 100, 0, 15, 18, 19, 18, 19]);
    assertEquals(program.test(bytes.subarray(0, 100), { on }).name, "TX");
    assertEquals(program.test(bytes.subarray(0, 19), { on }).name, "DROP");
    assertEquals([program.byte, program.short], [100, 2]);
  });

  it("minimumPacketSize, which is the least size that is let in", () => {
    using program = new Minimum();
    assertEquals([63, 64, 65].map((size) => program.test(packet([], size), { on }).name), ["DROP", "TX", "TX"]);
    assertEquals(program.seen, 2);
  });

  it("PacketVar, in both byte orders, signed and unsigned", () => {
    using program = new PacketVariables();
    const { packet: after } = program.test(packet([1, 2, 0x80, 0, 0, 7, 0xff, 0xff, 0xff, 0xfe]), { on });
    assertEquals([program.result, ...after.subarray(2, 6)], [-2 - 0x201, 0x81, 0, 0, 7]);
  });

  it("fixed point, with signs", () => {
    using program = new Fixed();
    assertEquals(program.test(packet([7]), { on }).name, "PASS");
    assertEquals([program.ratio, program.sum, program.whole], [1.4, 5.4, 1]);
    assertEquals(program.test(packet([0xf9]), { on }).name, "PASS");
    assertEquals([program.ratio, program.sum, program.whole], [-1.4, 0.5, -1]);
    assertEquals(program.test(packet([0xff]), { on }).name, "DROP");
    assertEquals([program.ratio, program.sum, program.whole], [-0.2, -0.2, 0]);
  });

  it("fixed point written from user space, to the nearest step", () => {
    using program = new Fixed();
    if (on === "kernel") program.load();
    program.sum = 0.29;
    assertEquals(program.sum, 0.29);
    program.sum = -1.5;
    program.test(packet([0]), { on });
    assertEquals(program.sum, -1.5);
  });

  it("local variables with a width, and temporaries", () => {
    using program = new Locals();
    program.test(packet([10]), { on });
    assertEquals(program.result, 4 + (4 - 7 + 65536));
  });

  it("bit fields", () => {
    using program = new BitFields();
    program.test(packet([13]), { on });
    assertEquals(program.pair, 1);
    program.test(packet([9]), { on });
    assertEquals(program.pair, 3);
  });

  it("conditionals: and, or, not, else, bits", () => {
    using program = new Conditions();
    const packets = [[4, 3], [1, 1], [1, 0], [4, 0], [3, 3]];
    const names = packets.map((bytes) => program.test(packet(bytes), { on }).name);
    assertEquals(names, ["DROP", "DROP", "PASS", "TX", "PASS"]);
  });

  it("a loop unrolled at generation", () => {
    using program = new Unrolled();
    program.test(Uint8Array.from({ length: 64 }, (_, i) => i), { on });
    assertEquals([...program.bytes], [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
  });

  it("sub-programs, whose variables user space reads and writes", () => {
    using program = new Parts();
    const [first, second] = program.parts;
    const state = () => [program.ar, program.aw, first.br, first.bw, second.br, second.bw, second.bf];
    program.test(packet(), { on });
    assertEquals(state(), [7, 11, 33, 36, 33, 36, 9.42857]);
    [first.br, program.ar, second.bf] = [3, 1111, 1.3];
    second.br *= 5;
    assertEquals([program.ar, first.br, second.br, second.bf], [1111, 3, 165, 1.3]);
    program.test(packet(), { on });
    // 198 / 3.5 is nearest to 56.57143; ebpfcat cuts it off.
    assertEquals(state(), [18, 22, 36, 39, 198, 201, 57.87143]);
  });

  it("local variables of sub-programs, each its own", () => {
    using program = new LocalParts();
    program.test(packet(), { on });
    assertEquals([...program.seen], [3, 7, 5]);
  });

  it("exit from anywhere", () => {
    using program = new Exits();
    assertEquals([0, 1].map((byte) => program.test(packet([byte]), { on }).name), ["DROP", "TX"]);
    assertEquals(program.after, 1);
  });

  it("helpers: time and random numbers", () => {
    using program = new Helpers();
    const seen = new Set<number>();
    for (let i = 0; i < 5; i++) {
      assertEquals(program.test(packet(), { on }).name, "PASS");
      seen.add(program.random);
    }
    assert(seen.size > 1 && program.time > 0n);
  });

  it("variables of base and derived classes, and super.program()", () => {
    using program = new Derived();
    program.test(packet(), { on });
    assertEquals([program.a, program.b], [3, 4]);
    program.a = 7;
    program.test(packet(), { on });
    assertEquals([program.a, program.b], [10, 8]);
  });

  it("a chain of wrappers, whose actions come back", () => {
    using program = new Wrapper();
    assertEquals([1, 2].map((byte) => program.test(packet([byte]), { on }).name), ["DROP", "TX"]);
    assertEquals(program.passed, 1);
  });

  it("a dictionary, filled by user space and read by it", () => {
    using program = new Dictionary();
    program.flows.set(7, { packets: 0, bytes: 0 });
    assertEquals([7, 8, 7].map((byte) => program.test(packet([byte]), { on }).name), ["PASS", "DROP", "PASS"]);
    assertEquals([...program.flows].map(([key, { packets, bytes }]) => [key, packets, bytes]), [[7, 2, 128]]);
  });

  it("a packet changed and sent back", () => {
    using program = new Swap();
    const { name, packet: after } = program.test(Uint8Array.from({ length: 64 }, (_, i) => i), { on });
    assertEquals([name, ...after.subarray(0, 13)], ["TX", 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 12]);
  });
}

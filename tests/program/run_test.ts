/**
 * Runs as plain JavaScript: no kernel, no permission, any system.
 *
 * @module
 */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  array,
  type ArrayView,
  be16,
  EbpfError,
  ErrorCode,
  globalVar,
  kernel,
  localVar,
  Packet,
  packetVar,
  SubProgram,
  u16,
  u32,
  u64,
  u8,
  XDP,
  type XdpAction,
} from "../../mod.ts";

class Count extends XDP {
  @globalVar(u32)
  accessor count = 0;
  @globalVar(u64)
  accessor bytes = 0n;
  @localVar(u8)
  accessor turns = 250;
  @packetVar(12, be16)
  accessor etherType!: number;

  program(packet: Packet) {
    this.count += 1;
    this.bytes += BigInt(packet.byteLength);
    this.turns += 3;
    if (this.etherType === 0x0800) return XDP.DROP;
    this.etherType = 0x1234;
  }
}

const ipv4 = new Uint8Array(14);
ipv4.set([0x08, 0x00], 12);

class Given extends XDP {
  constructor(readonly action: unknown) {
    super();
  }

  program(): XdpAction {
    if (this.action instanceof Error) throw this.action;
    return this.action as XdpAction;
  }
}

describe('test(packet, { on: "js" })', () => {
  it("calls program() and names its action", () => {
    const counter = new Count();
    const { action, name, packet, duration, thrown } = counter.test(ipv4, { on: "js" });
    assertEquals([action, name, thrown], [XDP.DROP, "DROP", undefined]);
    assertEquals(packet, ipv4);
    assert(Number.isInteger(duration) && duration >= 0);
    assertEquals([counter.count, counter.bytes], [1, 14n]);
  });

  it("is the default, and takes an ArrayBuffer", () => {
    assertEquals(new Count().test(ipv4.buffer).name, "DROP");
  });

  it("works on a copy of the packet, and gives what became of it", () => {
    const zeros = new Uint8Array(20);
    const { name, packet } = new Count().test(zeros);
    assertEquals([name, packet[12], packet[13], packet.length], ["PASS", 0x12, 0x34, 20]);
    assertEquals(zeros, new Uint8Array(20));
    assertEquals(new Count().test(new Uint8Array(40).subarray(10, 25)).packet.length, 15);
  });

  it("gives the packet and fresh locals to parts wherever they are", () => {
    class Part extends SubProgram {
      @packetVar(1, u8)
      accessor byte!: number;
      @localVar(u8)
      accessor sum = 3;
      add() {
        this.sum += this.byte;
        return this.sum;
      }
    }
    const captured = { part: new Part() };
    class Everywhere extends XDP {
      map = new Map([["a", new Part()]]);
      deep = { list: [{ part: new Part() }] };
      @globalVar(array(u32, 4))
      accessor sums!: ArrayView<number>;
      @kernel(() => ({ captured }))
      program() {
        const parts = [this.map.get("a")!, this.deep.list[0].part, captured.part, captured.part];
        parts.forEach((part, i) => this.sums[i] = part.add());
      }
    }
    const program = new Everywhere();
    program.test(Uint8Array.of(0, 7), { repeat: 2 });
    assertEquals([...program.sums], [10, 10, 10, 17]);
    program.test(Uint8Array.of(0, 8), { on: "vm", repeat: 2 });
    assertEquals([...program.sums], [11, 11, 11, 19]);
  });

  it("repeats on the same packet, with fresh locals each time", () => {
    class Steps extends XDP {
      @localVar(u16)
      accessor step = 5;
      @globalVar(u32)
      accessor sum = 0;
      program(packet: Packet) {
        this.step += 1;
        this.sum += this.step;
        packet.setUint8(0, packet.getUint8(0) + 1);
      }
    }
    const steps = new Steps();
    const { packet } = steps.test(ipv4, { repeat: 4 });
    assertEquals([steps.sum, packet[0], steps.step], [24, 4, 6]);
  });

  it("leaves with defaultAction beyond the packet's end, keeping what was done before", () => {
    const counter = new Count();
    assertEquals(counter.test(new Uint8Array(13)).name, "PASS");
    assertEquals(counter.count, 1);
    counter.defaultAction = XDP.TX;
    assertEquals(counter.test(new Uint8Array(13)).name, "TX");
  });

  it("leaves at once where minimumPacketSize is not reached: exactly so many bytes suffice", () => {
    class Minimum extends Count {
      override minimumPacketSize = 14;
      override defaultAction = XDP.DROP;
    }
    const counter = new Minimum();
    assertEquals([counter.test(new Uint8Array(13)).name, counter.count], ["DROP", 0]);
    assertEquals([counter.test(new Uint8Array(14)).name, counter.count], ["DROP", 1]);
  });

  it("aborts where the program throws, and tells what", () => {
    for (const error of [new Error("mine"), new RangeError("mine too")]) {
      const { name, action, thrown } = new Given(error).test(ipv4);
      assertEquals([name, action], ["ABORTED", 0]);
      assertStrictEquals(thrown, error);
    }
  });

  it("numbers unknown actions, as the kernel has them", () => {
    assertEquals([new Given(7).test(ipv4).name, new Given(-1).test(ipv4).action], ["7", 0xffff_ffff]);
    assertEquals(new Given(undefined).test(ipv4).name, "PASS");
  });

  it("refuses what is no action", () => {
    for (const [given, words] of [["PASS", '"PASS"'], [2n, "2n"], [true, "true"], [1.5, "1.5"], [null, "null"]]) {
      const error = assertThrows(() => new Given(given).test(ipv4), EbpfError, `program() gave ${words}, no action`);
      assertEquals(error.code, ErrorCode.TypeMismatch);
    }
  });

  it("gives the packet back to nobody afterwards", () => {
    const counter = new Count();
    const outside = () => {
      const error = assertThrows(() => counter.etherType, EbpfError, 'Cannot use "etherType" of "Count": no packet');
      assertEquals(error.code, ErrorCode.NoPacket);
    };
    outside();
    assertThrows(() => counter.etherType = 1, EbpfError, "no packet");
    counter.test(ipv4);
    outside();
    counter.test(new Uint8Array(3));
    outside();
  });

  it("is also a call by hand, for programs without packet variables", () => {
    class Hand extends XDP {
      @globalVar(u32)
      accessor first = 0;
      program(packet: Packet) {
        this.first = packet.getUint8(0);
        return XDP.TX;
      }
    }
    const hand = new Hand();
    assertEquals([hand.program(new Packet(Uint8Array.of(9))), hand.first], [XDP.TX, 9]);
  });

  it("can be made in the middle of another", () => {
    class Inner extends XDP {
      @packetVar(0, u8)
      accessor first!: number;
      seen: number[] = [];
      program(packet: Packet) {
        this.seen.push(this.first);
        if (packet.byteLength > 1) this.test(new Uint8Array(packet.byteLength - 1).fill(packet.byteLength - 1));
        this.seen.push(this.first);
      }
    }
    const inner = new Inner();
    inner.test(new Uint8Array(3).fill(3));
    assertEquals(inner.seen, [3, 2, 1, 1, 2, 3]);
  });
});

describe("programs that cannot run", () => {
  function refused(work: () => unknown, code: ErrorCode, words: string): void {
    assertEquals(assertThrows(work, EbpfError, words).code, code);
  }

  it("have no program()", () => {
    // deno-lint-ignore no-explicit-any -- TypeScript would say so
    class Nothing extends (XDP as any) {}
    const nothing = new Nothing() as XDP;
    refused(() => nothing.test(ipv4), ErrorCode.NoProgram, 'Cannot generate "Nothing": it has no method program()');
    refused(() => nothing.check(), ErrorCode.NoProgram, "it has no method program()");
  });

  it("are closed", () => {
    const counter = new Count();
    counter.close();
    for (const action of ["load", "check", "assemble", "disassemble"] as const) {
      refused(() => counter[action](), ErrorCode.Closed, `Cannot ${action} "Count": it is closed`);
    }
    refused(() => counter.test(ipv4), ErrorCode.Closed, 'Cannot test "Count": it is closed');
    refused(() => counter.test(ipv4, { on: "kernel" }), ErrorCode.Closed, 'Cannot test "Count": it is closed');
  });

  it("have settings that make no sense", () => {
    const set = (settings: object) => () => Object.assign(new Count(), settings).test(ipv4);
    refused(set({ defaultAction: 5 }), ErrorCode.InvalidArgument, "Cannot use 5 as defaultAction");
    refused(set({ defaultAction: "PASS" }), ErrorCode.InvalidArgument, 'Cannot use "PASS" as defaultAction');
    refused(set({ minimumPacketSize: -1 }), ErrorCode.InvalidArgument, "Cannot use -1 as minimumPacketSize");
    refused(set({ minimumPacketSize: 1.5 }), ErrorCode.InvalidArgument, "Cannot use 1.5 as minimumPacketSize");
  });

  it("are asked for what there is not", () => {
    refused(() => new Count().test(ipv4, { repeat: 0 }), ErrorCode.InvalidArgument, "Cannot run a program 0 times");
    refused(() => new Count().test(ipv4, { repeat: 1.5 }), ErrorCode.InvalidArgument, "Cannot run a program 1.5 times");
    const nowhere = "moon" as "js";
    refused(() => new Count().test(ipv4, { on: nowhere }), ErrorCode.InvalidArgument, 'Cannot test on "moon"');
  });
});

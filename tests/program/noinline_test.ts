/**
 * Functions that are emitted once: what they may do, on every engine, and which ones they are.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  EbpfError,
  ErrorCode,
  fixed,
  globalVar,
  i32,
  kernel,
  localVar,
  noinline,
  type Packet,
  u32,
  u64,
  XDP,
} from "../../mod.ts";
import { globals } from "../../src/program/memory.ts";
import { needsKernel } from "../support/kernel.ts";

const scramble = noinline((x: number, by: number) => Math.imul(x ^ (x >>> by), 0x85ebca6b) >>> 0);

/** Words in and out, and what is the same in all calls. */
class Words extends XDP {
  readonly base = 1000;
  @globalVar(i32)
  accessor sum = 0;
  @globalVar(u64)
  accessor wide = 0n;
  @globalVar(fixed)
  accessor half = 0;
  @globalVar(u32)
  accessor scrambled = 0;

  @noinline()
  add(x: number, y: number, negative: boolean) {
    const sum = x * 3 + y + this.base;
    return negative ? -sum : sum;
  }
  @noinline()
  join(high: number, low: bigint) {
    return BigInt.asUintN(64, BigInt(high) << 32n) | BigInt.asUintN(64, ~low);
  }
  @noinline()
  quarter(x: number, by: number) {
    return by === 0 ? 0 : by > 0.25 ? x * by : by;
  }

  @kernel(() => ({ scramble }))
  program(packet: Packet) {
    const first = packet.getUint8(0);
    this.sum = this.add(first, packet.getUint8(1), first > 100);
    this.sum += this.add(this.sum & 0xff, 7, this.sum < 0);
    this.wide = this.join(first, this.wide) ^ this.join(packet.getUint8(1), 5n);
    this.half = this.quarter(first, this.half) + this.quarter(7, 0.5 + first);
    this.scrambled = scramble(scramble(first, 15), 13);
  }
}

/** All ways to leave the program from within. */
class Leaves extends XDP {
  override defaultAction: 0 | 1 | 2 | 3 | 4 = XDP.TX;
  @globalVar(u32)
  accessor reached = 0;
  @globalVar(u64)
  accessor wide = 0n;

  @noinline()
  read(packet: Packet, offset: number) {
    const byte = packet.getUint8(offset + 4);
    if (byte === 7) throw new Error("seven");
    if (byte > 200) this.exit(packet.getUint8(offset) > 3 ? XDP.DROP : XDP.PASS);
    return byte - 100;
  }
  @noinline()
  readWide(packet: Packet, offset: number) {
    const word = packet.getBigUint64(offset);
    if (word === 3n) this.exit(XDP.ABORTED);
    return ~word;
  }
  @noinline()
  refuse(why: number): never {
    this.reached += why;
    this.exit(XDP.DROP);
  }
  @noinline()
  note(how: number) {
    this.reached += how;
  }

  program(packet: Packet) {
    let sum = this.read(packet, 0);
    this.note(1);
    sum += this.read(packet, 2) * 2 + this.read(packet, packet.getUint8(1) & 15);
    this.note(2);
    this.wide = this.readWide(packet, 0) ^ this.readWide(packet, 8);
    if (sum === 0) this.refuse(100);
    return XDP.PASS;
  }
}

/** Functions that call each other, loops in them, and calls in loops. */
class Nested extends XDP {
  @globalVar(u32)
  accessor sum = 0;

  @noinline()
  outer(packet: Packet, from: number) {
    let sum = 0;
    for (let i = 0; i < 20; i++) sum += this.inner(packet, from + i);
    return sum;
  }
  @noinline()
  inner(packet: Packet, at: number) {
    let bits = packet.getUint8(at);
    let count = 0;
    for (let i = 0; i < 50; i++) {
      if (bits & 1) count++;
      bits = (bits >>> 1) ^ (i & 3);
    }
    return count;
  }

  program(packet: Packet) {
    let sum = 0;
    for (let i = 0; i < 5000; i++) sum = this.step(sum, i);
    this.sum = this.outer(packet, packet.getUint8(0) & 7) + sum;
  }
  @noinline()
  step(sum: number, i: number) {
    return (sum ^ (i * 5)) & 0xffff;
  }
}

/** Too little stack for frames of their own. */
class Deep extends XDP {
  @globalVar(u32)
  accessor sum = 0;

  program(packet: Packet) {
    this.sum = this.a(packet, 1) + this.a(packet, 2);
  }
  @noinline()
  a(packet: Packet, x: number): number {
    return this.b(packet, x) + this.b(packet, x + 1);
  }
  @noinline()
  b(packet: Packet, x: number): number {
    return this.c(packet, x) + this.c(packet, x + 1);
  }
  @noinline()
  c(packet: Packet, x: number): number {
    return this.d(packet, x) + this.d(packet, x + 1);
  }
  @noinline()
  d(packet: Packet, x: number): number {
    return this.e(packet, x) + this.e(packet, x + 1);
  }
  @noinline()
  e(packet: Packet, x: number): number {
    return this.f(packet, x) + this.f(packet, x + 1);
  }
  @noinline()
  f(packet: Packet, x: number): number {
    return this.g(packet, x) + this.g(packet, x + 1);
  }
  @noinline()
  g(packet: Packet, x: number): number {
    return this.h(packet, x) * 2;
  }
  @noinline()
  h(packet: Packet, x: number): number {
    return packet.getUint8(x) & 1;
  }
}

const CASES = { Words, Leaves, Nested, Deep };

function packets(): Uint8Array[] {
  const bytes = (length: number, first: readonly number[]) =>
    Uint8Array.from({ length }, (_, i) => first[i] ?? (i * 37 + 11) & 0xff);
  return [
    bytes(64, []),
    bytes(64, [200, 3, 0, 1, 5, 7, 100, 100, 100, 100]),
    bytes(64, [4, 3, 0, 0, 250]),
    bytes(64, [1, 3, 0, 0, 250]),
    bytes(64, [1, 3, 0, 0, 7]),
    bytes(64, [100, 2, 100, 100, 100, 100, 100, 100, 100]),
    bytes(64, [0, 0, 0, 0, 0, 0, 0, 3, 0, 0]),
    bytes(14, [9, 0, 9, 9, 9, 9, 9, 9, 9]),
    bytes(20, [9, 15]),
  ];
}

/** What an engine makes of a packet. */
function outcome(Class: new () => XDP, packet: Uint8Array, on: "js" | "vm" | "kernel") {
  using program = new Class();
  const { action, packet: left } = program.test(packet, { on });
  const { buffer, byteOffset, byteLength } = program[globals];
  return { action, left, variables: new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength)).slice(0, 64) };
}

function compare(on: "vm" | "kernel"): void {
  for (const [title, Class] of Object.entries(CASES)) {
    it(`run as JavaScript does: ${title}`, () => {
      for (const packet of packets()) {
        const [actual, expected] = [outcome(Class, packet, on), outcome(Class, packet, "js")];
        const size = Math.min(actual.variables.length, expected.variables.length);
        assertEquals(
          { ...actual, variables: actual.variables.slice(0, size) },
          { ...expected, variables: expected.variables.slice(0, size) },
          `[${packet}]`,
        );
      }
    });
  }
}

describe("functions of the machine in the virtual machine", () => compare("vm"));
describe("functions of the machine in the kernel", needsKernel(), () => compare("kernel"));

/** The code of a program. */
function code(Class: new () => XDP): string {
  return new Class().disassemble();
}

describe("noinline()", () => {
  it("makes one function, however many calls there are", () => {
    const text = code(Words);
    assertEquals(text.match(/^add:$/gm)?.length, 1);
    assertEquals(text.match(/call add$/gm)?.length, 2);
  });

  it("gives way where the stack does not suffice", () => assertEquals(code(Deep).includes("call "), false));

  it("refuses what cannot be a function of its own, at the call", () => {
    class Local extends XDP {
      @localVar(u32)
      accessor tmp = 0;
      @noinline()
      use(x: number) {
        return this.tmp + x;
      }
      program(packet: Packet) {
        return this.use(packet.getUint8(0)) === 0 ? XDP.DROP : XDP.PASS;
      }
    }
    class Callback extends XDP {
      @noinline()
      use(f: () => number) {
        return f();
      }
      program(packet: Packet) {
        return this.use(() => packet.getUint8(0)) === 0 ? XDP.DROP : XDP.PASS;
      }
    }
    class Many extends XDP {
      @noinline()
      use(packet: Packet, ...words: number[]) {
        return packet.getUint8(0) + words.reduce((sum, word) => sum + word);
      }
      program(packet: Packet) {
        const word = (i: number) => packet.getUint8(i);
        return this.use(packet, word(0), word(1), word(2), word(3), word(4)) === 0 ? XDP.DROP : XDP.PASS;
      }
    }
    const reasons: readonly (readonly [new () => XDP, RegExp])[] = [
      [Local, /Cannot make use\(\) a function of its own: it uses tmp, a local variable/],
      [Callback, /it is called with a function/],
      [Many, /it takes 6 arguments/],
    ];
    for (const [Class, why] of reasons) {
      const error = assertThrows(() => new Class().check(), EbpfError);
      assertEquals(error.code, ErrorCode.UnsupportedSyntax);
      assertMatch(error.message, why);
      assertStringIncludes(error.message, "noinline_test.ts");
    }
  });

  it("refuses what is no method or function", () => {
    assertThrows(() => noinline(5 as never), EbpfError, "it is no function");
    assertThrows(() => noinline()((() => 0) as never, { kind: "getter", name: "x" } as never), EbpfError, "getter");
  });
});

describe("a large function", () => {
  abstract class Large extends XDP {
    @globalVar(u32)
    accessor sum = 0;
    large(packet: Packet, at: number) {
      let sum = 0;
      for (let i = 0; i < 8; i++) sum += packet.getUint8(at + i) * (i + 1) ^ (sum << 1);
      for (let i = 0; i < 8; i++) sum ^= packet.getUint8(at + 7 - i) << i;
      return sum & 0xffff;
    }
    small(x: number) {
      return x * 2 + 1;
    }
  }
  class Twice extends Large {
    program(packet: Packet) {
      this.sum = this.small(this.large(packet, 0)) + this.small(this.large(packet, packet.getUint8(0) & 7));
    }
  }
  class Once extends Large {
    program(packet: Packet) {
      this.sum = this.small(this.large(packet, packet.getUint8(0) & 7));
    }
  }

  it("is emitted once if it is called more than once", () => {
    assertEquals(code(Twice).match(/call \w+/g), ["call large", "call large"]);
    assertEquals(code(Once).includes("call "), false);
  });
});

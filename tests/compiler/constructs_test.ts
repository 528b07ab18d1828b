/**
 * Every operator, statement and type of variable at least once, together as people write them: the same on all engines.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  array,
  type ArrayView,
  be32,
  be64,
  bits,
  bool,
  fixed,
  globalVar,
  i32,
  i64,
  type Infer,
  kernel,
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
import { agree, packetOf } from "../support/engines.ts";

const mixed = Uint8Array.from({ length: 64 }, (_, i) => (i * 197 + 91) & 255);
const packets = [
  packetOf(),
  packetOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
  mixed,
  new Uint8Array(64).fill(255),
  packetOf(7, 0, 9, 0, 200, 3),
  packetOf(128, 1).subarray(0, 14),
];

abstract class Results extends XDP {
  @globalVar(u32)
  accessor word = 0;
  @globalVar(i32)
  accessor signed = 0;
  @globalVar(u64)
  accessor wide = 0n;
  @globalVar(i64)
  accessor balance = 0n;
  @globalVar(fixed)
  accessor ratio = 0;
  @globalVar(bool)
  accessor flag = false;
  @globalVar(array(i32, 16))
  accessor numbers!: ArrayView<number>;
  @globalVar(array(u64, 8))
  accessor bigints!: ArrayView<bigint>;
  @globalVar(array(fixed, 8))
  accessor decimals!: ArrayView<number>;

  protected set all(values: readonly number[]) {
    this.numbers = values as unknown as ArrayView<number>;
  }
}

describe("operators", () => {
  it("on numbers", () => {
    class Numbers extends Results {
      program(packet: Packet) {
        const [x, y, z] = [packet.getUint8(0), packet.getInt8(1), packet.getUint8(2) || 1];
        const products = [x * y, x % z, x ** 2, Math.trunc(y / z), -x, +y, ~x];
        const bits = [x & y, x | y, x ^ y, x << 3, x >> 1, y >>> 1, x << y];
        this.all = [x + y, x - y, ...products, ...bits];
      }
    }
    agree(() => new Numbers(), packets);
  });

  it("of Math and its like", () => {
    class Functions extends Results {
      program(packet: Packet) {
        const [x, y, z] = [packet.getUint8(0), packet.getInt8(1), packet.getInt8(2) || 1];
        const rounded = [Math.floor(y / z), Math.ceil(y / z), Math.round(y / z), Math.trunc(y / z)];
        const chosen = [Math.abs(y), Math.min(x, y, z), Math.max(x, y, z), Math.sign(y), Math.pow(y, 3)];
        const bits = [Math.imul(x * 65537, y * 65537), Math.clz32(y)];
        this.all = [
          ...rounded,
          ...chosen,
          ...bits,
          Number(x > 5),
          Number(Number.isInteger(x)),
          Number(isNaN(y)),
          y % z,
        ];
      }
    }
    agree(() => new Functions(), packets);
  });

  it("on bigints", () => {
    class Bigints extends Results {
      program(packet: Packet) {
        const [x, y, n] = [packet.getBigUint64(0), packet.getBigInt64(1), BigInt(packet.getUint8(3)) & 63n];
        const wrapped = [x + BigInt.asUintN(64, y), x << n, -x, ~x].map((value) => BigInt.asUintN(64, value));
        this.bigints = [...wrapped, x & 0xffn, x >> n, x % 7n, x / 9n] as unknown as ArrayView<bigint>;
        this.balance = y / -3n;
        this.flag = x > 5;
        this.word = Number(x & 0xffffffffn);
        this.signed = Number(BigInt.asIntN(32, y));
        this.wide = BigInt.asUintN(16, x) ** 3n;
      }
    }
    agree(() => new Bigints(), packets);
  });

  it("that compare", () => {
    class Comparisons extends Results {
      program(packet: Packet) {
        const x = packet.getUint8(0);
        const [unsigned, signed] = [packet.getBigUint64(0), packet.getBigInt64(0)];
        const [i, u] = [packet.getInt32(0), packet.getUint32(0)];
        const exact = [unsigned > x, signed < x, unsigned === signed, i < u, i === u, signed <= unsigned, u >= i];
        this.all = [...exact, i > signed, x > 1.5, !x, Boolean(signed), (x & 3) !== 0, x < 9 && u > 3 || i < 0].map(
          Number,
        );
      }
    }
    agree(() => new Comparisons(), packets);
  });

  it("that assign", () => {
    class Assigns extends Results {
      program(packet: Packet) {
        let x = packet.getUint8(0);
        x += 3, x -= 1, x *= 2, x %= 100, x <<= 2, x >>= 1, x >>>= 0, x &= 0xff, x |= 1, x ^= 5, x **= 2;
        let y: number | undefined;
        y ??= x;
        y ||= 3;
        y &&= y + 1;
        let half = packet.getInt8(1);
        half /= 2;
        this.ratio = half;
        this.word = x;
        this.signed = y;
        this.all = [this.word++, ++this.word, this.word--, --this.signed, this.signed += 5];
        this.flag ||= x > 3;
        this.flag &&= x < 200;
        this.wide += 3n;
        this.wide |= 8n;
        this.wide ^= 1n;
        this.wide &= 0xfffn;
        this.wide <<= 1n;
        this.wide >>= 1n;
        this.wide *= 3n;
        this.wide %= 1000n;
        this.wide /= 2n;
        this.wide **= 2n;
        this.wide -= 1n;
      }
    }
    agree(() => new Assigns(), packets);
  });

  it("on decimals", () => {
    class Decimals extends Results {
      @localVar(fixed)
      accessor local = 1.5;
      program(packet: Packet) {
        const [x, y] = [packet.getInt8(0), packet.getInt8(1) || 1];
        this.ratio = x / y;
        this.local += x;
        const { ratio } = this;
        const sums = [
          ratio * 2.5,
          ratio - 0.00001,
          -ratio,
          Math.abs(ratio),
          ratio % 1.5,
          this.local / 3,
          ratio + x,
          x * 0.25,
        ];
        this.decimals = sums as unknown as ArrayView<number>;
        const rounded = [Math.floor(ratio), Math.ceil(ratio), Math.round(ratio), Math.trunc(ratio), Math.sign(ratio)];
        this.all = [...rounded, Number(ratio > 0.5), Number(ratio === 1), Number(ratio <= x)];
        this.signed = ratio;
        this.balance = BigInt(Math.trunc(ratio * 7));
        this.ratio -= 2;
        this.ratio *= 3;
        this.ratio /= 7;
        this.ratio %= 5;
        this.ratio++;
      }
    }
    agree(() => new Decimals(), packets);
  });
});

describe("statements", () => {
  it("of all kinds", () => {
    class Statements extends Results {
      program(packet: Packet): XdpAction | void {
        let n = 0;
        outer: for (let i = 0; i < 5; i++) {
          for (let j = 0; j < 5; j++) {
            if (packet.getUint8(i) === j) continue outer;
            if (i + j > 7) break outer;
            n += i * j;
          }
        }
        let k = 10;
        while (k > 3) {
          k--;
          if (k === packet.getUint8(0)) break;
          n++;
        }
        do {
          k += 2;
          n += k;
        } while (k < 9);
        switch (packet.getUint8(0)) {
          case 1:
            n += 1; // falls through
          case 2:
            n += 2;
            break;
          default:
            n += 4; // falls through
          case 255:
            n += 8;
        }
        block: {
          if (packet.getUint8(1) > 3) break block;
          n += 1000;
        }
        const [a, , b = 4, ...c] = [1, 2, undefined, 5, 6];
        const { x, y: { z = 3 } = {} } = { x: 9 } as { x: number; y?: { z?: number } };
        let u = 0;
        n += (u = 3, u + 1) + a + b + c.length + x + z;
        for (const [i, v] of [10, 20].entries()) n += i * v;
        for (const v of this.numbers) n += v;
        this.numbers[3] = n;
        this.word = n;
        if (packet.getUint8(0) === 7) throw new Error("seven");
        if (packet.getUint8(0) === 128) return;
        return packet.getUint8(0) > 100 ? XDP.DROP : XDP.TX;
      }
    }
    const { actions } = agree(() => new Statements(), packets);
    assertEquals(actions, ["TX", "TX", "TX", "DROP", "ABORTED", "PASS"]);
  });
});

const Inner = struct({ a: u8, b: u32 });
const Outer = struct({ f: bits(3), g: bits(1), h: bits(12), inner: Inner, list: array(u16, 3), n: be32 });
const Packed = struct({ a: u8, b: u32, c: be64 }, { packed: true });

describe("variables", () => {
  it("are structs, bit fields, arrays and their like, everywhere", () => {
    class Structs extends Results {
      @globalVar(Outer)
      accessor outer!: Infer<typeof Outer>;
      @globalVar(Packed)
      accessor packed!: Infer<typeof Packed>;
      @localVar(Outer)
      accessor local!: Infer<typeof Outer>;
      @packetVar(1, Packed)
      accessor header!: Infer<typeof Packed>;
      @globalVar(array(Packed, 3))
      accessor many!: ArrayView<Infer<typeof Packed>>;

      program(packet: Packet) {
        const { outer } = this;
        outer.f = packet.getUint8(0);
        outer.g = packet.getUint8(0) > 3;
        outer.h += 5;
        outer.inner.b += 7;
        outer.inner.a--;
        outer.list[packet.getUint8(1) & 3] = 9;
        outer.n = outer.n + 1;
        this.local = outer;
        this.local.inner = { a: 5, b: 6 };
        this.packed.a = this.local.inner.a;
        this.packed.c += 3n;
        const { inner: { b }, list: [first, second] } = outer;
        this.word = b + first + second;
        this.header = this.packed;
        this.many[packet.getUint8(2) & 3] = this.packed;
        this.many[1].b += this.local.h;
        this.signed = this.local.f;
      }
    }
    agree(() => new Structs(), packets);
  });

  it("belong to parts, their base classes, and other programs", () => {
    class Part extends SubProgram {
      @localVar(u8)
      accessor local = 3;
      @globalVar(u32)
      accessor sum = 1;
      @globalVar(array(u8, 3))
      accessor table = [1, 2, 3] as unknown as ArrayView<number>;
      inner?: Part;
      constructor(readonly offset: number) {
        super();
      }
      go(packet: Packet) {
        this.local += packet.getUint8(this.offset);
        this.sum += this.local;
        this.table[this.offset] = this.sum;
        this.inner?.go(packet);
        if (this.sum > 500) this.exit(XDP.DROP);
      }
    }
    class Derived extends Part {
      @globalVar(u32)
      accessor extra = 0;
      override go(packet: Packet) {
        super.go(packet);
        this.extra++;
      }
    }
    class Other extends XDP {
      @globalVar(u32)
      accessor count = 2;
      @localVar(u16)
      accessor local = 9;
      add() {
        this.count += 3;
        return this.local;
      }
      program() {}
    }
    class Parts extends Results {
      parts = [new Part(0), new Part(1), new Derived(2)];
      one = Object.assign(new Part(3), { inner: new Derived(0) });
      other = new Other();
      again = this.other;
      program(packet: Packet) {
        for (const part of this.parts) part.go(packet);
        this.one.go(packet);
        this.other.count += 1;
        this.other.local += packet.getUint8(0);
        this.word = this.one.inner.sum + this.again.add();
      }
    }
    const { program } = agree(() => new Parts(), packets);
    assertEquals(program.other.count, 2 + 6 * 4);
  });
});

const STEP = 7;
const add = kernel(() => ({ STEP }), (a: number, b = STEP, ...c: readonly number[]) => a + b + c.length);
const until = (limit: number) => {
  let sum = 0;
  for (let i = 0; i < 10; i++) {
    if (i === limit) return sum;
    sum += i;
  }
  return -1;
};

describe("methods of arrays", () => {
  it("begin where they are told, and count from there", () => {
    class Searches extends Results {
      list = [1, 2, 3, 2, 1];
      program(packet: Packet) {
        const x = packet.getUint8(0) & 3;
        const { list } = this;
        const places = [
          list.indexOf(x, 2),
          list.indexOf(x, -2),
          Number(list.includes(x, 3)),
          Number(list.includes(x, -9)),
        ];
        const weighted = [list.reduce((sum, n, i) => sum + n * i * x), list.reduce((sum, n, i) => sum + n * i * x, 5)];
        const lengths = [list.reduce((sum, _, __, all) => sum + all.length, x)];
        this.all = [...places, ...weighted, ...lengths];
      }
    }
    agree(() => new Searches(), packets);
  });
});

describe("functions", () => {
  it("are captured, local, passed on and given to arrays", () => {
    class Functions extends Results {
      list = [3, 4, 5];
      @kernel(() => ({ add, until }))
      program(packet: Packet) {
        const x = packet.getUint8(0);
        const count = (n: number) => {
          this.word += n;
          return n * 2;
        };
        function inner(n: number) {
          return n + packet.getUint8(2);
        }
        const { list } = this;
        const found = [list.some((n) => n === x), list.every((n) => n > x), list.includes(x)].map(Number);
        const places = [list.indexOf(x), list.findIndex((n) => n > x), list.filter((n) => n > 3).length];
        const sums = [
          list.map((n, i) => n * i * x).reduce((a, b) => a + b),
          [...list, x].reduce((a, b) => Math.max(a, b)),
        ];
        list.forEach((n) => {
          this.signed += n;
        });
        this.all = [add(x), add(1, 2, 3, 4), until(x), count(3), inner(5), ...found, ...places, ...sums];
      }
    }
    agree(() => new Functions(), packets);
  });
});

/**
 * Structs, arrays and bit fields in programs: the same as plain JavaScript and in the kernel.
 *
 * @module
 */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  array,
  type ArrayView,
  be16,
  be32,
  bits,
  bool,
  EbpfError,
  ErrorCode,
  globalVar,
  i16,
  type Infer,
  localVar,
  type Packet,
  packetVar,
  struct,
  u16,
  u32,
  u64,
  u8,
  XDP,
} from "../../mod.ts";
import { needsKernel } from "../support/kernel.ts";

const Flow = struct({ packets: u64, bytes: u64 });
type Flow = Infer<typeof Flow>;
const Mixed = struct({
  tag: u8,
  version: bits(4),
  length: bits(4),
  urgent: bits(1),
  sequence: bits(13),
  port: be16,
  flow: Flow,
  sizes: array(i16, 3),
});
type Mixed = Infer<typeof Mixed>;
const Packed = struct({ a: u8, b: u32, c: bits(7), d: bits(9), e: u64 }, { packed: true });
const Header = struct({ destination: array(u8, 6), source: array(u8, 6), etherType: be16 });

const packet = Uint8Array.from({ length: 64 }, (_, i) => i);

/** Runs a program as JavaScript and in the kernel; what its variables, its action and the packet are must be the same. */
function both<T extends XDP>(create: () => T, bytes = packet): T {
  using plain = create();
  using loaded = create();
  const [expected, actual] = [plain.test(bytes), loaded.test(bytes, { on: "kernel" })];
  assertEquals(state(loaded), state(plain));
  assertEquals([actual.name, [...actual.packet]], [expected.name, [...expected.packet]]);
  const result = create();
  result.test(bytes);
  return result;
}

/** The shared variables' values: those that begin with `local` are no business of the kernel's. */
function state(program: XDP): string {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(program)).filter((name) =>
    !/^(local|p[A-Z])/.test(name)
  );
  const values = names.map((name) => [name, Reflect.get(program, name)]).filter(([, value]) =>
    typeof value !== "function"
  );
  return JSON.stringify(values, (_, value) => typeof value === "bigint" ? `${value}n` : value, 1);
}

describe("arrays", needsKernel(), () => {
  it("count at a run-time index, atomically, and drop what is outside", () => {
    class Sizes extends XDP {
      @globalVar(array(u32, 4))
      accessor histogram!: ArrayView<number>;
      @globalVar(u32)
      accessor outside = 7;

      program(packet: Packet) {
        for (const shift of [0, 4, 5, 6, 60]) this.histogram[packet.byteLength >> shift]++;
        this.histogram[packet.byteLength - 65] += 1;
        this.outside = this.histogram[1000] + this.histogram[-1];
        this.histogram[4] = 9;
      }
    }
    const { histogram, outside } = both(() => new Sizes());
    assertEquals([[...histogram], outside], [[1, 1, 1, 0], 0]);
    assertStringIncludes(new Sizes().disassemble(), "lock");
  });

  it("give their length, and what op= gives", () => {
    class Table extends XDP {
      @globalVar(array(u16, 3))
      accessor table: ArrayView<number> = [1, 0xffff, 3];
      @globalVar(array(u64, 4))
      accessor results!: ArrayView<bigint>;

      program(packet: Packet) {
        const one = packet.getUint8(1);
        this.results[0] = BigInt(this.table[one] += 2);
        this.results[1] = BigInt(this.table[one]++);
        this.results[2] = BigInt(--this.table[one + 1]);
        this.results[3] += BigInt(this.table.length);
        this.results[one - 2] -= 5n;
      }
    }
    assertEquals([...both(() => new Table()).results], [65537n, 1n, 2n, 3n]);
  });

  it("of arrays and of structs", () => {
    class Grid extends XDP {
      @globalVar(array(array(u8, 3), 5))
      accessor grid!: ArrayView<ArrayView<number>>;
      @globalVar(array(Flow, 3))
      accessor flows!: ArrayView<Flow>;

      program(packet: Packet) {
        const x = packet.getUint8(2);
        for (let y = 0; y < 6; y++) this.grid[y][x] = y + 1;
        this.grid[x][3] = 100;
        const flow = this.flows[x - 1];
        flow.packets += 1n;
        flow.bytes += BigInt(packet.byteLength);
        this.flows[x + 1].packets = 5n;
        this.flows[0].packets = this.flows[x].packets + this.flows[x - 1].bytes;
      }
    }
    const { grid, flows } = both(() => new Grid());
    assertEquals([...grid].map((row) => row[2]), [1, 2, 3, 4, 5]);
    assertEquals([flows[0].packets, flows[1].packets, flows[1].bytes], [64n, 1n, 64n]);
  });

  it("are looped over, short ones and long ones", () => {
    class Sums extends XDP {
      @globalVar(array(u32, 200))
      accessor long!: ArrayView<number>;
      @globalVar(array(Flow, 3))
      accessor short!: ArrayView<Flow>;
      @globalVar(u64)
      accessor sum = 0n;

      program() {
        for (let i = 0; i < this.long.length; i++) this.long[i] = i;
        for (const element of this.long) {
          if (element === 150) continue;
          if (element > 180) break;
          this.sum += BigInt(element);
        }
        for (const flow of this.short) flow.packets += this.sum;
        for (const { packets } of this.short) this.sum += packets;
      }
    }
    const { sum, short } = both(() => new Sums());
    assertEquals([sum, short[2].packets], [64560n, 16140n]);
  });

  it("are copied whole, from variables and from arrays", () => {
    class Copies extends XDP {
      @globalVar(array(u32, 100))
      accessor from!: ArrayView<number>;
      @globalVar(array(u32, 100))
      accessor to!: ArrayView<number>;
      @globalVar(array(u8, 5))
      accessor few: ArrayView<number> = [9, 9, 9, 9, 9];

      program(packet: Packet) {
        this.from[99] = packet.byteLength;
        this.from[1] = 5;
        this.to = this.from;
        this.from = [];
        this.few = [1, packet.getUint8(3), 2];
      }
    }
    const { from, to, few } = both(() => new Copies());
    assertEquals([[...few], to[1], to[99], from[99]], [[1, 3, 2, 0, 0], 5, 64, 0]);
  });
});

describe("large arrays", needsKernel(), () => {
  const Padded = struct({ a: u8, b: u16, c: bits(5), d: bool });
  const Large = struct({ count: u32, list: array(Padded, 30), total: u64 });

  it("are copied and cleared in loops, their padding left alone", () => {
    class Copies extends XDP {
      @globalVar(array(Padded, 2000))
      accessor from!: ArrayView<Infer<typeof Padded>>;
      @globalVar(array(Padded, 2000))
      accessor to!: ArrayView<Infer<typeof Padded>>;
      @globalVar(array(u64, 20_000))
      accessor words!: ArrayView<bigint>;
      @globalVar(Large)
      accessor first!: Infer<typeof Large>;
      @globalVar(Large)
      accessor second!: Infer<typeof Large>;
      @packetVar(1, Large)
      accessor pLarge!: Infer<typeof Large>;

      program(packet: Packet) {
        const last = this.from.length - 1;
        this.from[last].b = packet.byteLength;
        this.from[packet.getUint8(9)].d = true;
        this.to = this.from;
        this.from = [{ a: 1, b: 2, c: 3, d: true }];
        this.words[19_999] = 5n;
        this.words[0] = 6n;
        this.words = [this.words[19_999]];
        this.first = this.pLarge;
        this.second = this.first;
        this.first = { count: 1, list: [], total: 2n };
      }
    }
    const long = Uint8Array.from({ length: 300 }, (_, i) => 7 * i);
    const { from, to, words, first, second } = both(() => new Copies(), long);
    assertEquals([to[1999].b, to[63].d, from[0].c, from[1999].b], [300, true, 3, 0]);
    assertEquals([words[0], words[19_999], first.total, second.list[29].b], [5n, 0n, 2n, 0xfaf3]);
  });

  it("are copied within the packet, also over each other", () => {
    class Shift extends XDP {
      @packetVar(0, array(Padded, 20))
      accessor pFirst!: ArrayView<Infer<typeof Padded>>;
      @packetVar(3, array(Padded, 20))
      accessor pSecond!: ArrayView<Infer<typeof Padded>>;

      program(packet: Packet) {
        if (packet.getUint8(0) === 0) this.pFirst = this.pSecond;
        else this.pSecond = this.pFirst;
      }
    }
    const long = Uint8Array.from({ length: 130 }, (_, i) => 7 * i);
    both(() => new Shift(), long);
    both(() => new Shift(), long.with(0, 1));
    both(() => new Shift(), long.slice(0, 121));
  });
});

describe("indexes", () => {
  abstract class Table extends XDP {
    @globalVar(array(u32, 64))
    accessor table!: ArrayView<number>;
    @globalVar(u16)
    accessor word = 0;
    @globalVar(u8)
    accessor byte = 0;
    @globalVar(array(u32, 256))
    accessor large!: ArrayView<number>;
  }

  const tests: readonly (readonly [string, number, new () => Table])[] = [
    [
      "are compared once where they may be outside",
      1,
      class extends Table {
        program() {
          this.table[this.word] += 1;
        }
      },
    ],
    [
      "are not compared behind a mask",
      0,
      class extends Table {
        program() {
          this.table[this.word & 63] += 1;
        }
      },
    ],
    [
      "are not compared where their size says enough",
      0,
      class extends Table {
        program() {
          this.large[this.byte] += 1;
        }
      },
    ],
    [
      "are not compared again after the program's own test",
      1,
      class extends Table {
        program() {
          const { word } = this;
          if (word < 60) this.table[word] += 1;
        }
      },
    ],
    [
      "are compared where only the language knows that they are inside",
      1,
      class extends Table {
        program() {
          this.table[this.word % 60] += 1;
        }
      },
    ],
    [
      "are compared again behind a shift by a variable, of which the verifier knows nothing",
      1,
      class extends Table {
        program() {
          this.table[63 >> this.byte] += 1;
        }
      },
    ],
  ];
  for (const [text, count, Program] of tests) {
    it(text, () => assertEquals(new Program().disassemble().match(/\d: if /g)?.length ?? 0, count));
    it(`${text}, and load`, needsKernel(), () => void both(() => new Program()));
  }
});

describe("structs", needsKernel(), () => {
  it("have fields of all kinds", () => {
    class All extends XDP {
      @globalVar(Mixed)
      accessor mixed!: Mixed;
      @globalVar(Packed)
      accessor packed!: Infer<typeof Packed>;

      program(packet: Packet) {
        const { mixed, packed } = this;
        mixed.tag -= 1;
        mixed.version = packet.byteLength;
        mixed.length += 17;
        mixed.urgent = packet.byteLength > 10;
        mixed.sequence = 0x1fff & (packet.byteLength << 7);
        mixed.sequence++;
        mixed.port = packet.getUint16(12);
        mixed.port += 1;
        mixed.flow.packets -= 1n;
        mixed.sizes[2] = -packet.byteLength;
        if (mixed.urgent && mixed.sequence !== 0) mixed.flow.bytes |= 1n << 40n;
        packed.b = 0xdeadbeef;
        packed.c = 0x7f;
        packed.d = 0x155;
        packed.c ^= 0x2a;
        packed.e = 0x123456789abcdefn;
      }
    }
    const { mixed, packed } = both(() => new All());
    assertEquals(
      [mixed.tag, mixed.version, mixed.length, mixed.urgent, mixed.sequence, mixed.port, mixed.flow.bytes],
      [255, 0, 1, true, 1, 0x0c0e, 1n << 40n],
    );
    assertEquals([packed.a, packed.b, packed.c, packed.d, packed.e], [0, 0xdeadbeef, 0x55, 0x155, 0x123456789abcdefn]);
  });

  it("are copied when assigned, and snapshot when taken apart", () => {
    class Copies extends XDP {
      @globalVar(Flow)
      accessor first: Flow = { packets: 1n, bytes: 2n };
      @globalVar(Flow)
      accessor second!: Flow;
      @globalVar(Mixed)
      accessor mixed!: Mixed;
      @globalVar(Mixed)
      accessor other!: Mixed;

      program(packet: Packet) {
        const { packets, bytes } = this.first;
        this.second = this.first;
        this.first.packets += 10n;
        this.first = { packets: this.first.bytes, bytes: this.first.packets };
        this.second.bytes += packets + bytes;
        this.mixed = {
          tag: packet.getUint8(5),
          version: 4,
          length: 5,
          urgent: true,
          sequence: packet.byteLength,
          port: 80,
          flow: this.second,
          sizes: [1, 2, packet.getUint8(1)],
        };
        this.other = this.mixed;
        this.mixed.flow.packets = 0n;
        [this.mixed.sizes[0], this.mixed.sizes[1]] = [this.mixed.sizes[1], this.mixed.sizes[0]];
        ({ packets: this.mixed.flow.bytes } = this.first);
      }
    }
    const { first, second, mixed, other } = both(() => new Copies());
    assertEquals([first.packets, first.bytes, second.packets, second.bytes], [2n, 11n, 1n, 5n]);
    assertEquals([other.flow.packets, other.sequence, other.urgent, [...other.sizes]], [1n, 64, true, [1, 2, 1]]);
    assertEquals([[...mixed.sizes], mixed.flow.bytes], [[2, 1, 1], 2n]);
  });

  it("pass to functions, and are chosen among", () => {
    class Chosen extends XDP {
      @globalVar(Flow)
      accessor small!: Flow;
      @globalVar(Flow)
      accessor large!: Flow;
      @globalVar(array(Flow, 2))
      accessor flows!: ArrayView<Flow>;

      count(flow: Flow, packet: Packet): Flow {
        flow.packets += 1n;
        flow.bytes += BigInt(packet.byteLength);
        return flow;
      }

      program(packet: Packet) {
        const flow = packet.byteLength > 100 ? this.large : this.small;
        this.count(flow, packet);
        this.count(this.flows[1], packet).bytes += 1n;
        let other = this.flows[0];
        if (packet.getUint8(0) === 0) other = flow;
        other.packets |= 4n;
        return this.small.packets > 0n ? XDP.DROP : XDP.PASS;
      }
    }
    const { small, large, flows } = both(() => new Chosen());
    assertEquals([small.packets, small.bytes, large.packets, flows[1].bytes], [5n, 64n, 0n, 65n]);
  });

  it("lie in the packet, too", () => {
    class Swap extends XDP {
      @packetVar(0, Header)
      accessor pHeader!: Infer<typeof Header>;
      @packetVar(14, array(be16, 4))
      accessor pWords!: ArrayView<number>;
      @globalVar(Header)
      accessor header!: Infer<typeof Header>;
      @globalVar(u32)
      accessor sum = 0;

      program(packet: Packet) {
        this.header = this.pHeader;
        this.pHeader.destination = this.pHeader.source;
        this.pHeader.source = this.header.destination;
        this.pHeader.etherType += 1;
        this.sum = this.pWords[packet.getUint8(1)] + this.pWords[packet.getUint8(9)];
        this.pWords[packet.getUint8(2)] = 0xbeef;
      }
    }
    const { header, sum } = both(() => new Swap());
    assertEquals([[...header.source], header.etherType, sum], [[6, 7, 8, 9, 10, 11], 0x0c0d, 0x1415]);
    for (const length of [14, 17, 18, 22]) both(() => new Swap(), packet.slice(0, length));
  });
});

describe("local structs and arrays", needsKernel(), () => {
  it("begin anew with each packet", () => {
    class Locals extends XDP {
      @localVar(array(u32, 8))
      accessor localTable: ArrayView<number> = [1, 2, 3];
      @localVar(Packed)
      accessor localPacked!: Infer<typeof Packed>;
      @globalVar(u64)
      accessor sum = 0n;
      @globalVar(Packed)
      accessor packed!: Infer<typeof Packed>;

      program(packet: Packet) {
        this.localTable[packet.getUint8(3)] += 10;
        this.localPacked.b += packet.byteLength;
        this.localPacked.d = 300;
        this.localPacked.e = BigInt(this.localPacked.b) << 33n;
        for (const element of this.localTable) this.sum += BigInt(element);
        this.packed = this.localPacked;
      }
    }
    using program = new Locals();
    program.test(packet, { on: "kernel", repeat: 3 });
    assertEquals([program.sum, program.packed.d, program.packed.e], [48n, 300, 64n << 33n]);
    both(() => new Locals());
  });
});

describe("what structs and arrays cannot do", () => {
  const Pair = struct({ flag: bool, address: be32 });

  abstract class Base extends XDP {
    @globalVar(Pair)
    accessor pair!: Infer<typeof Pair>;
    @globalVar(array(u32, 8))
    accessor table!: ArrayView<number>;
    @localVar(array(u64, 5000))
    accessor big!: ArrayView<bigint>;
  }

  const refusals: readonly (readonly [ErrorCode, string, new () => Base])[] = [
    [
      ErrorCode.UnknownName,
      "Cannot find the field addres of this struct",
      class extends Base {
        program() {
          this.table[0] = (this.pair as unknown as { addres: number }).addres;
        }
      },
    ],
    [
      ErrorCode.TypeMismatch,
      "Cannot compare a struct: each read makes a new object",
      class extends Base {
        program() {
          return this.pair === this.pair ? XDP.DROP : XDP.PASS;
        }
      },
    ],
    [
      ErrorCode.TypeMismatch,
      "Cannot store a number in a struct variable",
      class extends Base {
        program(packet: Packet) {
          this.pair = packet.byteLength as never;
        }
      },
    ],
    [
      ErrorCode.TypeMismatch,
      "Cannot store a number in an array variable",
      class extends Base {
        program(packet: Packet) {
          this.table = packet.byteLength as never;
        }
      },
    ],
    [
      ErrorCode.TypeMismatch,
      "Cannot index an array with a bigint",
      class extends Base {
        program(packet: Packet) {
          this.table[BigInt(packet.byteLength) as never] = 1;
        }
      },
    ],
    [
      ErrorCode.NotExact,
      "Cannot keep the fraction of a division",
      class extends Base {
        program(packet: Packet) {
          this.table[packet.byteLength / 8] = 1;
        }
      },
    ],
    [
      ErrorCode.UnsupportedSyntax,
      "Cannot use .push of an array variable",
      class extends Base {
        program() {
          (this.table as unknown as number[]).push(1);
        }
      },
    ],
    [
      ErrorCode.UnsupportedSyntax,
      "Cannot choose a struct's field at run time",
      class extends Base {
        program(packet: Packet) {
          this.table[0] = (this.pair as unknown as Record<number, number>)[packet.byteLength];
        }
      },
    ],
    [
      ErrorCode.TypeMismatch,
      "Cannot store a number in a variable of type bool, which holds a boolean",
      class extends Base {
        program(packet: Packet) {
          this.pair = { flag: packet.byteLength as never, address: 1 };
        }
      },
    ],
    [
      ErrorCode.TooLarge,
      "Cannot keep 40000 bytes of local variables",
      class extends Base {
        program() {
          this.big[0] = 1n;
        }
      },
    ],
  ];
  for (const [code, text, Program] of refusals) {
    it(text, () => {
      const error = assertThrows(() => new Program().check(), EbpfError);
      assertStringIncludes(error.message, text);
      assertEquals([error.code, error.remedy !== undefined], [code, true]);
    });
  }
});

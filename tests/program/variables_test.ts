import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  be16,
  bool,
  EbpfError,
  ErrorCode,
  globalVar,
  i16,
  i32,
  i64,
  i8,
  kernel,
  localVar,
  type Packet,
  packetVar,
  u16,
  u32,
  u64,
  u8,
  XDP,
} from "../../mod.ts";
import { memory } from "../../src/program/memory.ts";
import { array, type ArrayView, type Infer, struct } from "../../src/types/mod.ts";

class Base extends XDP {
  @globalVar(u8)
  accessor small = 1;
  @globalVar(u64)
  accessor big = 2n;
  @localVar(u16)
  accessor scratch = 3;

  program(_packet: Packet) {
    this.small += 1;
    this.scratch += 1;
  }
}

class Derived extends Base {
  @globalVar(u8)
  accessor third = 4;
  @globalVar(i32)
  accessor negative = -5;
  @packetVar(12, be16)
  accessor etherType!: number;
}

class All extends XDP {
  @globalVar(u8)
  accessor u8 = 0xff;
  @globalVar(u16)
  accessor u16 = 0xffff;
  @globalVar(u32)
  accessor u32 = 0xffff_ffff;
  @globalVar(u64)
  accessor u64 = 0xffff_ffff_ffff_ffffn;
  @globalVar(i8)
  accessor i8 = -0x80;
  @globalVar(i16)
  accessor i16 = -0x8000;
  @globalVar(i32)
  accessor i32 = -0x8000_0000;
  @globalVar(i64)
  accessor i64 = -0x8000_0000_0000_0000n;
  @globalVar(bool)
  accessor bool = true;
  @globalVar(be16)
  accessor be16 = 0x1234;

  program() {}
}

/** Where a program's variables are. */
function layout(program: XDP): Record<string, number> {
  return Object.fromEntries(program[memory].declarations.map(({ kind, name, offset }) => [`${kind} ${name}`, offset]));
}

describe("variables", () => {
  it("start with their initial values", () => {
    const all = new All();
    assertEquals([all.u8, all.u16, all.u32, all.u64], [0xff, 0xffff, 0xffff_ffff, 0xffff_ffff_ffff_ffffn]);
    assertEquals([all.i8, all.i16, all.i32, all.i64], [-0x80, -0x8000, -0x8000_0000, -0x8000_0000_0000_0000n]);
    assertEquals([all.bool, all.be16], [true, 0x1234]);
  });

  it("wrap what is stored as a DataView does", () => {
    const all = new All();
    all.u8 = 257;
    all.u16 = -1;
    all.u32 = 2 ** 32 + 5;
    all.u64 = -1n;
    all.i8 = 128;
    all.i16 = 0x18000;
    all.i32 = 2 ** 31;
    all.i64 = 2n ** 63n;
    all.be16 = 0x54321;
    assertEquals([all.u8, all.u16, all.u32, all.u64], [1, 0xffff, 5, 2n ** 64n - 1n]);
    assertEquals([all.i8, all.i16, all.i32, all.i64], [-128, -0x8000, -(2 ** 31), -(2n ** 63n)]);
    assertEquals(all.be16, 0x4321);
  });

  it("are laid out in order, those of base classes first, each kind by itself", () => {
    const expected = { "global small": 0, "global big": 8, "local scratch": 0 };
    assertEquals(layout(new Base()), expected);
    const derived = { ...expected, "global third": 16, "global negative": 20, "packet etherType": 12 };
    assertEquals(layout(new Derived()), derived);
    assertEquals(layout(new Derived()), derived);
    assertEquals(layout(new Base()), expected);
  });

  it("belong to each object", () => {
    const [first, second] = [new Derived(), new Derived()];
    first.small = 9;
    first.third = 8;
    assertEquals([first.small, first.third, second.small, second.third], [9, 8, 1, 4]);
  });

  it("without an initial value are 0", () => {
    class Bare extends XDP {
      @globalVar(u32)
      accessor number!: number;
      @globalVar(u64)
      accessor wide!: bigint;
      @globalVar(bool)
      accessor flag!: boolean;
      @localVar(u32)
      accessor local!: number;
      program() {}
    }
    const bare = new Bare();
    assertEquals([bare.number, bare.wide, bare.flag, bare.local], [0, 0n, false, 0]);
  });

  it("grow beyond the first memory while the object is made", () => {
    class Many extends XDP {
      @globalVar(array(u64, 5))
      accessor first: ArrayView<bigint> = [1n, 2n, 3n, 4n, 5n];
      @globalVar(array(u64, 50))
      accessor second!: ArrayView<bigint>;
      @globalVar(u64)
      accessor last = 6n;
      @localVar(array(u8, 100))
      accessor local: ArrayView<number> = [7];
      program() {}
    }
    const many = new Many();
    assertEquals([[...many.first], many.second[49], many.last], [[1n, 2n, 3n, 4n, 5n], 0n, 6n]);
    assertEquals(many.local[0], 7);
    assertEquals(many[memory].globals.size, 8 * 56);
  });

  it("can be structs, live and assigned as a whole", () => {
    const Flow = struct({ packets: u64, bytes: u64 });
    class Flows extends XDP {
      @globalVar(Flow)
      accessor total: Infer<typeof Flow> = { packets: 1n, bytes: 2n };
      @globalVar(array(Flow, 2))
      accessor each!: ArrayView<Infer<typeof Flow>>;
      program() {}
    }
    const flows = new Flows();
    const { total } = flows;
    total.packets += 1n;
    flows.each[1] = flows.total;
    flows.total = { packets: 0n, bytes: 0n };
    assertEquals([total.packets, flows.each[1].packets, flows.each[1].bytes], [0n, 2n, 2n]);
  });

  it("can be private", () => {
    class Secret extends XDP {
      @globalVar(u32)
      accessor #count = 7;
      program() {}
      bump() {
        this.#count = this.#count + 1;
        return this.#count;
      }
    }
    const secret = new Secret();
    assertEquals([secret.bump(), layout(secret)], [8, { "global #count": 0 }]);
    assertEquals(secret[memory].find("#count")?.type, u32);
  });

  it("of a union of numbers keep that type", () => {
    class Modes extends XDP {
      @globalVar(u8)
      accessor mode: 1 | 2 = 1;
      program() {}
    }
    const mode: 1 | 2 = new Modes().mode;
    assertEquals(mode, 1);
  });

  it("can share a decorator", () => {
    const counter = globalVar(u32);
    class Two extends XDP {
      @counter
      accessor a = 1;
      @counter
      accessor b = 2;
      program() {}
    }
    const two = new Two();
    assertEquals([two.a, two.b], [1, 2]);
  });

  it("of several classes that a function makes do not mix", () => {
    const make = (Parent: typeof Base) => {
      class Child extends Parent {
        @globalVar(u32)
        accessor extra = 10;
      }
      return Child;
    };
    const [First, Second] = [make(Base), make(Derived)];
    const [first, second] = [new First(), new Second()];
    assertEquals([first.extra, second.extra, layout(second)["global third"]], [10, 10, 16]);
    assertEquals([layout(first)["global extra"], layout(second)["global extra"]], [16, 24]);
  });

  it("do not show on the object", () => {
    assertEquals(Object.keys(new Derived()).sort(), ["defaultAction", "frags", "minimumPacketSize"]);
    assertEquals(JSON.stringify(new Derived()), '{"defaultAction":2,"minimumPacketSize":0,"frags":false}');
  });

  it("throw after close()", () => {
    const program = new Derived();
    const { close } = program;
    close.call(program);
    program.close();
    const closed = (work: () => unknown) => {
      const error = assertThrows(work, EbpfError, 'Cannot use a variable of "Derived": it is closed');
      assertStrictEquals(error.code, ErrorCode.Closed);
    };
    closed(() => program.small);
    closed(() => program.big);
    closed(() => program.scratch);
    closed(() => program.etherType);
    closed(() => program.small = 1);
    closed(() => program.small += 1);
    closed(() => program.scratch = 1);
  });

  it("take their views with them at close()", () => {
    class Held extends XDP {
      @globalVar(array(u32, 2))
      accessor table!: ArrayView<number>;
      program() {}
    }
    const held = new Held();
    const { table } = held;
    held.close();
    assertEquals(assertThrows(() => table[0], EbpfError).code, ErrorCode.Closed);
  });
});

describe("what a name denotes", () => {
  const find = (program: XDP, name: string) => program[memory].find(name)?.kind;

  it("is the variable, also an inherited one", () => {
    assertEquals(["small", "scratch", "etherType"].map((name) => find(new Derived(), name)), [
      "global",
      "local",
      "packet",
    ]);
    assertEquals(find(new Derived(), "nothing"), undefined);
  });

  it("is what hides the variable", () => {
    class Field extends Base {
      // @ts-expect-error: a field over an accessor
      override small = 5;
    }
    class Getter extends Base {
      override get small() {
        return 6;
      }
    }
    class Again extends Base {
      @globalVar(u16)
      override accessor small = 7;
    }
    assertEquals([find(new Field(), "small"), find(new Getter(), "small")], [undefined, undefined]);
    const again = new Again();
    assert(again[memory].find("small")?.type === u16);
    assertEquals([again.small, layout(again)["global small"]], [7, 16]);
  });

  it("is refused where two private variables have it", () => {
    class Parent extends XDP {
      @globalVar(u32)
      accessor #x = 1;
      program() {}
      parent() {
        return this.#x;
      }
    }
    class Child extends Parent {
      @globalVar(u32)
      accessor #x = 2;
      child() {
        return this.#x;
      }
    }
    const child = new Child();
    assertEquals([child.parent(), child.child()], [1, 2]);
    const error = assertThrows(() => find(child, "#x"), EbpfError, 'Cannot tell apart the 2 variables #x of "Child"');
    assertEquals(error.code, ErrorCode.UnknownName);
  });
});

describe("kernel(captures, fn)", () => {
  it("gives the function back", () => {
    const fn = (x: number) => x + 1;
    assertStrictEquals(kernel(() => ({ fn }), fn), fn);
  });
});

/**
 * What `this` is: in methods, callbacks, arrow functions and setters, as JavaScript has it.
 *
 * @module
 */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, globalVar, i32, kernel, localVar, type Packet, SubProgram, u32, XDP } from "../../mod.ts";
import { agree, packetOf } from "../support/engines.ts";

const packets = [packetOf(), packetOf(1, 2, 3), packetOf(200, 100)];
const STEP = 5;

abstract class Sums extends XDP {
  @globalVar(u32)
  accessor a = 0;
  @globalVar(u32)
  accessor b = 0;
  @globalVar(i32)
  accessor c = 0;
  @localVar(u32)
  accessor local = 0;
}

/** What the program is refused with. */
function refusal(program: XDP): string {
  return assertThrows(() => program.check(), EbpfError).message;
}

describe("this", () => {
  it("is the object that a method is called on", () => {
    class Methods extends Sums {
      k = 4;
      program(packet: Packet) {
        const object = {
          k: packet.getUint8(0),
          f() {
            return this.k;
          },
          g: () => this.k,
        };
        this.a = object.f() * 1000 + object.g();
      }
    }
    assertEquals(agree(() => new Methods(), packets).program.a, 200_004);
  });

  it("is nothing in a function that was taken from its object", () => {
    class Taken extends Sums {
      k = 5;
      m() {
        return this.k;
      }
      program() {
        const { m } = this;
        this.a = m();
      }
    }
    assertStringIncludes(refusal(new Taken()), "Cannot use this in m(): nothing stands before the dot");
    class Inner extends Sums {
      program() {
        function f(this: Inner) {
          return this.a;
        }
        // @ts-ignore: the mistake
        this.a = f();
      }
    }
    assertStringIncludes(refusal(new Inner()), "Cannot use this in f()");
  });

  it("is what call(), apply() and callbacks are given", () => {
    class Given extends Sums {
      k = 5;
      plus(x: number) {
        return x + this.k;
      }
      one(x: number) {
        return x + 1;
      }
      program() {
        const list = [1, 2, 3];
        const { plus, one } = this;
        this.a = list.map(plus, this).reduce((sum, x) => sum + x, 0);
        this.b = list.map(one).reduce((sum, x) => sum + x, 0);
        this.c = plus.call(this, 1) + plus.apply(this, [2]);
      }
    }
    const { program } = agree(() => new Given());
    assertEquals([program.a, program.b, program.c], [21, 9, 13]);
  });

  it("is that of the place where an arrow function was made", () => {
    class Arrows extends Sums {
      k = 5;
      make() {
        return () => this.k;
      }
      get made() {
        return (x: number) => x + this.k;
      }
      program(packet: Packet) {
        const nested = { k: 7, list: [() => this.k, () => this.k + 1] };
        this.a = nested.list[1]() + this.make()() * 10;
        this.b = this.make.call({ k: packet.getUint8(0) } as this)();
        const object = { k: 9, f: (x: number) => [x].map((y) => y + this.k)[0], made: this.made };
        this.c = object.f(100) + object.made(1000);
      }
    }
    const { program } = agree(() => new Arrows(), packets);
    assertEquals([program.a, program.b, program.c], [56, 200, 1110]);
  });

  it("of an arrow function in a field cannot be told", () => {
    class Arrows extends Sums {
      static readonly K: number = 9;
      static readonly inClass = () => this.K;
      k = 4;
      direct = () => this.k;
      nested = { list: [(x = this.k) => x] };
      deep = { f: () => () => [1].map((x) => x + this.k) };
      called: () => unknown = this.direct;
      program() {
        this.called();
      }
    }
    // Which of the two objects is `this` in it? That of the other one, but the function does not say so.
    const [one, other] = [new Arrows(), new Arrows()];
    other.k = 100;
    one.direct = one.called = other.direct;
    assertEquals(one.direct(), 100);
    const { nested: { list }, deep } = one;
    for (const fn of [one.direct, list[0], deep.f, Arrows.inClass]) {
      one.called = fn;
      assertStringIncludes(refusal(one), "Cannot tell what `this` is in this arrow function");
    }
    one.called = () => 5;
    one.check();
  });

  it("of a program that is an arrow function cannot be told either", () => {
    class Arrow extends Sums {
      override program: XDP["program"] = () => {
        this.a += 1;
      };
    }
    const [one, other] = [new Arrow(), new Arrow()];
    one.program = other.program;
    assertStringIncludes(refusal(one), "Cannot tell what `this` is in this arrow function");
  });

  it("is the object that a function was put into", () => {
    class Put extends Sums {
      k = 5;
      has() {
        return this === undefined ? 1 : 2;
      }
      hasNot() {
        return this === undefined ? 3 : 4;
      }
      own() {
        return this.k;
      }
      program(packet: Packet) {
        const { has } = this;
        const object = { k: packet.getUint8(0), has, own: this.own };
        const list = [has, packet.getUint8(1)] as const;
        const either = { f: packet.getUint8(0) > 100 ? this.has : this.hasNot };
        const { f } = either;
        this.a = object.has() + list[0]() * 10 + either.f() * 100 + f() * 1000 + has() * 10000;
        this.b = object.own() * 2;
      }
    }
    const { program } = agree(() => new Put(), packets);
    assertEquals([program.a, program.b], [11_222, 400]);
  });

  it("is what call() and apply() give functions of the text", () => {
    class Given extends Sums {
      k = 5;
      program(packet: Packet) {
        const plus = function (this: { k: number }, x: number) {
          return this.k + x;
        };
        this.a = plus.call(this, 1) + plus.apply({ k: packet.getUint8(0) }, [1000]);
        const object = { plus, k: 7 };
        this.b = object.plus(1) + object.plus.call(this, 10);
      }
    }
    const { program } = agree(() => new Given(), packets);
    assertEquals([program.a, program.b], [1206, 23]);
  });

  it("cannot be bound in the program", () => {
    class Bound extends Sums {
      k = 5;
      m() {
        return this.k;
      }
      program() {
        this.a = this.m.bind(this)();
      }
    }
    assertStringIncludes(refusal(new Bound()), "Use an arrow function: (x) => this.add(x)");
  });

  it("is needed by the packet's methods", () => {
    class Detached extends Sums {
      program(packet: Packet) {
        const { getUint8 } = packet;
        this.a = getUint8(0);
      }
    }
    assertStringIncludes(refusal(new Detached()), "Cannot take getUint8() from its object");
  });
});

describe("private accessors", () => {
  it("are variables as others, also where Bun has rewritten them", () => {
    class Private extends Sums {
      @globalVar(u32)
      accessor #count = 3;
      @localVar(u32)
      accessor #step = 2;
      program(packet: Packet) {
        this.#count = this.#count + packet.getUint8(0) * this.#step;
        this.#step = this.#count;
        this.a = this.#step;
      }
    }
    assertEquals(agree(() => new Private(), packets).program.a, 3 + 2 + 400);
  });
});

describe("setters", () => {
  it("are compiled, captures and all", () => {
    class Setters extends Sums {
      @kernel(() => ({ STEP }))
      set value(x: number) {
        this.c = x + STEP;
      }
      get value() {
        return this.c * 2;
      }
      program(packet: Packet) {
        this.value = 4;
        this.value += packet.getUint8(0);
        [this.value] = [this.value + 1];
        this.a = this.value = 3;
        this.b = this.value++;
      }
    }
    const { program } = agree(() => new Setters(), packets);
    assertEquals([program.a, program.b, program.c], [3, 16, 22]);
  });

  it("of a subclass are its own", () => {
    abstract class Base extends Sums {
      set value(x: number) {
        this.a = x;
      }
    }
    class Derived extends Base {
      override set value(x: number) {
        this.b = x;
      }
      program() {
        this.value = 7;
      }
    }
    const { program } = agree(() => new Derived());
    assertEquals([program.a, program.b], [0, 7]);
  });

  it("and getters may change what a loop goes on with", () => {
    class Loops extends Sums {
      get next() {
        this.local += 3;
        return this.local;
      }
      set add(x: number) {
        this.local += x;
      }
      program() {
        let sum = 0;
        for (let i = 0; i < 100; i++) sum += this.next & 0xff;
        for (let i = 0; i < 100; i++) this.add = i;
        this.a = sum;
        this.b = this.local;
      }
    }
    const { program } = agree(() => new Loops());
    assertEquals([program.a, program.b], [11_310, 300 + 4950]);
  });

  it("and getters may write what is added to", () => {
    class Writes extends Sums {
      get bump() {
        this.a += 5;
        return 1;
      }
      program() {
        this.a += this.bump;
        this.a += 100;
      }
    }
    assertEquals(agree(() => new Writes()).program.a, 101);
  });
});

describe("objects taken apart", () => {
  it("leave the rest", () => {
    class Rest extends Sums {
      settings = {
        x: 1,
        y: 2,
        get z() {
          return 3;
        },
      };
      program(packet: Packet) {
        const { x, ...others } = this.settings;
        this.a = x + others.y * 10 + others.z * 100;
        const { first, ...rest } = { first: packet.getUint8(0), second: packet.getUint8(1), third: 4 };
        const all = { ...rest, first: 7 };
        this.b = first + rest.second + all.third + all.first + Object.keys(all).length;
        this.c = Object.values(all).reduce((sum, value) => sum + value, 0);
      }
    }
    assertEquals(agree(() => new Rest(), packets).program.a, 321);
  });
});

describe("functions that call themselves", () => {
  it("are refused, also those of objects", () => {
    class Rounds extends Sums {
      object = {
        again(x: number): number {
          return x > 0 ? this.again(x - 1) : 0;
        },
      };
      program(packet: Packet) {
        this.a = this.object.again(packet.getUint8(0));
      }
    }
    assertStringIncludes(refusal(new Rounds()), "recursion has no bound");
  });

  it("are not those of another object", () => {
    class Part extends SubProgram {
      @globalVar(u32)
      accessor sum = 0;
      constructor(readonly next?: Part) {
        super();
      }
      add(x: number) {
        this.sum += x;
        [x + 1].forEach((y) => this.next?.add(y));
      }
    }
    class Chain extends Sums {
      part = new Part(new Part(new Part()));
      program() {
        this.part.add(1);
      }
    }
    assertEquals(agree(() => new Chain()).program.part.next!.next!.sum, 3);
  });
});

/**
 * Objects that a program's text makes while it is generated: it may change them, and nothing else that is known then.
 *
 * @module
 */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, globalVar, i32, type Packet, u32, XDP } from "../../mod.ts";
import { agree, packetOf } from "../support/engines.ts";

const packets = [packetOf(), packetOf(3, 2, 3), packetOf(91, 100)];

abstract class Results extends XDP {
  ports = [1, 2, 3, 91];
  @globalVar(u32)
  accessor a = 0;
  @globalVar(u32)
  accessor b = 0;
  @globalVar(i32)
  accessor c = 0;
}

/** What the program is refused with. */
function refusal(program: XDP): string {
  return assertThrows(() => program.check(), EbpfError).message;
}

describe("objects that the program makes", () => {
  it("are arrays, maps, sets and plain objects, and change", () => {
    class Changes extends Results {
      program(packet: Packet) {
        const list: number[] = [];
        for (const port of this.ports) if (port !== 2) list.push(port * 2 / 2);
        if (list.includes(packet.getUint8(0))) this.a += 1;
        const names = new Map([[1, "x"]]);
        names.set(2, "yy");
        const steps = new Set<number>();
        for (let i = 0; i < 5; i++) steps.add(i * 3);
        if (steps.has(packet.getUint8(0))) this.b += names.get(2)!.length + names.size;
        const object: Record<string, number> = {};
        object.x = 3;
        object.x += 4;
        object["y" + object.x] = 2;
        list[0] = 50;
        const all = new Array(3).fill(7);
        all[1]++;
        this.c = object.y7 + list.sort()[0] + list.pop()! + all[1] + Object.keys(object).length;
      }
    }
    const { program } = agree(() => new Changes(), packets);
    assertEquals([program.a, program.b, program.c], [2, 8, 2 + 3 + 91 + 8 + 2]);
    assertEquals(program.ports, [1, 2, 3, 91]);
  });

  it("are one, by whatever name", () => {
    class Aliases extends Results {
      fill(list: number[], ...more: number[]) {
        more.push(6);
        list.push(...more);
        return list;
      }
      program(packet: Packet) {
        const one: number[] = [], two = one;
        two.push(1);
        this.fill(one, 5);
        const object = { list: [1] };
        object.list.push(2);
        const { list } = object;
        list.length = 0;
        const copy = [...one, ...this.ports.map((port) => port + 1).filter((port) => port > 3)];
        copy.push(9);
        this.a = one.length * 100 + copy.length * 10 + object.list.length;
        this.b = (packet.getUint8(0) > 5 ? one : copy).length;
      }
    }
    const { program } = agree(() => new Aliases(), packets);
    assertEquals([program.a, program.b], [360, 3]);
  });

  it("are what each path has made of them", () => {
    class Paths extends Results {
      program(packet: Packet) {
        const list = [1];
        if (packet.getUint8(0) > 5) {
          list.push(2);
          this.a = list.length;
          return XDP.DROP;
        } else if (packet.getUint8(0) > 0) {
          list.push(3, 4);
          this.b = list.length;
        } else list.push(5, 6);
        this.c = 1;
      }
    }
    const { program } = agree(() => new Paths(), packets);
    assertEquals([program.a, program.b], [2, 3]);
  });

  it("grow in loops whose turns are known", () => {
    class Loops extends Results {
      program(packet: Packet) {
        const list: number[] = [];
        for (let i = 0; i < 40; i++) list.push(i);
        let sum = 0;
        for (let i = 0; i < 100; i++) {
          const each: number[] = [];
          each.push(1, 2);
          sum += each.length * packet.getUint8(i % 10);
        }
        const more: number[] = [];
        while (more.length < 5) more.push(3);
        this.a = list.length + more.length;
        this.b = sum;
      }
    }
    assertEquals(agree(() => new Loops(), packets).program.a, 45);
  });
});

describe("what cannot be changed", () => {
  it("is an object of before", () => {
    class Before extends Results {
      program() {
        this.ports.push(4);
      }
    }
    assertStringIncludes(
      refusal(new Before()),
      "Cannot call push() here: the program may change only what it has made",
    );
    class Found extends Results {
      rules = [{ hits: 1 }];
      program() {
        const rule = this.rules.find(({ hits }) => hits === 1)!;
        rule.hits = 2;
      }
    }
    assertStringIncludes(refusal(new Found()), "Cannot assign .hits of an object");
  });

  it("is an object that is read afterwards, on some paths only", () => {
    class Some extends Results {
      program(packet: Packet) {
        const list = [1];
        if (packet.getUint8(0) > 5) list.push(2);
        this.a = list.length;
      }
    }
    assertStringIncludes(refusal(new Some()), "what is in it depends on a test at run time");
    class Turns extends Results {
      program(packet: Packet) {
        const list = [1];
        for (let i = 0; i < packet.getUint8(0); i++) list.push(2);
        this.a = list.length;
      }
    }
    assertStringIncludes(refusal(new Turns()), "how often is not known at generation");
  });

  it("is an object that a loop goes over", () => {
    class Grows extends Results {
      program() {
        const list = [1];
        for (const x of list) if (x < 3) list.push(x + 1);
        this.a = list.length;
      }
    }
    class Doubles extends Results {
      program() {
        const list = [1, 2];
        for (const [i, x] of list.entries()) list[i] = x * 2;
        this.a = list[1];
      }
    }
    class Maps extends Results {
      program() {
        const list = [1, 2];
        this.a = list.map((x, i) => list[1 - i] = x).length;
      }
    }
    for (const Program of [Grows, Doubles, Maps]) {
      assertStringIncludes(refusal(new Program()), "Cannot change an object while a loop goes over it");
    }
    class Copies extends Results {
      program() {
        const list = [1, 2];
        for (const [i, x] of [...list].entries()) list[i] = x * 2;
        for (const x of [...list]) if (x < 4) list.push(x + 1);
        this.a = list.reduce((sum, x) => sum + x);
        for (const port of this.ports) list.push(port);
        this.b = list.length;
      }
    }
    const { program } = agree(() => new Copies());
    assertEquals([program.a, program.b], [9, 7]);
  });

  it("takes no values of the run", () => {
    class Pushes extends Results {
      program(packet: Packet) {
        const list: number[] = [];
        list.push(packet.getUint8(0));
      }
    }
    assertStringIncludes(refusal(new Pushes()), "Cannot keep a number by push()");
    class Assigns extends Results {
      program(packet: Packet) {
        const object = { x: 1 };
        object.x = packet.getUint8(0);
      }
    }
    assertStringIncludes(refusal(new Assigns()), "Cannot keep a value of the run in .x");
  });
});

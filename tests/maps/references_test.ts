/**
 * Maps of programs and of maps: the same everywhere, changed while they are in use, and nothing left behind.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  ArrayMap,
  ArrayOfMaps,
  EbpfError,
  globalVar,
  HashMap,
  HashOfMaps,
  localVar,
  noinline,
  type Packet,
  ProgramArray,
  struct,
  u16,
  u32,
  u64,
  XDP,
} from "../../mod.ts";
import { assemble } from "../../src/bytecode/asm.ts";
import type { CompileOptions } from "../../src/compiler/mod.ts";
import { generate, type Generated } from "../../src/program/ebpf.ts";
import { needsKernel, openDescriptors } from "../support/kernel.ts";

type Engine = "js" | "vm" | "kernel";

/** Runs a program on packets that begin with each of these bytes. */
function answers(program: XDP, on: Engine, firsts: readonly number[] = [0, 1, 2, 3, 9]): readonly string[] {
  return firsts.map((first) => {
    const packet = new Uint8Array(64);
    packet[0] = first;
    const { name, packet: after, thrown } = program.test(packet, { on });
    if (thrown) throw thrown;
    return `${name} ${after[1]}`;
  });
}

class Drop extends XDP {
  @globalVar(u32)
  accessor dropped = 0;

  program(packet: Packet) {
    packet.setUint8(1, packet.getUint8(1) + 1);
    this.dropped += 1;
    return XDP.DROP;
  }
}

/** Leaves by reaching beyond the packet. */
class Short extends XDP {
  override defaultAction = XDP.TX;

  program(packet: Packet) {
    return packet.getUint8(60 + packet.getUint8(0) * 100) === 0 ? XDP.DROP : XDP.ABORTED;
  }
}

class Dispatch extends XDP {
  @globalVar(u32)
  accessor fellThrough = 0;
  next = new ProgramArray<XDP>({ maxEntries: 4 });

  program(packet: Packet) {
    this.next.tailCall(packet.getUint8(0));
    this.fellThrough += 1;
    return XDP.PASS;
  }
}

/** Calls itself until the kernel has enough. */
class Again extends XDP {
  @globalVar(u32)
  accessor turns = 0;
  @localVar(u16)
  accessor fresh = 1;
  self = new ProgramArray<XDP>({ maxEntries: 1 });

  constructor() {
    super();
    this.self.set(0, this);
  }

  program() {
    this.turns += this.fresh;
    this.fresh = 1000;
    this.self.tailCall(0);
    return XDP.TX;
  }
}

/** Calls from a loop that would be a function called back, if it could be one. */
class FromLoop extends XDP {
  @globalVar(u32)
  accessor turns = 0;
  next = new ProgramArray<XDP>({ maxEntries: 4 });

  program(packet: Packet) {
    for (let i = 0; i < 300; i++) {
      this.turns += 1;
      if (i === 40) this.next.tailCall(packet.getUint8(0));
    }
  }
}

/** Makes a function of its own of what calls, unless that would come back to it. */
class FromFunction extends XDP {
  @globalVar(u32)
  accessor before = 0;
  next = new ProgramArray<XDP>({ maxEntries: 4 });

  go(index: number) {
    this.before += (((index * 7 + 3) % 11) * 5 + 1) % 13;
    this.before += (((index * 5 + 1) % 17) * 3 + 2) % 19;
    this.next.tailCall(index);
    this.before += (((index * 3 + 2) % 13) * 7 + 3) % 23;
    return index + 1;
  }

  program(packet: Packet) {
    const first = this.go(packet.getUint8(0));
    if (this.go(first) > 3) this.before += this.go(first + 2);
    return XDP.TX;
  }
}

class Marked extends FromFunction {
  @noinline()
  override go(index: number) {
    return super.go(index);
  }
}

/** Two programs that lead to each other, by two arrays. */
function ring(): { first: Dispatch; second: Dispatch } {
  const [first, second] = [new Dispatch(), new Dispatch()];
  first.next.set(0, second);
  second.next.set(0, first).set(1, new Drop());
  return { first, second };
}

function dispatch(on: Engine): unknown {
  using program = new Dispatch();
  const [drop, short] = [new Drop(), new Short()];
  program.next.set(1, drop).set(2, short);
  const found = [answers(program, on), program.fellThrough, drop.dropped];
  return found;
}

function fromLoop(on: Engine): unknown {
  using program = new FromLoop();
  program.next.set(1, new Drop());
  return [answers(program, on, [0, 1]), program.turns];
}

function fromFunction(on: Engine): unknown {
  using program = new FromFunction();
  program.next.set(2, new Drop());
  return [answers(program, on, [0, 1, 2, 3]), program.before];
}

function again(on: Engine): unknown {
  using program = new Again();
  return [answers(program, on, [0]), program.turns];
}

function circle(on: Engine): unknown {
  const { first, second } = ring();
  using _both = { [Symbol.dispose]: () => [first, second].forEach((program) => program.close()) };
  return [answers(first, on, [0, 1, 3]), first.fellThrough, second.fellThrough];
}

const Slot = struct({ packets: u64, last: u32 });
const table = () => new HashMap(u32, u32, { maxEntries: 8 });
const slots = () => new ArrayMap(Slot, { maxEntries: 2 });

class Nested extends XDP {
  @globalVar(u32)
  accessor seen = 0;
  tables = new ArrayOfMaps(table(), { maxEntries: 4 });
  tenants = new HashOfMaps(u32, slots(), { maxEntries: 4 });
  spare = slots();

  constructor() {
    super();
    const one = table();
    one.set(1, 11);
    this.tables.set(1, one).set(2, table());
    this.tenants.set(9, slots()).set(1, slots());
  }

  program(packet: Packet) {
    const key = packet.getUint8(0);
    const inner = this.tables.get(key);
    if (inner) {
      this.seen += inner.get(key) ?? 1000;
      inner.set(5, key);
      if (inner.has(7)) inner.delete(7);
    }
    const tenant = key > 5 ? this.tenants.get(key) : this.tenants.get(1);
    const slot = tenant?.get(1);
    if (slot) {
      slot.packets += 2n;
      slot.last = key;
    }
    if (!this.tenants.has(key)) return XDP.DROP;
  }
}

function nested(on: Engine): unknown {
  using program = new Nested();
  const found = answers(program, on);
  const contents = [...program.tables, ...program.tenants].map(([key, map]) => [
    key,
    JSON.parse(JSON.stringify(map)).map((entry: unknown) => JSON.stringify(entry)).sort(),
  ]);
  return [found, program.seen, contents];
}

const cases = { dispatch, fromLoop, fromFunction, again, circle, nested };

describe("maps of programs and of maps", () => {
  for (const [title, outcome] of Object.entries(cases)) {
    it(`${title}: in the virtual machine as in JavaScript`, () => assertEquals(outcome("vm"), outcome("js")));
  }

  it("end what cannot go on: 33 tail calls are the most", () => assertEquals(again("js"), [["TX 0"], 34]));

  it("refuse what they cannot hold", () => {
    const { next } = new Dispatch();
    const { tables } = new Nested();
    const refused = (work: () => unknown) => assertThrows(work, EbpfError).code;
    assertEquals(refused(() => next.set(4, new Drop())), "OUT_OF_RANGE");
    assertEquals(refused(() => next.set(0, {} as XDP)), "INVALID_ARGUMENT");
    assertEquals(refused(() => next.tailCall(0)), "INVALID_ARGUMENT");
    assertEquals(refused(() => new Marked().check()), "UNSUPPORTED_SYNTAX");
    assertEquals(refused(() => tables.set(0, new HashMap(u32, u32, { maxEntries: 9 }))), "INVALID_ARGUMENT");
    assertEquals(refused(() => new ArrayOfMaps({} as HashMap<number, number>, { maxEntries: 1 })), "INVALID_ARGUMENT");
  });

  it("are Maps of objects", () => {
    const { next } = new Dispatch();
    const drop = new Drop();
    assertEquals([next.set(2, drop).get(2) === drop, next.has(1), next.size], [true, false, 1]);
    assertEquals([...next.keys()], [2]);
    assertEquals([next.delete(2), next.delete(2), next.size], [true, false, 0]);
  });
});

describe("maps of programs and of maps in the kernel", needsKernel(), () => {
  for (const [title, outcome] of Object.entries(cases)) {
    it(`${title}: as in JavaScript`, () => assertEquals(outcome("kernel"), outcome("js")));
  }

  it("leave no descriptors behind", () => {
    const before = openDescriptors();
    for (const outcome of Object.values(cases)) outcome("kernel");
    assertEquals(openDescriptors(), before);
  });

  it("change programs while the kernel has them", () => {
    const before = openDescriptors();
    {
      using program = new Dispatch();
      program.load();
      const kept = new Drop();
      using _kept = kept;
      kept.load();
      program.next.set(0, kept);
      assertEquals(answers(program, "kernel", [0, 1]), ["DROP 1", "PASS 0"]);
      program.next.set(1, new Short());
      program.next.set(0, new Short());
      assertEquals(answers(program, "kernel", [0, 1]), ["DROP 0", "TX 0"]);
      program.next.delete(0);
      assertEquals(answers(program, "kernel", [0]), ["PASS 0"]);
      assertEquals(answers(kept, "kernel", [0]), ["DROP 1"], "the array has not closed what it has not loaded");
    }
    assertEquals(openDescriptors(), before);
  });

  it("change maps while the kernel has them", () => {
    using program = new Nested();
    program.load();
    const next = table();
    next.set(3, 33);
    program.tables.set(3, next);
    answers(program, "kernel", [3]);
    assertEquals([program.seen, next.get(5)], [33, 3]);
    next.set(3, 44);
    answers(program, "kernel", [3]);
    assertEquals(program.seen, 77);
    program.tables.delete(3);
    assertThrows(() => next.get(3), EbpfError, "closed");
  });

  it("are as they were when loading fails", () => {
    class Refused extends XDP {
      next = new ProgramArray<XDP>({ maxEntries: 1 });
      tables = new ArrayOfMaps(table(), { maxEntries: 1 });

      program(packet: Packet) {
        this.tables.get(0)?.set(1, 2);
        this.next.tailCall(0);
        return packet.getUint8(0) as 0;
      }
    }
    const before = openDescriptors();
    class Broken extends XDP {
      // deno-lint-ignore no-explicit-any -- what is wrong is the point
      program(): any {
        return "nothing";
      }
    }
    const program = new Refused();
    const inner = table();
    inner.set(1, 1);
    program.tables.set(0, inner);
    program.next.set(0, new Broken());
    assertThrows(() => program.load(), EbpfError);
    assertEquals(openDescriptors(), before);
    assertEquals(inner.get(1), 1);
    program.next.delete(0);
    program.load();
    program.test(new Uint8Array(64), { on: "kernel" });
    assertEquals(inner.get(1), 2);
    program.close();
    assertEquals(openDescriptors(), before);
  });

  it("are as they were when the verifier refuses the program", () => {
    class Refused extends XDP {
      tables = new ArrayOfMaps(table(), { maxEntries: 1 });
      next = new ProgramArray<XDP>({ maxEntries: 1 });
      isRefused = true;

      program() {
        this.tables.get(0)?.set(1, 2);
        this.next.tailCall(0);
      }
      override [generate](options?: CompileOptions): Generated {
        const generated = super[generate](options);
        if (!this.isRefused) return generated;
        const { compiled } = generated;
        const [lines, functions] = [compiled.lines.slice(0, 1), compiled.functions.slice(0, 1)];
        const { instructions } = assemble("exit");
        return { ...generated, compiled: { ...compiled, instructions: [...instructions], lines, functions } };
      }
    }
    const before = openDescriptors();
    const program = new Refused();
    const inner = table();
    inner.set(1, 1);
    program.tables.set(0, inner);
    const next = new Drop();
    program.next.set(0, next);
    assertEquals(assertThrows(() => program.load(), EbpfError).code, "VERIFIER_REJECTED");
    assertEquals([openDescriptors(), inner.get(1)], [before, 1]);
    program.isRefused = false;
    program.load();
    assertEquals(inner.get(1), 1);
    assertEquals(program.test(new Uint8Array(64), { on: "kernel" }).name, "DROP");
    assertEquals(inner.get(1), 2);
    program.close();
    next.close();
    assertEquals(openDescriptors(), before);
  });
});

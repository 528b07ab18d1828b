/**
 * What consoles show of programs, their parts and their variables: the same on both runtimes.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  array,
  be16,
  globalVar,
  HashMap,
  hashVar,
  localVar,
  packetVar,
  type PerCpu,
  perCpuVar,
  ProgramArray,
  struct,
  SubProgram,
  u32,
  u64,
  u8,
  XDP,
} from "../../mod.ts";
import { printedInLine } from "../support/console.ts";
import { needsKernel } from "../support/kernel.ts";
import { TestNetwork } from "../support/network.ts";

class Part extends SubProgram {
  @globalVar(u8)
  accessor size = 4;
  limits = [1, 2];
}

class Empty extends XDP {
  program() {}
}

class Variables extends XDP {
  @globalVar(u32)
  accessor count = 7;
  @globalVar(struct({ packets: u64, sizes: array(u8, 2) }))
  accessor flow = { packets: 1n, sizes: [2, 3] };
  @perCpuVar(u32)
  accessor hits!: PerCpu<number>;
  @hashVar(u64)
  accessor total = 9n;
  // What is there for one packet only, and what is private, is not shown.
  @globalVar(u32)
  accessor #secret = 5;
  @localVar(u32)
  accessor local = 5;
  @packetVar(12, be16)
  accessor etherType!: number;

  program() {
    this.count += this.#secret;
  }
}

class Fields extends XDP {
  override defaultAction = XDP.DROP;
  flows = new HashMap(u32, u32, { maxEntries: 4 });
  next = new ProgramArray({ maxEntries: 2 }).set(1, new Empty());
  ports = [80, 443];
  part = new Part();

  program() {
    return this.flows.has(this.ports[0]) ? XDP.PASS : XDP.TX;
  }
}

class Linked extends XDP {
  @globalVar(u32)
  accessor count = 1;
  other: Linked | undefined = undefined;

  program() {
    this.count += 1;
  }
}

class Derived extends Linked {
  // Hides the variable of the base class.
  @globalVar(u64)
  override accessor count: never = 3n as never;
}

const made: Readonly<Record<string, readonly [make: () => unknown, text: string]>> = {
  "a program without anything": [() => new Empty(), "Empty {}"],
  "a part": [() => new Part(), "Part { size: 4, limits: [ 1, 2 ] }"],
  "variables with their values": [
    () => new Variables(),
    "Variables { count: 7, flow: { packets: 1n, sizes: [ 2, 3 ] }, hits: PerCpu(1) [ 0 ], total: 9n }",
  ],
  "maps by name, constants, parts; settings that are not as usual": [
    () => new Fields(),
    "Fields { defaultAction: 1, flows: HashMap(0) {}, " +
    'next: ProgramArray(1) { 1 => "Empty" }, ports: [ 80, 443 ], part: Part { size: 4, limits: [ 1, 2 ] } }',
  ],
  "the variable that a subclass has put in the place of another": [
    () => new Derived(),
    "Derived { count: 3n, other: undefined }",
  ],
  "programs that hold each other": [
    () => {
      const [one, two] = [new Linked(), new Derived()];
      one.other = two;
      two.other = one;
      return one;
    },
    "Linked { count: 1, other: Derived { count: 3n, other: Linked [Circular] } }",
  ],
  "views of structs and arrays": [
    () => {
      const { flow } = new Variables();
      return [flow, flow.sizes];
    },
    "[ { packets: 1n, sizes: [ 2, 3 ] }, [ 2, 3 ] ]",
  ],
};

describe("a console", () => {
  for (const [title, [make, text]] of Object.entries(made)) {
    it(`shows ${title}`, () => assertEquals(printedInLine(make()), text));
  }

  it("shows what is left of a closed program", () => {
    const fields = new Fields();
    const variables = new Variables();
    fields.close();
    variables.close();
    assertEquals(printedInLine(variables), "Variables (closed) {}");
    assertEquals(printedInLine(fields).slice(0, 36), "Fields (closed) { defaultAction: 1, ");
  });

  it("shows parts whose memory went with their program's", () => {
    class Whole extends XDP {
      part = new Part();
      program() {
        this.part.size += 1;
      }
    }
    const whole = new Whole();
    whole.check();
    assertEquals(printedInLine(whole), "Whole { part: Part { size: 4, limits: [ 1, 2 ] } }");
    whole.close();
    assertEquals(printedInLine(whole), "Whole (closed) { part: Part (closed) { limits: [ 1, 2 ] } }");
  });
});

describe("a console, of what is in the kernel,", needsKernel(), () => {
  it("shows values, not the getters of what became part of the code", () => {
    using linked = new Linked();
    using fields = new Fields();
    fields.load();
    assertEquals(
      printedInLine(fields),
      made["maps by name, constants, parts; settings that are not as usual"][1]
        .replace("Fields {", "Fields (loaded) {"),
    );
    linked.test(new Uint8Array(64), { on: "kernel" });
    assertEquals(printedInLine(linked), "Linked (loaded) { count: 2, other: undefined }");
  });

  it("says where it is attached", () => {
    using network = new TestNetwork();
    using linked = new Linked();
    const { interfaceName, path } = network.near;
    const link = linked.attach(interfaceName, { namespace: path, mode: "skb" });
    assertEquals(printedInLine(linked), `Linked (attached to ${interfaceName}, skb) { count: 1, other: undefined }`);
    link.detach();
    assertEquals(printedInLine(linked), "Linked (loaded) { count: 1, other: undefined }");
  });
});

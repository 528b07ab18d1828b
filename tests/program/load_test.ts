/**
 * Programs in the kernel: loading, shared memory, closing, and what the kernel refuses.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
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
import { exit } from "../../src/bytecode/mod.ts";
import { mapById, mapInfo, programInfo } from "../../src/kernel/mod.ts";
import { describe as description } from "../../src/program/description.ts";
import { loadedProgram } from "../../src/program/ebpf.ts";
import { load } from "../../src/program/load.ts";
import { memory } from "../../src/program/memory.ts";
import { needsKernel, openDescriptors } from "../support/kernel.ts";
import { ethernetFrame } from "../support/network.ts";
import { findCommand } from "../support/skip.ts";

const frame = ethernetFrame();

class Count extends XDP {
  @globalVar(u32)
  accessor count = 0;

  program() {
    this.count += 1;
    return XDP.PASS;
  }
}

class All extends XDP {
  @globalVar(u8)
  accessor u8 = 250;
  @globalVar(i8)
  accessor i8 = -127;
  @globalVar(u16)
  accessor u16 = 0xfffe;
  @globalVar(i16)
  accessor i16 = -2;
  @globalVar(u32)
  accessor u32 = 0xffff_fffe;
  @globalVar(i32)
  accessor i32 = -0x7fff_ffff;
  @globalVar(u64)
  accessor u64 = 0xffff_ffff_ffff_fffen;
  @globalVar(i64)
  accessor i64 = -2n;
  @globalVar(bool)
  accessor bool = false;
  @globalVar(be16)
  accessor be16 = 0xfffe;
  @localVar(u8)
  accessor local = 254;
  @globalVar(u32)
  accessor seen = 0;

  program() {
    this.u8 += 3;
    this.i8 -= 1;
    this.u16 += 3;
    this.i16 += 3;
    this.u32 += 3;
    this.i32 -= 1;
    this.u64 += 3n;
    this.i64 += 3n;
    this.bool = !this.bool;
    this.be16 += 3;
    this.local += this.u8;
    this.seen += this.local;
  }
}

const names = ["u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64", "bool", "be16", "seen"] as const;

/** The values of all variables. */
function values(all: All): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

function refused(work: () => unknown, code: ErrorCode, ...words: readonly string[]): EbpfError {
  const error = assertThrows(work, EbpfError);
  assertEquals(error.code, code, error.message);
  for (const word of words) assertStringIncludes(error.message, word);
  return error;
}

/** Where a line of this file is. */
function lineOf(text: string): number {
  const lines = readFileSync(new URL(import.meta.url), "utf8").split("\n");
  return lines.findIndex((line) => line.trim() === text) + 1;
}

describe("a loaded program", needsKernel(), () => {
  it("shares its variables, which keep their values", () => {
    using counter = new Count();
    counter.count = 40;
    counter.load();
    assertEquals(counter.count, 40);
    const { action, name, packet, duration } = counter.test(frame, { on: "kernel", repeat: 2 });
    assertEquals([action, name, counter.count], [XDP.PASS, "PASS", 42]);
    assertEquals(packet, frame);
    assert(Number.isInteger(duration) && duration >= 0);
    counter.count = 7;
    counter.test(frame, { on: "kernel" });
    assertEquals(counter.count, 8);
  });

  it("does to variables of every type what plain JavaScript does", () => {
    using inKernel = new All();
    using inJavaScript = new All();
    assertEquals(values(inKernel), values(inJavaScript));
    for (let turn = 0; turn < 5; turn++) {
      inKernel.test(frame, { on: "kernel" });
      inJavaScript.test(frame, { on: "js" });
      assertEquals(values(inKernel), values(inJavaScript));
    }
  });

  it("runs as plain JavaScript on the same memory", () => {
    using counter = new Count();
    for (const on of ["js", "kernel", "js", "kernel"] as const) counter.test(frame, { on });
    assertEquals(counter.count, 4);
  });

  it("reads and writes the packet as plain JavaScript does, whatever its length", () => {
    class Swap extends XDP {
      @packetVar(12, be16)
      accessor etherType!: number;
      @packetVar(14, u16)
      accessor native!: number;
      @globalVar(u32)
      accessor sum = 0;
      override defaultAction = XDP.DROP;
      program(packet: Packet) {
        this.etherType += 1;
        this.sum += packet.getUint8(20);
        this.native = this.etherType;
        packet.setUint32(30, 0x01020304);
        return XDP.TX;
      }
    }
    using inKernel = new Swap();
    using inJavaScript = new Swap();
    for (let length = 14; length <= 40; length++) {
      const packet = ethernetFrame(length);
      const [real, expected] = [inKernel.test(packet, { on: "kernel" }), inJavaScript.test(packet, { on: "js" })];
      assertEquals(
        [real.name, real.packet, inKernel.sum],
        [expected.name, expected.packet, inJavaScript.sum],
        `${length}`,
      );
    }
  });

  it("honours minimumPacketSize: exactly so many bytes suffice", () => {
    class Minimum extends Count {
      override minimumPacketSize = 20;
      override defaultAction = XDP.DROP;
    }
    using counter = new Minimum();
    const name = (length: number) => counter.test(ethernetFrame(length), { on: "kernel" }).name;
    assertEquals([name(19), counter.count], ["DROP", 0]);
    assertEquals([name(20), counter.count], ["PASS", 1]);
  });

  it("has captures and the instance's constants in its code", () => {
    const protocol = 0x88b5;
    class Specialised extends XDP {
      @packetVar(12, be16)
      accessor etherType!: number;
      constructor(readonly action: 1 | 2, readonly shift: number) {
        super();
      }
      @kernel(() => ({ protocol }))
      program() {
        if (this.etherType === protocol + this.shift) return this.action;
        return XDP.TX;
      }
    }
    using drop = new Specialised(1, 0);
    using pass = new Specialised(2, 0);
    using other = new Specialised(2, 1);
    assertEquals([drop, pass, other].map((program) => program.test(frame, { on: "kernel" }).name), [
      "DROP",
      "PASS",
      "TX",
    ]);
  });

  it("is the same after loading again, and gone after closing", () => {
    const counter = new Count();
    counter.load();
    const before = openDescriptors();
    counter.load();
    assertEquals(openDescriptors(), before);
    assertEquals(counter.assemble().length, counter.assemble().length);
    counter.close();
    counter.close();
    refused(() => counter.count, ErrorCode.Closed);
    refused(() => counter.load(), ErrorCode.Closed);
    refused(() => counter.test(frame, { on: "kernel" }), ErrorCode.Closed);
    refused(() => counter.attach("lo"), ErrorCode.Closed);
  });

  it("takes strange names", () => {
    class Größenzähler extends Count {}
    class AClassWithAVeryLongNameIndeed extends Count {}
    const anonymous = (() => class extends Count {})();
    for (const Class of [Größenzähler, AClassWithAVeryLongNameIndeed, anonymous]) {
      using counter = new Class();
      assertEquals(counter.test(frame, { on: "kernel" }).name, "PASS");
    }
  });

  it("without variables has no map", () => {
    class Drop extends XDP {
      program() {
        return XDP.DROP;
      }
    }
    using drop = new Drop();
    assertEquals(drop.test(frame, { on: "kernel" }).name, "DROP");
    assertEquals(programInfo(drop[loadedProgram]()).mapIds, []);
  });
});

/** Sign extension is what the newest instruction set does in one instruction. */
class Signed extends XDP {
  @globalVar(i8)
  accessor from = -5;
  @globalVar(i32)
  accessor to = 0;

  program() {
    this.to = this.from * 3;
    return XDP.PASS;
  }
}

/** As many rules as make tests go on to tests that are answered already. */
class Rules extends XDP {
  @globalVar(u32)
  accessor hits = 0;
  readonly rules: readonly { readonly address: number; readonly port: number }[] = Array.from(
    { length: 700 },
    (_, i) => ({ address: Math.imul(i, 0x9e3779b1) >>> 0, port: i }),
  );

  program(packet: Packet) {
    const address = packet.getUint32(26);
    const port = packet.getUint16(36);
    for (const rule of this.rules) {
      if (address === rule.address && port === rule.port) {
        this.hits += 1;
        return XDP.DROP;
      }
    }
    return XDP.PASS;
  }
}

describe("the instruction set of a loaded program", needsKernel(), () => {
  it("is the kernel's newest, or the one that is asked for", () => {
    const counts = [undefined, 3].map((cpu) => {
      using signed = new Signed();
      signed.load({ cpu });
      signed.test(frame, { on: "kernel" });
      assertEquals(signed.to, -15);
      return signed.assemble().length;
    });
    assert(counts[0] <= counts[1]);
  });

  it("is a version that there is", () => {
    using signed = new Signed();
    for (const cpu of [0, 5, 3.5]) refused(() => signed.load({ cpu }), ErrorCode.InvalidArgument, "version");
  });
});

describe("an unrolled table", needsKernel(), () => {
  it("is a search tree that the verifier goes through once", () => {
    using table = new Rules();
    table.load();
    const packet = new Uint8Array(64);
    new DataView(packet.buffer).setUint32(26, table.rules[650].address);
    new DataView(packet.buffer).setUint16(36, 650);
    assertEquals(table.test(packet, { on: "kernel" }).name, "DROP");
    assertEquals(table.hits, 1);
    new DataView(packet.buffer).setUint16(36, 649);
    assertEquals(table.test(packet, { on: "kernel" }).name, "PASS");
    const { verifiedInstructions } = programInfo(table[loadedProgram]());
    assert(verifiedInstructions < 10 * table.rules.length, `${verifiedInstructions} instructions`);
  });
});

describe("plain fields of a loaded program", needsKernel(), () => {
  class Steps extends XDP {
    @globalVar(u32)
    accessor count = 0;
    step = 5;
    unused = 1;
    program() {
      this.count += this.step;
    }
  }

  it("cannot be changed: the error names the line that uses them", () => {
    using steps = new Steps();
    steps.step = 6;
    steps.check();
    steps.step = 7;
    steps.load();
    const error = refused(() => steps.step = 8, ErrorCode.Folded, "Cannot set step to 8", "generated with 7");
    assertMatch(error.location!.file, /load_test\.ts$/);
    assertEquals(error.location!.line, lineOf("this.count += this.step;"));
    refused(() => steps.defaultAction = XDP.DROP, ErrorCode.Folded, "Cannot set defaultAction to 1");
    assertEquals([steps.step, steps.defaultAction, Object.keys(steps).includes("step")], [7, XDP.PASS, true]);
    steps.unused = 2;
    steps.test(frame, { on: "kernel" });
    steps.test(frame, { on: "js" });
    assertEquals([steps.count, steps.unused], [14, 2]);
    assertStringIncludes(steps.disassemble(), "7");
  });

  it("belong to each object", () => {
    using first = new Steps();
    using second = new Steps();
    first.load();
    second.step = 9;
    second.test(frame, { on: "kernel" });
    first.test(frame, { on: "kernel" });
    assertEquals([first.count, second.count], [5, 9]);
  });
});

describe("a program that the kernel refuses", needsKernel(), () => {
  it("leaves nothing behind, and its variables where they were", () => {
    const counter = new Count();
    counter.count = 3;
    const before = openDescriptors();
    const compiled = { instructions: [exit()], maps: [], lines: [], functions: [{ slot: 0, name: "Count" }] };
    const error = refused(
      () => load(counter[memory], compiled, counter[description]()),
      ErrorCode.VerifierRejected,
      'Cannot load program "Count"',
      "R0 !read_ok",
    );
    assertStringIncludes(error.log!, "R0 !read_ok");
    assertEquals([openDescriptors(), counter.count], [before, 3]);
    assertEquals([counter.test(frame, { on: "kernel" }).name, counter.count], ["PASS", 4]);
    counter.close();
    assertEquals(openDescriptors(), before);
  });

  it("never gets there if its text is outside the language", () => {
    class Wrong extends Count {
      override program() {
        this.count += Date.now();
        return XDP.PASS;
      }
    }
    const wrong = new Wrong();
    const before = openDescriptors();
    const error = refused(() => wrong.load(), ErrorCode.UnsupportedSyntax, "Date");
    assertMatch(error.location!.file, /load_test\.ts$/);
    assertEquals(error.location!.line, lineOf("this.count += Date.now();"));
    assertEquals([openDescriptors(), wrong.count], [before, 0]);
  });
});

describe("bpftool", needsKernel("bpftool"), () => {
  const bpftool = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(findCommand("bpftool")!, args, { encoding: "utf8" });
    assertEquals(status, 0, stderr);
    return stdout;
  };

  it("sees the program, its map, its values and its lines as we do", () => {
    using counter = new Count();
    counter.load();
    counter.count = 0x01020304;
    const { id, tag, mapIds: [mapId] } = programInfo(counter[loadedProgram]());
    const program = JSON.parse(bpftool("-j", "prog", "show", "id", String(id)));
    assertEquals([program.type, program.name, program.tag, program.map_ids], ["xdp", "Count", tag, [mapId]]);
    assertEquals(program.gpl_compatible, true);
    using map = mapById(mapId)!;
    const { name, type, bytes_value } = JSON.parse(bpftool("-j", "map", "show", "id", String(mapId)));
    assertEquals([name, type, bytes_value], ["Count.globals", "array", 8]);
    assertEquals([mapInfo(map).name, mapInfo(map).valueSize], ["Count.globals", 8]);
    assertMatch(bpftool("map", "dump", "id", String(mapId)), /"count": 16909060/);
    const code = bpftool("prog", "dump", "xlated", "id", String(id), "linum");
    assertMatch(code, /; this\.count \+= 1; \[file:.*load_test\.ts line_num:\d+/);
  });
});

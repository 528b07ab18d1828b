/**
 * read(): loads that are not merged with others.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, globalVar, type Infer, kernel, read, struct, u16, u32, u64, XDP } from "../../mod.ts";
import { needsKernel } from "../support/kernel.ts";

const Flow = struct({ packets: u64, port: u16 });

class Twice extends XDP {
  @globalVar(u32)
  accessor flag = 7;
  @globalVar(u32)
  accessor sum = 0;
  @globalVar(Flow)
  accessor flow: Infer<typeof Flow> = { packets: 3n, port: 9 };

  @kernel(() => ({ read }))
  program() {
    this.sum = read(this, "flag") + read(this, "flag");
    this.flow.port = 5;
    this.sum += read(this.flow, "port");
  }
}

class Plain extends Twice {
  override program() {
    this.sum = this.flag + this.flag;
    this.flow.port = 5;
    this.sum += this.flow.port;
  }
}

const loads = (program: XDP, size: string) =>
  program.disassemble().split("\n").filter((line) => line.includes(`= *(${size} `));

describe("read()", () => {
  it("is the value, on all engines", () => {
    for (const on of ["js", "vm"] as const) {
      const program = new Twice();
      program.test(new Uint8Array(64), { on });
      assertEquals(program.sum, 19);
    }
  });

  it("loads each time, where plain reads are one", () => {
    assertEquals([loads(new Twice(), "u32").length, loads(new Twice(), "u16").length], [2, 1]);
    assertEquals([loads(new Plain(), "u32").length, loads(new Plain(), "u16").length], [1, 0]);
  });

  it("wants a name that is known", () => {
    class AnyName extends Twice {
      @kernel(() => ({ read }))
      override program() {
        this.sum = read(this, this.flag as unknown as "flag");
      }
    }
    assertEquals(assertThrows(() => new AnyName().check(), EbpfError).code, "UNSUPPORTED_SYNTAX");
  });
});

describe("read() in the kernel", needsKernel(), () => {
  it("is the value", () => {
    using program = new Twice();
    program.test(new Uint8Array(64), { on: "kernel" });
    assertEquals(program.sum, 19);
  });
});

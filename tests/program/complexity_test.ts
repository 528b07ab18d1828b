/**
 * Programs that the verifier gives up on are generated once more, with loops as functions (rule 20).
 *
 * @module
 */

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, ErrorCode, globalVar, type Packet, u32, XDP } from "../../mod.ts";
import { assemble } from "../../src/bytecode/asm.ts";
import type { CompileOptions } from "../../src/compiler/mod.ts";
import { generate, type Generated } from "../../src/program/ebpf.ts";
import { needsKernel } from "../support/kernel.ts";

/** A loop with more turns than the verifier follows. */
const endless = assemble("r1 = 0\nturn:\nr1 += 1\nif r1 < 2000000 goto turn\nr0 = 1\nexit");

/** Its code is what `firstTry` and `secondTry` say, or what the compiler makes. */
class Sum extends XDP {
  readonly tries: CompileOptions[] = [];
  @globalVar(u32)
  accessor sum = 0;

  program(packet: Packet) {
    let sum = 0;
    for (let i = 0; i < 30; i++) sum += packet.getUint8(i) & 1;
    this.sum = sum;
  }
  override [generate](options: CompileOptions = {}): Generated {
    this.tries.push(options);
    const generated = super[generate](options);
    if (!this.isTooComplex(options)) return generated;
    const { compiled } = generated;
    const [lines, functions] = [compiled.lines.slice(0, 1), compiled.functions.slice(0, 1)];
    return { ...generated, compiled: { ...compiled, instructions: [...endless.instructions], lines, functions } };
  }
  isTooComplex({ loops }: CompileOptions): boolean {
    return loops !== "bpf_loop";
  }
}

class Hopeless extends Sum {
  override isTooComplex(): boolean {
    return true;
  }
}

describe("a program that the verifier gives up on", needsKernel(), () => {
  it("is generated once more, with loops as functions", () => {
    using program = new Sum();
    const packet = Uint8Array.from({ length: 64 }, (_, i) => i);
    assertEquals(program.test(packet, { on: "kernel" }).name, "PASS");
    assertEquals(program.sum, 15);
    assertEquals(program.tries.map(({ loops }) => loops), [undefined, "bpf_loop"]);
  });

  it("is refused at the loop's line if that does not help", () => {
    using program = new Hopeless();
    const error = assertThrows(() => program.load(), EbpfError);
    assertEquals(error.code, ErrorCode.VerifierRejected);
    assertMatch(error.message, /loops as functions of their own did not help/);
    assertMatch(error.message, /complexity_test\.ts:\d+/);
    assertEquals(program.tries.length, 2);
    assertEquals(program.sum, 0);
  });
});

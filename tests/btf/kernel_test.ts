import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { BtfBuilder, buildProgramBtf } from "../../src/btf/mod.ts";
import { asm, call, encode, exit, label, memory, r0, r1, r2, r3, w0 } from "../../src/bytecode/asm.ts";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import { loadBtf, loadProgram, programInfo, ProgramType } from "../../src/kernel/mod.ts";
import { findCommand, needs } from "../support/skip.ts";

const location = (line: number) => ({ file: "/home/user/count.ts", line, column: 5 });
const part = label("part");
const program = asm(
  r1.load(memory.u32(r1, 0)),
  call(part),
  exit(),
  part,
  r0.mov(2),
  exit(),
);
const lines = [
  { slot: 0, location: location(7), text: "  const length = packet.byteLength;" },
  { slot: 1, location: location(8), text: "  return this.part(length);" },
];

/** Loads the program with its BTF. */
function load(assembly: typeof program) {
  const { btf, functionInfo, lineInfo } = buildProgramBtf(assembly.functions, lines);
  using types = loadBtf(btf);
  const instructions = encode(assembly.instructions);
  return loadProgram({ type: ProgramType.Xdp, name: "count", instructions, btf: types, functionInfo, lineInfo });
}

describe("the kernel", needs("linux", "root"), () => {
  it("takes every kind of type but those of object files", () => {
    const builder = new BtfBuilder();
    const u32 = builder.add({ kind: "int", name: "u32", size: 4 });
    const array = builder.add({ kind: "array", element: u32, index: u32, count: 4 });
    const members = [{ name: "key", type: u32, bitOffset: 0 }, { name: "values", type: array, bitOffset: 32 }];
    const struct = builder.add({ kind: "struct", name: "Flow", size: 20, members });
    builder.add({ kind: "typedef", name: "flow_t", type: struct });
    builder.add({ kind: "enum", name: "Action", size: 4, values: [{ name: "DROP", value: 1n }] });
    builder.add({ kind: "enum64", name: "Large", size: 8, values: [{ name: "L", value: 1n << 40n }] });
    builder.add({ kind: "float", name: "double", size: 8 });
    builder.add({ kind: "declarationTag", name: "noted", type: struct, component: 1 });
    const variable = builder.add({ kind: "variable", name: "flow", type: struct, linkage: "global" });
    builder.add({ kind: "section", name: ".data", size: 20, entries: [{ type: variable, offset: 0, size: 20 }] });
    loadBtf(builder.encode()).close();
  });

  it("takes a program's functions and lines, and bpftool shows them", needs("bpftool"), () => {
    using loaded = load(program);
    const { id } = programInfo(loaded);
    const { stdout } = spawnSync(findCommand("bpftool")!, ["prog", "dump", "xlated", "id", String(id), "linum"], {
      encoding: "utf8",
    });
    assertStringIncludes(stdout, "int main(struct xdp_md * ctx):");
    assertStringIncludes(stdout, "; return this.part(length); [file:/home/user/count.ts line_num:8 line_col:5]");
    assertStringIncludes(stdout, "int part():");
  });

  it("speaks of TypeScript lines when it refuses", () => {
    const wrong = asm(r2.load(memory.u32(r1, 0)), w0.load(memory.u8(r2, 0)), r3.mov(0), exit());
    let failure: unknown;
    try {
      load(wrong).close();
    } catch (error) {
      failure = error;
    }
    assert(failure instanceof EbpfError);
    assertEquals(failure.code, ErrorCode.VerifierRejected);
    assertStringIncludes(failure.log ?? "", "return this.part(length); @ count.ts:8");
  });
});

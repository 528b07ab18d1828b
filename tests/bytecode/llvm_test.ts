import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  assemble,
  decode,
  disassemble,
  encode,
  type Instruction,
  type Operation,
  operations,
} from "../../src/bytecode/mod.ts";
import { Random } from "../support/random.ts";
import { needs } from "../support/skip.ts";
import { runOn } from "../support/tool.ts";
import { randomInstruction } from "./samples.ts";

const perRow = 25;

/** Rows that LLVM 19 has no text for, and why; a function of operands for those that it has in part. */
const unknownToLlvm: Readonly<Record<string, string>> = {
  call_local: "prints `call -1`",
  call_kfunc: "prints `call N`, as for a helper",
  lddw_map: "drops the pseudo source",
  lddw_map_value: "drops the pseudo source",
  lddw_btf: "drops the pseudo source",
  lddw_function: "drops the pseudo source",
  lddw_map_index: "drops the pseudo source",
  lddw_map_index_value: "drops the pseudo source",
  ...Object.fromEntries(
    [8, 16, 32, 64].flatMap((bits) =>
      ["load_acquire", "store_release"].map((name) => [`atomic_${name}${bits}`, "came with LLVM 20"])
    ),
  ),
};

const rows = operations().filter((row) => !(row.name in unknownToLlvm));

/** Operands that LLVM's text can express. */
function expressible(row: Operation, instruction: Instruction): Instruction {
  // The immediate of an indirect packet load, and far jumps beyond 16 bits, get lost.
  if (row.kind === "packet" && row.indirect) return { ...instruction, immediate: 0 };
  if (row.kind === "jump" && row.far) return { ...instruction, immediate: instruction.immediate << 16 >> 16 };
  // llvm-mc takes address spaces as one small number each.
  if (row.kind === "cast") return { ...instruction, immediate: instruction.immediate & 0x00010001 };
  return instruction;
}

function samples(): readonly Instruction[] {
  const random = new Random(19);
  return rows.flatMap((row) => Array.from({ length: perRow }, () => expressible(row, randomInstruction(random, row))));
}

/** Text to bytes, by LLVM. */
function llvmAssemble(text: string): Uint8Array {
  const encodings = runOn("llvm-mc-19", text, ["-triple=bpfel", "-mcpu=v4", "-show-encoding"]);
  return Uint8Array.from(
    [...encodings.matchAll(/encoding: \[([^\]]*)\]/g)].flatMap(([, bytes]) => bytes.split(",").map(Number)),
  );
}

/** Bytes to text, by LLVM, one line an instruction. */
function llvmDisassemble(bytes: Uint8Array): readonly string[] {
  const figures = Array.from(bytes, (byte) => `0x${byte.toString(16)}`).join(" ");
  const text = runOn("llvm-mc-19", figures, ["-triple=bpfel", "-mcpu=v4", "-disassemble"]);
  return text.split("\n").map((line) => line.trim()).filter((line) => line && !line.startsWith("."));
}

describe("LLVM 19", needs("llvm-mc-19"), () => {
  const program = samples();
  const lines = disassemble(program, { symbols: false, slots: false }).trimEnd().split("\n").map((line) => line.trim());

  it(`assembles our text of ${rows.length} operations to our bytes`, () => {
    assertEquals(lines.length, program.length);
    const ours = program.map((each) => encode([each]));
    const theirs = llvmAssemble(lines.join("\n") + "\n");
    let position = 0;
    program.forEach((_, index) => {
      const end = position + ours[index].length;
      assertEquals(theirs.slice(position, end), new Uint8Array(ours[index]), lines[index]);
      position = end;
    });
    assertEquals(theirs.length, position);
  });

  it("disassembles our bytes to our text, and to what our assembler takes", () => {
    const theirs = llvmDisassemble(encode(program));
    theirs.forEach((line, index) => assertEquals(canonical(line), canonical(lines[index])));
    assertEquals(theirs.length, lines.length);
    assertEquals(encode(assemble(theirs.join("\n")).instructions), encode(program));
  });

  it("lacks only the operations of the table above", () => {
    assertEquals(operations().length - rows.length, Object.keys(unknownToLlvm).length);
    for (const [name, reason] of Object.entries(unknownToLlvm)) {
      assert(operations().some((row) => row.name === name), name);
      console.log(`not compared with LLVM: ${name}: ${reason}`);
    }
  });

  it("agrees on what clang makes of a program", needs("clang-19", "llvm-objcopy-19"), () => {
    const source = `
      typedef unsigned int u32; typedef unsigned long long u64;
      struct ctx { u32 data, end; };
      u64 total; 
      static __attribute__((noinline)) int part(u32 a, long long b) { return (int)(b / 7) % (a | 3); }
      __attribute__((section("xdp"))) int f(struct ctx *c) {
        unsigned char *p = (void*)(u64)c->data, *e = (void*)(u64)c->end;
        u64 sum = 0;
        for (int i = 0; i < 40; i++) { if (p + i + 1 > e) break; sum = sum * 31 + (signed char)p[i]; }
        __sync_fetch_and_add(&total, sum);
        return part(sum, (long long) sum - 9) ? 2 : __builtin_bswap32(sum) & 1;
      }`;
    const args = ["-x", "c", "--target=bpfel", "-mcpu=v4", "-O2", "-S", "-o", "-"];
    const text = runOn("clang-19", source, args);
    const code = text.split("\n").filter((line) => /^\s+(?!\.)\S|^[.\w]+:/.test(line)).map((line) =>
      line.split("#")[0]
    );
    assert(code.length > 30);
    // Addresses of variables and calls of functions are relocations there and symbols here.
    const plain = code.map((line) => line.replace(/= total ll/, "= 0 ll"));
    const ours = assemble(plain.join("\n"));
    assertEquals(decode(encode(ours.instructions)), ours.instructions);
    const jumps = code.filter((line) => /goto/.test(line)).length;
    const targets = disassemble(ours.instructions, { symbols: false }).match(/goto [+-]\d+/g) ?? [];
    assertEquals(targets.length, jumps);
  });
});

/** LLVM writes `r1 = 5 ll` with unsigned figures, and numbers of one sign or the other. */
function canonical(line: string): string {
  return line.replace(/\s+/g, " ").replace(/-?\b\d+(?= ll\b)/, (figures) => String(BigInt.asIntN(64, BigInt(figures))));
}

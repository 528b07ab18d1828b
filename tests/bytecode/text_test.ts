import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  alu,
  assemble,
  branch,
  call,
  callKfunc,
  callLocal,
  decode,
  disassemble,
  encode,
  exit,
  functionAddress,
  immediate,
  type Instruction,
  jump,
  mapDescriptor,
  mapNames,
  mapValue,
  operations,
} from "../../src/bytecode/mod.ts";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import { Random } from "../support/random.ts";
import { randomInstruction, randomSlot } from "./samples.ts";

/** Text and back; the maps are found again by the names that the text gave them. */
function roundTrip(program: readonly Instruction[], symbols: boolean): readonly Instruction[] {
  const maps = new Map([...mapNames(program)].map(([map, name]) => [name, map]));
  return assemble(disassemble(program, { symbols }), { maps }).instructions;
}

describe("disassemble", () => {
  const globals = { name: "globals" };
  const program = [
    mapValue(1, globals, 8),
    branch("sgt", 32, 1, immediate(4), 3),
    call("redirect_map"),
    callLocal(2),
    jump(0),
    exit(),
    functionAddress(2, -1),
    callKfunc(33, 2),
    mapDescriptor(1, { name: "globals" }),
    exit(),
  ];

  it("names places, functions, helpers and maps, and shows source lines", () => {
    const listing = {
      instructions: program,
      functions: [{ slot: 0, name: "exit" }],
      lines: [{ slot: 2, location: { file: "/a/b.ts", line: 4 }, text: "  if (this.x > 4) {" }],
    };
    assertEquals(
      disassemble(listing),
      `exit_:
   0: r1 = map[globals][0] + 8
; if (this.x > 4) { @ /a/b.ts:4
   2: if w1 s> 4 goto L6
   3: call bpf_redirect_map
   4: call function_7
   5: goto L6
L6:
   6: exit
function_7:
   7: r2 = function function_7
   9: call kfunc[33] in 2
  10: r1 = map[globals.2]
  12: exit
`,
    );
  });

  it("shows figures when asked", () => {
    const text = disassemble(program.slice(1, 6), { symbols: false, slots: false });
    assertEquals(text, "  if w1 s> 4 goto +3\n  call 51\n  call pc+2\n  goto +0\n  exit\n");
  });

  it("shows bytes where reserved fields are used", () => {
    const text = disassemble([{ ...exit(), offset: 3 }, { ...alu("mov", 64, 1, immediate(1)), src: 12 }]);
    assertStringIncludes(text, ".8byte 0x0000000000030095");
    assertStringIncludes(text, ".8byte 0x00000001000000b7".replace("00b7", "c1b7"));
  });
});

describe("assemble", () => {
  it("is the inverse of disassemble on every operation", () => {
    const random = new Random(3);
    const clean = operations().flatMap((row) => Array.from({ length: 20 }, () => randomInstruction(random, row)));
    for (const symbols of [true, false]) assertEquals(roundTrip(clean, symbols), clean);
  });

  it("is the inverse of disassemble on any bytes", () => {
    for (let seed = 0; seed < 1000; seed++) {
      const random = new Random(seed);
      const slots = Array.from({ length: 1 + random.below(12) }, () => [...randomSlot(random, operations())]);
      const bytes = Uint8Array.from(slots.flat());
      assertEquals(encode(roundTrip(decode(bytes), true)), bytes, `seed ${seed}`);
    }
  });

  it("keeps maps apart that have the same name", () => {
    const program = [
      mapValue(1, { name: "a" }, 0),
      mapDescriptor(1, { name: "a" }),
      mapDescriptor(1, { name: "1 b]" }),
    ];
    const again = roundTrip(program, true);
    assertEquals(again.map(({ map }, index) => map === program[index].map), [true, true, true]);
  });

  it("takes labels, comments, spellings and spacing as people have them", () => {
    const text = `
      start: r6=r1            ; the context
      again:
          r0 = *(u32*)(r6+4)  // llvm's older spelling
          *(u16 *)(r10 - 2) = r0
          r2 &= 0xffffffff    # all ones
          if r0 == 0x10 goto out
          call helper
          goto again
      out: exit
      helper: r0 = -1
          r1 = 0xffffffffffffffff ll
          exit
    `;
    const { instructions, functions } = assemble(text);
    assertEquals(
      disassemble(instructions, { symbols: false, slots: false }).trim().split(/\s*\n\s*/),
      [
        "r6 = r1",
        "w0 = *(u32 *)(r6 + 4)",
        "*(u16 *)(r10 - 2) = w0",
        "r2 &= -1",
        "if r0 == 16 goto +2",
        "call pc+2",
        "goto -6",
        "exit",
        "r0 = -1",
        "r1 = -1 ll",
        "exit",
      ],
    );
    assertEquals(functions, [{ slot: 0, name: "start" }, { slot: 8, name: "helper" }]);
  });

  it("gives lines that point into the text", () => {
    const { lines } = assemble("r0 = 2\n\n  exit ; done", { file: "pass.s" });
    assertEquals(lines, [
      { slot: 0, location: { file: "pass.s", line: 1, column: 1 }, text: "r0 = 2" },
      { slot: 1, location: { file: "pass.s", line: 3, column: 3 }, text: "  exit ; done" },
    ]);
  });

  const refused: readonly (readonly [text: string, why: string])[] = [
    ["r1 = [r5]", "there is no such instruction"],
    ["r11 = 1", "there is no such instruction"],
    ["r1 += w2", "there is no such instruction"],
    ["r1 = -r2", "the register must be r1 here"],
    ["r1 = 2147483648", "2147483648 does not fit 32 bits"],
    ["r1 = 0x100000000", "0x100000000 does not fit 32 bits"],
    ["r1 = 0x10000000000000000 ll", "does not fit 64 bits"],
    ["r1 = *(u32 *)(r2 + 32768)", "+ 32768 does not fit 16 bits"],
    ["goto nowhere", "there is no label nowhere"],
    ["call bpf_no_such", "there is no label bpf_no_such"],
    ["a: a: exit", "the label a is there twice"],
    ["r1 = map[globals][1] + 0", "1 does not fit 0 bits"],
    ['r1 = "x"', '""" is not of this language'],
    ["if r1 == 1 goto +40000", "+40000 does not fit 16 bits"],
    [".8byte five", ".8byte takes 64-bit numbers"],
    ["r1 = cmpxchg_64(r1 + 0, r0, r2)", "the register must be r0 here"],
    ["r1 += r11", "r11 stands where a number belongs"],
  ];
  for (const [text, why] of refused) {
    it(`refuses ${text}`, () => {
      const error = assertThrows(() => assemble(`r0 = 1\n  ${text}\n`), EbpfError, why);
      assertEquals(error.code, ErrorCode.SyntaxError);
      assertEquals(error.location?.line, 2);
    });
  }

  it("refuses a branch that is too far", () => {
    const text = `if r1 == 0 goto end\n${"r0 = 0\n".repeat(32768)}end: exit`;
    assertThrows(() => assemble(text), EbpfError, "does not fit 16 bits");
  });
});

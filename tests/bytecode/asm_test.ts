import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  asm,
  type Assembly,
  call,
  callKfunc,
  disassemble,
  exit,
  type Item,
  jump,
  label,
  mayGoto,
  memory,
  r0,
  r1,
  r10,
  r2,
  r3,
  r6,
  w0,
  w1,
  w2,
} from "../../src/bytecode/asm.ts";
import { EbpfError, ErrorCode } from "../../src/errors.ts";

const globals = { name: "globals" };
const text = (program: Assembly) =>
  disassemble(program, { symbols: false, slots: false }).trimEnd().split("\n").map((line) => line.trim());

/** Each form of the assembler and what it means. */
const forms: readonly (readonly [Item, string])[] = [
  [r1.add(5), "r1 += 5"],
  [r1.add(r2), "r1 += r2"],
  [r1.add(r10), "r1 += r10"],
  [w1.sub(w2), "w1 -= w2"],
  [r1.mul(-3), "r1 *= -3"],
  [r1.div(3), "r1 /= 3"],
  [r1.sdiv(r2), "r1 s/= r2"],
  [w1.smod(7), "w1 s%= 7"],
  [r1.or(1), "r1 |= 1"],
  [r1.and(r2), "r1 &= r2"],
  [r1.xor(-1), "r1 ^= -1"],
  [r1.lsh(3), "r1 <<= 3"],
  [r1.rsh(r2), "r1 >>= r2"],
  [w1.arsh(31), "w1 s>>= 31"],
  [r1.mov(r10), "r1 = r10"],
  [r1.mov(-1), "r1 = -1"],
  [r1.mov(-1n), "r1 = -1"],
  [r1.mov(2 ** 31), "r1 = 2147483648 ll"],
  [r1.mov(0xffffffffffffffffn), "r1 = -1 ll"],
  [w1.mov(w2), "w1 = w2"],
  [r1.movsx(32, r2), "r1 = (s32)r2"],
  [w1.movsx(8, w2), "w1 = (s8)w2"],
  [r1.neg(), "r1 = -r1"],
  [w1.neg(), "w1 = -w1"],
  [r1.htobe(16), "r1 = be16 r1"],
  [r1.htole(32), "r1 = le32 r1"],
  [r1.bswap(64), "r1 = bswap64 r1"],
  [r1.load(memory.u8(r2, 4)), "w1 = *(u8 *)(r2 + 4)"],
  [w1.load(memory.u16(r2, -4)), "w1 = *(u16 *)(r2 - 4)"],
  [r1.load(memory.u64(r10, -8)), "r1 = *(u64 *)(r10 - 8)"],
  [r1.load(memory.s32(r2)), "r1 = *(s32 *)(r2 + 0)"],
  [r1.loadAcquire(memory.u32(r2, 8)), "w1 = load_acquire((u32 *)(r2 + 8))"],
  [memory.u8(r1, 1).store(7), "*(u8 *)(r1 + 1) = 7"],
  [memory.u16(r1, 1).store(w2), "*(u16 *)(r1 + 1) = w2"],
  [memory.u32(r1, 1).store(r2), "*(u32 *)(r1 + 1) = w2"],
  [memory.u64(r10, -8).store(r1), "*(u64 *)(r10 - 8) = r1"],
  [memory.u8(r1).storeRelease(w2), "store_release((u8 *)(r1 + 0), w2)"],
  [memory.u64(r1, 8).add(r2), "lock *(u64 *)(r1 + 8) += r2"],
  [memory.u32(r1, 8).or(w2), "lock *(u32 *)(r1 + 8) |= w2"],
  [memory.u64(r1, 8).fetchAnd(r2), "r2 = atomic_fetch_and((u64 *)(r1 + 8), r2)"],
  [memory.u32(r1, 8).xchg(w2), "w2 = xchg32_32(r1 + 8, w2)"],
  [memory.u64(r1, 8).cmpxchg(r2), "r0 = cmpxchg_64(r1 + 8, r0, r2)"],
  [r1.map(5), "r1 = map[5]"],
  [r1.mapValue(globals, 8), "r1 = map[globals][0] + 8"],
  [call("ktime_get_ns"), "call 5"],
  [call("bpf_redirect"), "call 23"],
  [call(181), "call 181"],
  [call(r6), "callx r6"],
  [callKfunc(77), "call kfunc[77]"],
  [{ opcode: 0x95, dst: 0, src: 0, offset: 0, immediate: 0 }, "exit"],
  [exit(), "exit"],
];

describe("asm", () => {
  for (const [item, expected] of forms) {
    it(expected, () => {
      assertEquals(disassemble(asm(item), { symbols: false, slots: false }).trim(), expected);
    });
  }

  it("jumps and calls, forward and backward, over instructions of two slots", () => {
    const again = label("again"), out = label("out"), part = label("part"), main = label("count");
    const program = asm(
      main,
      again,
      r1.mov(1n << 40n),
      [jump(out, r1.sgt(r2)), jump(out, w1.set(8))],
      mayGoto(again),
      call(part),
      r2.function(part),
      jump(again),
      out,
      exit(),
      part,
      r0.mov(0),
      exit(),
    );
    assertEquals(text(program), [
      "r1 = 1099511627776 ll",
      "if r1 s> r2 goto +6",
      "if w1 & 8 goto +5",
      "may_goto -5",
      "call pc+4",
      "r2 = function +3",
      "goto -9",
      "exit",
      "r0 = 0",
      "exit",
    ]);
    assertEquals(program.functions, [{ slot: 0, name: "count" }, { slot: 10, name: "part" }]);
  });

  it("reaches far", () => {
    const end = label("end");
    const filler = Array.from({ length: 40000 }, () => r0.mov(0));
    assertEquals(text(asm(jump(end), filler, end, exit()))[0], "gotol +40000");
    assertEquals(assertThrows(() => asm(jump(end, r1.eq(0)), filler, end), EbpfError).code, ErrorCode.OutOfRange);
  });

  it("names its maps", () => {
    const other = { name: "other" };
    const program = asm(r1.map(globals), r2.mapValue(other), r3.mapValue(globals, 4));
    assertEquals(program.maps, [globals, other]);
  });

  it("refuses labels that are nowhere or everywhere", () => {
    const lost = label("lost");
    assertThrows(() => asm(jump(lost)), EbpfError, "Cannot reach label lost");
    assertThrows(() => asm(lost, lost), EbpfError, "Cannot place label lost twice");
  });

  // What is refused by types is refused at run time too, for JavaScript.
  const wrong: readonly (readonly [why: string, make: () => unknown])[] = [
    // @ts-expect-error a 32-bit register with a 64-bit operation
    ["Cannot make instruction add64: its operand must be a number or a 64-bit register", () => r1.add(w2)],
    // @ts-expect-error the other way
    ["Cannot make instruction mov32: its operand must be a number or a 32-bit register", () => w1.mov(r2)],
    // @ts-expect-error more than 32 bits belong into mov
    ["its operand must be a number or a 64-bit register", () => r1.add(1n << 40n)],
    // @ts-expect-error the base of an address has 64 bits
    ["Cannot make instruction memory access", () => memory.u8(w1, 0)],
    // @ts-expect-error a signed load needs a whole register
    ["this memory needs a 64-bit register", () => w0.load(memory.s8(r1))],
    // @ts-expect-error 64 bits do not fit w1
    ["this memory needs a 64-bit register", () => w1.load(memory.u64(r1))],
    // @ts-expect-error half a register has no 64 bits to store
    ["its operand must be a 64-bit register", () => memory.u64(r1).store(w1)],
    // @ts-expect-error there is no such helper
    ["there is no such helper", () => call("ktime_get")],
    ["offset 40000 does not fit 16 signed bits", () => r1.load(memory.u8(r2, 40000))],
    ["immediate 4294967296 does not fit 32 signed bits", () => r1.add(2 ** 32)],
  ];
  for (const [why, make] of wrong) it(`refuses: ${why}`, () => void assertThrows(make, EbpfError, why));

  it("has no methods that write r10, no atomics on bytes, no stores to signed places", () => {
    // @ts-expect-error r10 is read-only
    assertThrows(() => r10.add(1), TypeError);
    // @ts-expect-error atomics have 4 or 8 bytes
    assertThrows(() => memory.u8(r1).fetchAdd(r2), TypeError);
    // @ts-expect-error signedness is a matter of loads
    assertThrows(() => memory.s8(r1).store(1), TypeError);
  });
});

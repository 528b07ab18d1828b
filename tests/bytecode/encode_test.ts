import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  alu,
  atomic,
  branch,
  call,
  decode,
  encode,
  exit,
  helperId,
  helperName,
  immediate,
  inRegister,
  jump,
  lddw,
  load,
  mapValue,
  operationOf,
  operations,
  slotOffsets,
  store,
} from "../../src/bytecode/mod.ts";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import { Random } from "../support/random.ts";
import { randomInstruction, randomSlot } from "./samples.ts";

describe("operations", () => {
  it("have a name and a text of their own, and no two the same encoding", () => {
    for (const key of ["name", "text"] as const) {
      assertEquals(new Set(operations().map((row) => row[key])).size, operations().length);
    }
    const encodings = operations().map(({ opcode, fixed }) => JSON.stringify([opcode, fixed]));
    assertEquals(new Set(encodings).size, operations().length);
  });

  it("are found again from every one of their instructions", () => {
    const random = new Random(1);
    for (const row of operations()) {
      for (let count = 0; count < 20; count++) assertEquals(operationOf(randomInstruction(random, row)), row);
    }
  });
});

describe("encode", () => {
  const bytes = (...text: string[]) => text.join("").match(/../g)!.map((pair) => parseInt(pair, 16));

  it("writes what clang writes", () => {
    const program = [
      load(4, 2, 1, 4),
      alu("add", 64, 2, immediate(-14)),
      alu("mov", 32, 0, inRegister[2]),
      branch("gt", 64, 2, inRegister[3], 5),
      store(1, 10, -1, 0),
      atomic("fetchAdd", 8, 1, 16, 2),
      lddw(6, 0x123456789abcdef0n),
      call("bpf_ktime_get_ns"),
      exit(),
    ];
    assertEquals(
      [...encode(program)],
      bytes(
        "6112040000000000",
        "07020000f2ffffff",
        "bc20000000000000",
        "2d32050000000000",
        "730affff00000000",
        "db21100001000000",
        "18060000f0debc9a",
        "0000000078563412",
        "8500000005000000",
        "9500000000000000",
      ),
    );
    assertEquals([...slotOffsets(program)], [0, 1, 2, 3, 4, 5, 6, 8, 9, 10]);
  });

  it("puts descriptors in the place of maps", () => {
    const map = { name: "globals" };
    const program = [mapValue(1, map, 8)];
    assertEquals([...encode(program, () => 7)], bytes("1821000007000000", "0000000008000000"));
    assertEquals([...encode(program)], bytes("1821000000000000", "0000000008000000"));
  });

  it("takes the far jump where 16 bits do not reach", () => {
    assertEquals([...encode([jump(32767)])], bytes("0500ff7f00000000"));
    assertEquals([...encode([jump(-32769)])], bytes("06000000ff7fffff"));
  });

  it("refuses what would be cut off", () => {
    for (
      const make of [
        () => load(4, 2, 1, 32768),
        () => alu("add", 64, 2, immediate(2 ** 31)),
        () => alu("add", 64, 2, immediate(0.5)),
        () => lddw(1, 1n << 64n),
        () => branch("eq", 64, 1, immediate(0), -32769),
      ]
    ) assertEquals(assertThrows(make, EbpfError).code, ErrorCode.OutOfRange);
    assertEquals(assertThrows(() => call("no_such_helper"), EbpfError).code, ErrorCode.InvalidArgument);
  });
});

describe("decode", () => {
  it("is the inverse of encode on every operation", () => {
    const random = new Random(2);
    const program = operations().flatMap((row) => Array.from({ length: 10 }, () => randomInstruction(random, row)));
    assertEquals(decode(encode(program)), program);
  });

  it("keeps any bytes", () => {
    for (let seed = 0; seed < 3000; seed++) {
      const random = new Random(seed);
      const slots = Array.from({ length: 1 + random.below(8) }, () => [...randomSlot(random, operations())]);
      const bytes = Uint8Array.from(slots.flat());
      assertEquals(encode(decode(bytes)), bytes, `seed ${seed}`);
    }
  });

  it("leaves half a lddw alone", () => {
    const half = encode([lddw(1, 5n)]).slice(0, 8);
    assertEquals(decode(half)[0].high, undefined);
    assertEquals(encode(decode(half)), half);
  });

  it("refuses half a slot", () => {
    assertEquals(assertThrows(() => decode(new Uint8Array(12)), EbpfError).code, ErrorCode.InvalidArgument);
  });
});

describe("helpers", () => {
  it("have the kernel's numbers", () => {
    const known = { map_lookup_elem: 1, ktime_get_ns: 5, redirect_map: 51, ringbuf_output: 130, loop: 181 };
    for (const [name, id] of Object.entries(known)) {
      assertEquals(helperId(name), id);
      assertEquals(helperId(`bpf_${name}`), id);
      assertEquals(helperName(id), `bpf_${name}`);
    }
    assertEquals(helperName(211), "bpf_cgrp_storage_delete");
    assert(helperName(0) === undefined && helperName(212) === undefined && helperName(-1) === undefined);
  });
});

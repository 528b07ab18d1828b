import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  BtfBuilder,
  type BtfType,
  buildMapBtf,
  buildProgramBtf,
  buildVariablesBtf,
  decodeBtf,
  sectionVariables,
  typeText,
} from "../../src/btf/mod.ts";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import { array, bits, ipv4, struct, u16, u32, u64, u8 } from "../../src/types/mod.ts";
import { needs } from "../support/skip.ts";
import { runOn } from "../support/tool.ts";

const location = (line: number) => ({ file: "/home/user/count.ts", line, column: 5 });

/** One type of every kind, each as it is added and as bpftool prints it. */
function everyKind(builder: BtfBuilder): void {
  const u32 = builder.add({ kind: "int", name: "u32", size: 4 });
  const i64 = builder.add({ kind: "int", name: "i64", size: 8, encoding: "signed" });
  builder.add({ kind: "int", name: "flag", size: 1, encoding: "bool" });
  builder.add({ kind: "float", name: "double", size: 8 });
  const array = builder.add({ kind: "array", element: u32, index: u32, count: 16 });
  const flow: BtfType = {
    kind: "struct",
    name: "Flow",
    size: 80,
    members: [
      { name: "packets", type: u32, bitOffset: 0, bitSize: 5 },
      { name: "rest", type: u32, bitOffset: 5, bitSize: 27 },
      { name: "bytes", type: i64, bitOffset: 64 },
      { name: "ports", type: array, bitOffset: 128 },
    ],
  };
  const struct = builder.add(flow);
  builder.add({ kind: "union", name: "Either", size: 8, members: [{ name: "word", type: u32, bitOffset: 0 }] });
  builder.add({ kind: "enum", name: "Small", size: 4, values: [{ name: "A", value: 1n }] });
  builder.add({ kind: "enum64", name: "Big", size: 8, signed: true, values: [{ name: "B", value: -5000000000n }] });
  builder.add({ kind: "forward", name: "later" });
  builder.add({ kind: "typedef", name: "flow_t", type: struct });
  const volatile = builder.add({ kind: "volatile", type: u32 });
  const constant = builder.add({ kind: "const", type: volatile });
  const pointer = builder.add({ kind: "pointer", type: constant });
  builder.add({ kind: "restrict", type: pointer });
  const tag = builder.add({ kind: "typeTag", name: "kptr", type: struct });
  builder.add({ kind: "pointer", type: tag });
  const prototype = builder.add({ kind: "prototype", result: u32, parameters: [{ name: "x", type: pointer }] });
  builder.add({ kind: "function", name: "callback", type: prototype, linkage: "static" });
  const variable = builder.add({ kind: "variable", name: "flows", type: struct, linkage: "global" });
  builder.add({ kind: "section", name: ".maps", size: 80, entries: [{ type: variable, offset: 0, size: 80 }] });
  builder.add({ kind: "declarationTag", name: "noted", type: struct, component: 2 });
}

describe("BtfBuilder", () => {
  it("writes the header, types and strings byte for byte", () => {
    const builder = new BtfBuilder();
    builder.add({ kind: "int", name: "u8", size: 1 });
    const bytes = builder.encode();
    const words = [...new Uint32Array(bytes.buffer, 0, 10)];
    assertEquals(words, [0x0001eb9f, 24, 0, 16, 16, 4, 1, 0x01000000, 1, 8]);
    assertEquals(new TextDecoder().decode(bytes.subarray(40)), "\0u8\0");
  });

  it("gives equal types one number", () => {
    const builder = new BtfBuilder();
    const first = builder.add({ kind: "int", name: "u8", size: 1 });
    assertEquals(builder.add({ kind: "int", name: "u8", size: 1 }), first);
    assertEquals(builder.add({ kind: "int", name: "u16", size: 2 }), 2);
    assertEquals(builder.nextId(), 3);
  });

  it("writes every kind as bpftool reads it", needs("bpftool"), () => {
    const builder = new BtfBuilder();
    everyKind(builder);
    const text = runOn("bpftool", builder.encode(), ["btf", "dump", "file"]);
    for (
      const line of [
        "INT 'u32' size=4 bits_offset=0 nr_bits=32 encoding=(none)",
        "INT 'i64' size=8 bits_offset=0 nr_bits=64 encoding=SIGNED",
        "INT 'flag' size=1 bits_offset=0 nr_bits=8 encoding=BOOL",
        "FLOAT 'double' size=8",
        "STRUCT 'Flow' size=80 vlen=4",
        "'packets' type_id=1 bits_offset=0 bitfield_size=5",
        "'rest' type_id=1 bits_offset=5 bitfield_size=27",
        "'ports' type_id=5 bits_offset=128",
        "UNION 'Either' size=8 vlen=1",
        "'B' val=-5000000000",
        "FWD 'later' fwd_kind=struct",
        "FUNC 'callback' type_id=18 linkage=static",
        "VAR 'flows' type_id=6, linkage=global",
        "DATASEC '.maps' size=80 vlen=1",
        "DECL_TAG 'noted' type_id=6 component_idx=2",
      ]
    ) assertStringIncludes(text, line);
  });
});

describe("decodeBtf", () => {
  it("reads every kind as it was written", () => {
    const builder = new BtfBuilder();
    everyKind(builder);
    const bytes = builder.encode();
    const again = new BtfBuilder();
    const types = decodeBtf(bytes);
    assertEquals(types[0], undefined);
    for (const type of types.slice(1)) again.add(type!);
    assertEquals(again.encode(), bytes);
  });

  it("refuses what is no BTF, or cut off", () => {
    const builder = new BtfBuilder();
    everyKind(builder);
    const bytes = builder.encode();
    for (const length of [0, 1, 23, 24, 60, bytes.length - 40]) {
      assertEquals(assertThrows(() => decodeBtf(bytes.subarray(0, length)), EbpfError).code, ErrorCode.InvalidArgument);
    }
    const wrong = bytes.slice();
    wrong[0] = 0;
    assertThrows(() => decodeBtf(wrong), EbpfError, "does not begin as BTF does");
    const kindless = bytes.slice();
    kindless[24 + 7] = 31;
    assertThrows(() => decodeBtf(kindless), EbpfError, "no kind 31");
  });
});

describe("typeText", () => {
  const textOf = (type: Parameters<typeof buildMapBtf>[1]) => {
    const { btf, valueType } = buildMapBtf("m", undefined, type);
    return typeText(decodeBtf(btf), valueType);
  };

  it("says everything that makes a difference in memory", () => {
    assertEquals(textOf(u32), "u32");
    assertEquals(textOf(array(array(ipv4, 2), 3)), "ipv4[2][3]");
    assertEquals(textOf(struct({ tag: u8, total: u64 })), "struct { tag: u8 at 0, total: u64 at 8 }");
    assertEquals(textOf(struct({ tag: u8, total: u64 }, { packed: true })), "struct { tag: u8 at 0, total: u64 at 1 }");
    assertEquals(textOf(struct({ a: bits(3), b: u16 })), "struct { a: 3 bits at bit 0, b: u16 at 2 }");
    assertEquals(textOf(undefined), "nothing");
  });

  it("finds the variables of a data section, and none elsewhere", () => {
    const variables = [{ name: "count", type: u32, offset: 4 }];
    const { btf, valueType } = buildVariablesBtf("globals", 16, [
      { name: undefined, owner: "Count", offset: 0, size: 8, variables },
      { name: "part", owner: "Part", offset: 8, size: 8, variables },
    ]);
    assertEquals(sectionVariables(decodeBtf(btf), valueType), [
      { name: "count", offset: 4, type: "u32" },
      { name: "part", offset: 8, type: "struct { count: u32 at 4 }" },
    ]);
    assertEquals(sectionVariables(decodeBtf(btf), 1), undefined);
  });
});

describe("buildProgramBtf", () => {
  const functions = [{ slot: 0, name: "Count" }, { slot: 9, name: "a b-1" }];
  const lines = [
    { slot: 4, location: location(9), text: "  return XDP.PASS;" },
    { slot: 2, location: location(7), text: "dropped: another line begins at the same slot" },
    { slot: 2, location: location(8), text: "  this.count += 1;" },
  ];

  it("makes int Count(struct xdp_md *) and static subprograms", needs("bpftool"), () => {
    const text = runOn("bpftool", buildProgramBtf(functions, []).btf, ["btf", "dump", "file", "FILE", "format", "raw"]);
    assertStringIncludes(text, "FUNC 'Count' type_id=5 linkage=global");
    assertStringIncludes(text, "STRUCT 'xdp_md' size=24 vlen=6");
    assertStringIncludes(text, "FUNC 'a_b_1' type_id=6 linkage=static");
  });

  it("orders lines and gives every function one", () => {
    const { lineInfo, functionInfo } = buildProgramBtf(functions, lines);
    const records = new Uint32Array(lineInfo.buffer);
    const slots = [0, 1, 2, 3].map((index) => records[index * 4]);
    assertEquals(slots, [0, 2, 4, 9]);
    assertEquals(records[3], 8 << 10 | 5);
    assertEquals(records[7], 8 << 10 | 5);
    assertEquals(functionInfo.length, 16);
    assertEquals(new Uint32Array(functionInfo.buffer)[2], 9);
  });

  it("has no line records where nothing is known of lines", () => {
    assertEquals(buildProgramBtf(functions, []).lineInfo.length, 0);
  });
});

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError } from "../../src/errors.ts";
import {
  access,
  type AnyType,
  array,
  be16,
  bits,
  bool,
  type Fields,
  i16,
  i32,
  i64,
  i8,
  type Infer,
  store,
  type Struct,
  struct,
  u16,
  u32,
  u64,
  u8,
} from "../../src/types/mod.ts";
import { Random } from "../support/random.ts";
import { needs } from "../support/skip.ts";
import { runOn } from "../support/tool.ts";

const Flow = struct({ packets: u64, port: be16, flags: bits(3), urgent: bits(1), seen: bool, sizes: array(u16, 3) });

function zeroed(size: number) {
  return { view: new DataView(new ArrayBuffer(size)) };
}

describe("struct", () => {
  it("gives live views", () => {
    const memory = zeroed(Flow.size + 8);
    const flow: Infer<typeof Flow> = access(Flow, memory, 8);
    flow.packets = 5n;
    flow.packets += 1n;
    flow.port = 0x1234;
    flow.flags = 13;
    flow.urgent = true;
    flow.sizes[1] = 70000;
    assertEquals(memory.view.getBigUint64(8, true), 6n);
    assertEquals([memory.view.getUint8(16), memory.view.getUint8(17)], [0x12, 0x34]);
    assertEquals(memory.view.getUint8(18), 0b1101);
    memory.view.setUint8(19, 1);
    assertEquals(JSON.parse(JSON.stringify({ ...plain(flow), packets: 0 })), {
      packets: 0,
      port: 0x1234,
      flags: 5,
      urgent: true,
      seen: true,
      sizes: [0, 4464, 0],
    });
  });

  it("follows memory that moves", () => {
    const memory = zeroed(Flow.size);
    const flow = access(Flow, memory, 0);
    memory.view = new DataView(new ArrayBuffer(Flow.size));
    memory.view.setUint8(0, 9);
    assertEquals(flow.packets, 9n);
  });

  it("copies what is assigned, field by field", () => {
    const memory = zeroed(2 * Flow.size);
    const first = access(Flow, memory, 0);
    first.packets = 7n;
    first.sizes = [1, 2, 3, 4];
    store(Flow, memory.view, Flow.size, first);
    first.packets = 8n;
    const second = access(Flow, memory, Flow.size);
    assertEquals([second.packets, ...second.sizes], [7n, 1, 2, 3]);
    store(Flow, memory.view, Flow.size, undefined);
    assertEquals([second.packets, ...second.sizes], [0n, 0, 0, 0]);
  });

  it("nests", () => {
    const Outer = struct({ tag: u8, inner: struct({ a: u8, b: u32 }), tail: u8 });
    assertEquals([Outer.size, Outer.alignment], [16, 4]);
    const memory = zeroed(16);
    const outer = access(Outer, memory, 0);
    outer.inner = { a: 1, b: 2 };
    outer.inner.b += 1;
    assertEquals(memory.view.getUint32(8, true), 3);
  });

  it("leaves padding out if packed", () => {
    const Packed = struct({ a: u8, b: u32, c: bits(7), d: bits(9), e: u16 }, { packed: true });
    assertEquals([Packed.size, Packed.alignment], [9, 1]);
    const memory = zeroed(9);
    const view = access(Packed, memory, 0);
    view.d = 0x1ff;
    assertEquals([view.c, view.d, view.e], [0, 511, 0]);
    view.c = 127;
    view.d = 0;
    assertEquals([view.c, view.d, view.e], [127, 0, 0]);
  });

  it("refuses what has no layout", () => {
    assertThrows(() => struct({}), EbpfError, "without fields");
    assertThrows(() => bits(0), EbpfError, "bit field of 0 bits");
    assertThrows(() => bits(33), EbpfError, "bit field of 33 bits");
    assertThrows(() => array(u8, 0), EbpfError, "array of 0 elements");
    assertThrows(() => array(u8, 1.5), EbpfError, "array of 1.5 elements");
    assertThrows(() => array(bits(1) as AnyType, 2), EbpfError, "array of bit fields");
  });
});

describe("array", () => {
  it("reads 0 outside and drops writes there", () => {
    const memory = zeroed(12);
    const table = access(array(u32, 2), memory, 0);
    for (const index of [-1, 2, 1e9, 0.5, NaN]) {
      table[index] = 7;
      assertEquals(table[index], 0, `${index}`);
    }
    assertEquals(memory.view.getUint32(8), 0);
    table[1] = -1;
    assertEquals([...table], [0, 0xffffffff]);
    assertEquals(table.length, 2);
    assertEquals(JSON.stringify(table), "[0,4294967295]");
  });

  it("of structs gives views, and an empty one outside", () => {
    const memory = zeroed(8);
    const pairs = access(array(struct({ a: u16, b: u16 }), 2), memory, 0);
    pairs[1].b = 5;
    pairs[2].b = 6;
    const outside = pairs[2];
    outside.a = 7;
    assertEquals([pairs[1].b, pairs[2].b, outside.a, memory.view.getUint16(6, true)], [5, 0, 0, 5]);
  });

  it("stores all of a view or nothing", () => {
    const type = array(struct({ a: u16, b: u16 }), 2);
    const memory = zeroed(8);
    const short = access(type, zeroed(7), 0);
    assertThrows(() => store(type, memory.view, 0, short), RangeError);
    assertThrows(() => store(type, memory.view, 1, [{ a: 1, b: 1 }] as never), RangeError);
    assertEquals(memory.view.getBigUint64(0), 0n);
  });

  it("copies within itself", () => {
    const memory = zeroed(4);
    const type = array(u8, 4);
    const table = access(type, memory, 0);
    store(type, memory.view, 0, [1, 2, 3, 4]);
    store(type, memory.view, 0, [...table].reverse());
    assertEquals([...table], [4, 3, 2, 1]);
  });
});

describe("layouts", () => {
  it("are clang's", needs("clang-19"), () => {
    const random = new Random(7);
    const structs = Array.from({ length: 60 }, () => randomStruct(random, 2));
    const source = structs.map(({ c }, index) => `${c(` s${index}`)};`).join("\n");
    const args = ["--target=bpf", "-fsyntax-only", "-x", "c", "-Xclang", "-fdump-record-layouts-complete"];
    const layouts = parseLayouts(runOn("clang-19", source, args));
    structs.forEach(({ type }, index) => assertEquals(ours(type), layouts.get(`s${index}`), structs[index].c("")));
  });
});

interface Sample {
  readonly type: Struct<Fields>;
  /** Its declaration, given a blank and a name. */
  readonly c: (name: string) => string;
}

const scalarsInC: readonly (readonly [AnyType, string])[] = [
  [u8, "unsigned char"],
  [i8, "signed char"],
  [u16, "unsigned short"],
  [i16, "short"],
  [u32, "unsigned int"],
  [i32, "int"],
  [u64, "unsigned long long"],
  [i64, "long long"],
  [bool, "_Bool"],
];

function randomStruct(random: Random, depth: number): Sample {
  const fields: Record<string, AnyType> = {};
  const lines: string[] = [];
  const count = 1 + random.below(7);
  for (let index = 0; index < count; index++) {
    const name = `f${index}`;
    const [type, declaration] = randomField(random, depth, name);
    fields[name] = type;
    lines.push(declaration);
  }
  const packed = random.once(4);
  const attribute = packed ? " __attribute__((packed))" : "";
  return { type: struct(fields, { packed }), c: (name) => `struct${attribute}${name} { ${lines.join("; ")}; }` };
}

function randomField(random: Random, depth: number, name: string): readonly [AnyType, string] {
  const [type, c] = random.pick(scalarsInC);
  switch (random.below(depth > 0 ? 5 : 4)) {
    case 0: {
      const width = 1 + random.below(32);
      const holder = width <= 8 ? "unsigned char" : width <= 16 ? "unsigned short" : "unsigned int";
      return [bits(width), `${holder} ${name}:${width}`];
    }
    case 1: {
      const length = 1 + random.below(5);
      return [array(type, length), `${c} ${name}[${length}]`];
    }
    case 4: {
      const inner = randomStruct(random, depth - 1);
      return [inner.type, `${inner.c("")} ${name}`];
    }
    default:
      return [type, `${c} ${name}`];
  }
}

/** `name offset:shift` of the struct's own fields, and size and alignment. */
function ours({ places, size, alignment }: Struct<Fields>): string {
  return [
    ...Object.entries(places).map(([name, { offset, shift }]) => `${name} ${8 * offset + shift}`),
    size,
    alignment,
  ]
    .join(", ");
}

/**
 * ```text
 *          0 | struct s0
 *      0:0-2 |   unsigned char f0
 *          8 |   struct (anonymous at …) f1
 *          8 |     int f0
 *            | [sizeof=16, align=8]
 * ```
 */
function parseLayouts(text: string): Map<string, string> {
  const layouts = new Map<string, string>();
  for (const part of text.split("*** Dumping AST Record Layout")) {
    const name = /\| struct (s\d+)\n/.exec(part)?.[1];
    const end = /sizeof=(\d+), align=(\d+)/.exec(part);
    if (!name || !end) continue;
    const fields = [...part.matchAll(/^ *(\d+)(?::(\d+)-\d+)? \| {3}\S.* (f\d+)$/gm)];
    const places = fields.map(([, byte, bit = "0", field]) => `${field} ${8 * Number(byte) + Number(bit)}`);
    layouts.set(name, [...places, end[1], end[2]].join(", "));
  }
  return layouts;
}

function plain(view: object): Record<string, unknown> {
  return (view as { toJSON(): Record<string, unknown> }).toJSON();
}

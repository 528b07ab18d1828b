import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  array,
  be16,
  be32,
  be64,
  bei16,
  bei32,
  bei64,
  bits,
  bool,
  fixed,
  i16,
  i32,
  i64,
  i8,
  ipv4,
  ipv6,
  le16,
  le32,
  le64,
  lei16,
  lei32,
  lei64,
  mac,
  struct,
  u16,
  u32,
  u64,
  u8,
} from "../../mod.ts";
import { codecOf, decoderOf, encoderOf } from "../../src/maps/codec.ts";
import { compileDecoder } from "../../src/maps/compiled_decoder.ts";
import { compileEncoder, type Encode } from "../../src/maps/compiled_encoder.ts";
import { access, type AnyType } from "../../src/types/mod.ts";

const scalars = { u8, u16, u32, u64, i8, i16, i32, i64, be16, be32, be64, bei16, bei32, bei64, le16, le32, le64 };
const more = { lei16, lei32, lei64, bool, fixed, mac, ipv4, ipv6 };

/** By what they show. */
const types: Readonly<Record<string, AnyType>> = {
  ...scalars,
  ...more,
  "a struct of all scalars": struct({ ...scalars, ...more }),
  "a packed struct": struct({ a: u8, b: be32, c: u64 }, { packed: true }),
  "bit fields": struct({ a: bits(1), b: bits(3), c: u8, d: bits(9), e: bits(32), f: bits(1) }),
  "structs in structs": struct({ a: u8, b: struct({ c: be16, d: struct({ e: i64 }) }), f: u8 }),
  "a short array": array(be16, 3),
  "a long array": struct({ a: u8, list: array(u16, 100) }),
  "arrays of structs": array(struct({ a: u8, b: array(i32, 2) }), 4),
  "names that are no identifiers": struct({ "a b": u8, '"': u16, "\\n": u8, "": u8, "\u2028": u8, constructor: u8 }),
  "a name that means something": struct({ ["__proto__"]: u32, a: u8 }),
};

describe("decoders made as code", () => {
  for (const [title, type] of Object.entries(types)) {
    it(`read as the others do: ${title}`, () => {
      const compiled = compileDecoder(type, decoderOf);
      assert(compiled);
      const plain = decoderOf(type);
      for (const step of [0, 1, 37, 255]) {
        const bytes = Uint8Array.from({ length: type.size + 9 }, (_, i) => i * step + 3);
        const view = new DataView(bytes.buffer, 1);
        for (const offset of [0, 3, 8]) {
          const value = compiled(view, offset);
          assertEquals(value, plain(view, offset));
          if (type.kind === "struct") assertEquals(Object.getPrototypeOf(value), Object.prototype);
        }
      }
    });
  }

  it("are made when they are needed, once", () => {
    const codec = codecOf(types["bit fields"]);
    assertEquals(codec.decode === codec.decode, true);
  });
});

const text = (x: unknown) => JSON.stringify(x, (_, part) => typeof part === "bigint" ? `${part}n` : part);

describe("encoders made as code", () => {
  for (const [title, type] of Object.entries(types)) {
    it(`write as the others do: ${title}`, () => {
      const [compiled, plain] = [compileEncoder(type)!, encoderOf(type)];
      const written = (encode: Encode, x: unknown, offset: number) => {
        const bytes = new Uint8Array(type.size + 9);
        encode(x, new DataView(bytes.buffer, 1), offset);
        return bytes;
      };
      for (const step of [0, 1, 37, 255]) {
        const view = new DataView(Uint8Array.from({ length: type.size }, (_, i) => i * step + 3).buffer);
        // What users give: a copy, a live view, something without fields, nothing.
        for (const x of [decoderOf(type)(view, 0), access(type, { view }, 0), undefined]) {
          for (const offset of [0, 3, 8]) assertEquals(written(compiled, x, offset), written(plain, x, offset));
        }
      }
    });
  }

  const Pair = struct({ a: u8, inner: struct({ b: u32, c: bits(3) }), d: u64 });
  const partial = [{}, { a: 1 }, { inner: { b: 2 } }, { inner: undefined, d: 3n }, { inner: null }, 5, "text"];
  for (const x of partial) {
    it(`write zeros for what is missing: ${text(x)}`, () => {
      const [compiled, plain] = [new Uint8Array(24), new Uint8Array(24)];
      compileEncoder(Pair)!(x, new DataView(compiled.buffer), 0);
      encoderOf(Pair)(x, new DataView(plain.buffer), 0);
      assertEquals(compiled, plain);
    });
  }

  it("write all bytes but padding", () => {
    const bytes = new Uint8Array(Pair.size).fill(0xff);
    compileEncoder(Pair)!({}, new DataView(bytes.buffer), 0);
    assertEquals([...bytes], [
      0,
      255,
      255,
      255,
      0,
      0,
      0,
      0,
      0xf8,
      255,
      255,
      255,
      ...Array(4).fill(255),
      ...Array(8).fill(0),
    ]);
  });
});

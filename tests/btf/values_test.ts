/**
 * BTF of the library's types and of maps, as the kernel takes it and bpftool prints values by it.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import {
  type AnyType,
  array,
  be16,
  be64,
  bits,
  bool,
  fixed,
  i16,
  i64,
  i8,
  ipv4,
  ipv6,
  le32,
  lei16,
  mac,
  struct,
  u16,
  u32,
  u64,
  u8,
} from "../../mod.ts";
import { buildMapBtf, buildVariablesBtf, type MapBtf } from "../../src/btf/mod.ts";
import { createMap, loadBtf, mapInfo, MapType, updateElement } from "../../src/kernel/mod.ts";
import { store } from "../../src/types/mod.ts";
import { needsKernel } from "../support/kernel.ts";
import { findCommand } from "../support/skip.ts";

const Flow = struct({ packets: u64, open: bool, state: bits(3), urgent: bits(1), port: be16, peer: ipv4 });
const Packed = struct({ tag: u8, total: u64 }, { packed: true });

/** A type, a value of it, and what bpftool makes of that. */
const cases: readonly (readonly [name: string, type: AnyType, value: unknown, shown: unknown])[] = [
  ["u8", u8, 200, 200],
  ["i8", i8, -3, -3],
  ["u16", u16, 0xfffe, 0xfffe],
  ["i16", i16, -300, -300],
  ["u32", u32, 0xffff_fffe, 0xffff_fffe],
  ["i64", i64, -5n, -5],
  ["u64", u64, 1n << 40n, 2 ** 40],
  ["bool", bool, true, true],
  ["le32", le32, 7, 7],
  ["lei16", lei16, -7, -7],
  ["be16, whose bytes tools read as their processor does", be16, 0x0102, 0x0201],
  ["be64", be64, 1n << 56n, 1],
  ["fixed, in hundred-thousandths", fixed, 1.5, 150_000],
  ["mac", mac, 0x0200_0000_0001, [2, 0, 0, 0, 0, 1]],
  ["ipv4", ipv4, ipv4("10.0.0.1"), [10, 0, 0, 1]],
  ["ipv6", ipv6, ipv6("2001:db8::1"), [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
  ["an array", array(u16, 3), [1, 2, 3], [1, 2, 3]],
  ["an array of arrays", array(array(u8, 2), 2), [[1, 2], [3, 4]], [[1, 2], [3, 4]]],
  ["a struct", Flow, { packets: 5n, open: true, state: 5, urgent: true, port: 0x5000, peer: 0x0a000001 }, {
    packets: 5,
    open: true,
    state: "0x5", // so bpftool prints bit fields
    urgent: "0x1",
    port: 0x50,
    peer: [10, 0, 0, 1],
  }],
  ["a packed struct", Packed, { tag: 1, total: 2n }, { tag: 1, total: 2 }],
  ["structs in structs", struct({ first: Packed, rest: array(Packed, 2) }), { first: { tag: 1 } }, {
    first: { tag: 1, total: 0 },
    rest: [{ tag: 0, total: 0 }, { tag: 0, total: 0 }],
  }],
];

/** What bpftool prints of the first entry of an array map with such a value. */
function dumped(types: MapBtf, value: Uint8Array): { key: unknown; value: unknown } {
  using btf = loadBtf(types.btf);
  const { keyType, valueType } = types;
  using map = createMap({
    type: MapType.Array,
    keySize: 4,
    valueSize: value.length,
    maxEntries: 1,
    name: "values",
    btf: { descriptor: btf, keyType, valueType },
  });
  updateElement(map, new Uint8Array(new ArrayBuffer(4)), value);
  const args = ["-j", "map", "dump", "id", String(mapInfo(map).id)];
  const { stdout, stderr } = spawnSync(findCommand("bpftool")!, args, { encoding: "utf8" });
  const [entry] = JSON.parse(stdout || stderr);
  return entry.formatted ?? entry;
}

function bytesOf(type: AnyType, value: unknown): Uint8Array {
  const view = new DataView(new ArrayBuffer(type.size));
  store(type, view, 0, value);
  return new Uint8Array(view.buffer);
}

describe("the BTF of a map's values lets bpftool print", needsKernel("bpftool"), () => {
  for (const [name, type, value, shown] of cases) {
    it(name, () => {
      assertEquals(dumped(buildMapBtf("values", u32, type), bytesOf(type, value)), { key: 0, value: shown });
    });
  }

  it("variables and parts of programs by their names", () => {
    const btf = buildVariablesBtf("globals", 48, [
      {
        name: "small",
        owner: "Counter",
        offset: 24,
        size: 8,
        variables: [{ name: "#count", type: u32, offset: 0 }],
      },
      {
        name: undefined,
        owner: "Sizes",
        offset: 0,
        size: 24,
        variables: [{ name: "total", type: u64, offset: 0 }, { name: "größe", type: array(u16, 2), offset: 8 }],
      },
      { name: "rules_0", owner: "Counter", offset: 32, size: 16, variables: [{ name: "open", type: bool, offset: 3 }] },
    ]);
    const value = new Uint8Array(48);
    value.set([9, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0]);
    value.set([7], 24);
    value.set([1], 35);
    const { value: shown } = dumped(btf, value) as { value: unknown };
    assertEquals(shown, {
      globals: [{ total: 9 }, { gr__e: [1, 2] }, { small: { _count: 7 } }, { rules_0: { open: true } }],
    });
  });
});

/**
 * Tries in user space.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  array,
  be16,
  be32,
  bits,
  EbpfError,
  ErrorCode,
  ipv4,
  ipv6,
  LpmTrie,
  mac,
  packetVar,
  struct,
  u16,
  u32,
  u64,
  u8,
  XDP,
} from "../../mod.ts";
import { needsKernel } from "../support/kernel.ts";

const Rule = struct({ hits: u64, name: u8 });

class Tries extends XDP {
  @packetVar(26, ipv4)
  accessor source!: number;
  four = new LpmTrie(ipv4, Rule, { maxEntries: 4 });
  six = new LpmTrie(ipv6, u32, { maxEntries: 10 });
  cards = new LpmTrie(mac, u32, { maxEntries: 10 });
  zero = { high: 0n, low: 0n };
  bytes = new LpmTrie(array(u8, 5), u32, { maxEntries: 1000 });

  program() {
    const rule = this.four.get(this.source);
    if (rule) rule.hits += 1n;
    if (this.six.has(this.zero) || this.cards.has(0) || this.bytes.has([0, 0, 0, 0, 0])) return XDP.DROP;
  }
}

for (const [where, choice] of [["this process", {}], ["the kernel", needsKernel()]] as const) {
  const make = (): Tries => {
    const tries = new Tries();
    if (where === "the kernel") tries.load();
    return tries;
  };

  describe(`tries in ${where}`, choice, () => {
    it("find the longest prefix", () => {
      using tries = make();
      const { four } = tries;
      four.set("10.0.0.0/8", { hits: 1n, name: 1 });
      four.set({ prefixlen: 16, address: ipv4("10.1.0.0") }, { hits: 2n, name: 2 });
      four.set("10.1.2.3", { hits: 3n, name: 3 });
      assertEquals(four.get(ipv4("10.2.0.1"))?.name, 1);
      assertEquals(four.get("10.1.0.1")?.name, 2);
      assertEquals(four.get("10.1.2.3")?.name, 3);
      assertEquals(four.get("10.1.2.0/24")?.name, 2);
      assertEquals(four.get("10.0.0.0/7"), undefined);
      assertEquals(four.has("11.0.0.1"), false);
    });

    it("store and delete exactly the prefix", () => {
      using tries = make();
      const { four } = tries;
      assert(four.set("10.0.0.0/8", { hits: 1n, name: 1 }, "noexist"));
      assert(!four.set("10.0.0.0/8", { hits: 1n, name: 2 }, "noexist"));
      assert(!four.set("10.0.0.0/9", { hits: 1n, name: 2 }, "exist"));
      assert(!four.delete("10.0.0.0/9"));
      assert(four.delete("10.0.0.0/8"));
      assertEquals(four.size, 0);
    });

    it("give keys that have a text", () => {
      using tries = make();
      const { four, six, cards, bytes } = tries;
      four.set("0.0.0.0/0", { hits: 0n, name: 0 });
      four.set("192.168.0.0/16", { hits: 5n, name: 1 });
      six.set("2001:db8::/32", 7);
      cards.set("02:00:00:00:00:00/24", 8);
      bytes.set({ prefixlen: 12, address: [1, 0x20, 0, 0, 0] }, 9);
      assertEquals([...four.keys()].map(String).sort(), ["0.0.0.0/0", "192.168.0.0/16"]);
      const [[key, value]] = six;
      assertEquals([key.prefixlen, key.address, `${key}`, value], [
        32,
        { high: 0x2001_0db8_0000_0000n, low: 0n },
        "2001:db8::/32",
        7,
      ]);
      assertEquals(six.get(key), 7);
      assertEquals(JSON.stringify(cards), '[["02:00:00:00:00:00/24",8]]');
      const [[{ prefixlen, address }]] = bytes;
      assertEquals([prefixlen, address], [12, [1, 0x20, 0, 0, 0]]);
    });

    it("take so many entries, and are cleared", () => {
      using tries = make();
      const { four, bytes } = tries;
      for (let i = 0; i < 4; i++) four.set(`10.${i}.0.0/16`, { hits: 0n, name: i });
      const error = assertThrows(
        () => four.set("11.0.0.0/8", { hits: 0n, name: 0 }),
        EbpfError,
        "all of its 4 entries",
      );
      assertEquals(error.code, ErrorCode.TooLarge);
      for (let i = 0; i < 1000; i++) bytes.set({ prefixlen: 40, address: [i & 255, i >> 8, 0, 0, 1] }, i);
      assertEquals(bytes.size, 1000);
      assertEquals([...bytes].every(([{ address }, value]) => address[0] + 256 * address[1] === value), true);
      for (const map of [four, bytes]) {
        map.clear();
        assertEquals(map.size, 0);
      }
    });

    it("refuse what is no prefix", () => {
      using tries = make();
      const wrong: [() => unknown, string][] = [
        [() => tries.four.get("10.0.0.0/33"), "10.0.0.0/33"],
        [() => tries.four.get("10.0.0.1/8"), "bits beyond"],
        [() => tries.four.set({ prefixlen: 8, address: 1 }, { hits: 0n, name: 0 }), "bits beyond"],
        [() => tries.four.delete("10.0.0/8"), "IPv4 address"],
        [() => tries.four.get("10.0.0.0/8/9"), "10.0.0.0/8/9"],
        [() => tries.four.get("10.0.0.0/-1"), "10.0.0.0/-1"],
        [() => tries.bytes.get("1.2.3.4.5/8"), "as a key"],
      ];
      for (const [use, text] of wrong) {
        assertEquals(assertThrows(use, EbpfError, text).code, ErrorCode.InvalidArgument);
      }
    });

    it("are written by runs as plain JavaScript", () => {
      using tries = make();
      const packet = new Uint8Array(64);
      packet.set([10, 1, 2, 3], 26);
      tries.four.set("0.0.0.0/0", { hits: 0n, name: 1 });
      tries.four.set("10.0.0.0/8", { hits: 5n, name: 1 });
      tries.four.set("10.1.3.0/24", { hits: 0n, name: 1 });
      tries.test(packet, { on: "js", repeat: 3 });
      assertEquals([...tries.four].map(([key, { hits }]) => `${key} ${hits}`).sort(), [
        "0.0.0.0/0 0",
        "10.0.0.0/8 8",
        "10.1.3.0/24 0",
      ]);
    });
  });
}

describe("addresses of tries", () => {
  it("have their bytes in the order of the network", () => {
    for (const type of [u8, be16, be32, ipv4, ipv6, mac, array(be16, 3), struct({ a: u8, b: be16 })]) {
      // deno-lint-ignore no-explicit-any -- each has its own type
      new LpmTrie(type as any, u32, { maxEntries: 1 });
    }
    for (const type of [u16, u32, u64, array(u32, 2), struct({ a: u8, low: bits(4) }), array(u8, 257), 5]) {
      // deno-lint-ignore no-explicit-any -- each has its own type
      const error = assertThrows(() => new LpmTrie(type as any, u32, { maxEntries: 1 }), EbpfError);
      assertEquals(error.code, ErrorCode.InvalidArgument);
    }
  });
});

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { existsSync, readFileSync } from "node:fs";
import { assemble } from "../../src/bytecode/asm.ts";
import { EbpfError } from "../../src/errors.ts";
import { createVirtualMap, Machine, readCapture, replay } from "../../src/vm/mod.ts";
import { needs } from "../support/skip.ts";
import { runOn } from "../support/tool.ts";

/** Numbers of 1, 2 or 4 bytes, or bytes as they are. */
type Part = readonly [size: 1 | 2 | 4, value: number] | Uint8Array;

function bytes(little: boolean, ...parts: readonly Part[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => {
    if (part instanceof Uint8Array) return [...part];
    const [size, value] = part;
    const view = new DataView(new ArrayBuffer(4));
    view.setUint32(0, value, little);
    const all = [...new Uint8Array(view.buffer)];
    return little ? all.slice(0, size) : all.slice(4 - size);
  }));
}

const frame = (size: number, first: number) => Uint8Array.from({ length: size }, (_, index) => first + index & 255);

function pcap(little: boolean, magic: number): Uint8Array {
  const record = (size: number, original: number, fraction: number) =>
    bytes(little, [4, 1_700_000_000], [4, fraction], [4, size], [4, original], frame(size, 7));
  const header = bytes(little, [4, magic], [2, 2], [2, 4], [4, 0], [4, 0], [4, 65535], [4, 0x10000001]);
  return Uint8Array.of(...header, ...record(60, 60, 5), ...record(61, 1500, 6), ...record(90, 90, 7).subarray(0, 100));
}

function block(little: boolean, type: number, ...parts: readonly Part[]): Uint8Array {
  const body = bytes(little, ...parts);
  const padding = new Uint8Array(-body.length & 3);
  const length = body.length + padding.length + 12;
  return bytes(little, [4, type], [4, length], body, padding, [4, length]);
}

function pcapng(little: boolean): Uint8Array {
  const section = block(little, 0x0a0d0d0a, [4, 0x1a2b3c4d], [2, 1], [2, 0], [4, 0xffffffff], [4, 0xffffffff]);
  const ethernet = block(little, 1, [2, 1], [2, 0], [4, 64], [2, 9], [2, 1], [1, 9], new Uint8Array(3), [4, 0]);
  const raw = block(little, 1, [2, 101], [2, 0], [4, 0]);
  const enhanced = (which: number, size: number) =>
    block(little, 6, [4, which], [4, 1], [4, 2], [4, size], [4, size + 1], frame(size, 1));
  const simple = block(little, 3, [4, 99], frame(64, 9));
  const unknown = block(little, 0xbad, [4, 1]);
  return Uint8Array.from(
    [section, ethernet, unknown, enhanced(0, 61), raw, enhanced(1, 20), simple, section, ethernet, enhanced(0, 60)]
      .flatMap((each) => [...each]),
  );
}

describe("readCapture", () => {
  for (const little of [true, false]) {
    const order = little ? "little" : "big";
    it(`reads pcap, ${order} endian, in micro- and nanoseconds, and leaves out what is cut off`, () => {
      for (const [magic, unit] of [[0xa1b2c3d4, 1000n], [0xa1b23c4d, 1n]] as const) {
        const packets = [...readCapture(pcap(little, magic))];
        assertEquals(packets.map(({ bytes }) => bytes), [frame(60, 7), frame(61, 7)]);
        assertEquals(packets.map(({ originalLength }) => originalLength), [60, 1500]);
        assertEquals(packets[1].timestamp, 1_700_000_000_000_000_000n + 6n * unit);
        assertEquals(packets[0].linkType, 1);
      }
    });

    it(`reads pcapng, ${order} endian, with several sections and interfaces`, () => {
      const packets = [...readCapture(pcapng(little))];
      assertEquals(packets.map(({ bytes }) => bytes.length), [61, 20, 64, 60]);
      assertEquals(packets.map(({ linkType }) => linkType), [1, 101, 1, 1]);
      assertEquals(packets.map(({ originalLength }) => originalLength), [62, 21, 99, 61]);
      assertEquals(packets[0].timestamp, (1n << 32n) + 2n);
      assertEquals(packets[1].timestamp, ((1n << 32n) + 2n) * 1000n);
    });
  }

  it("reads what tcpdump reads", needs("tcpdump"), () => {
    for (const file of [pcap(true, 0xa1b2c3d4), pcap(false, 0xa1b23c4d)]) {
      assertEquals(runOn("tcpdump", file.subarray(0, 24 + 16 + 60 + 16 + 61), ["--count", "-r"]).trim(), "2 packets");
    }
  });

  it("refuses other files", () => {
    for (const file of [new Uint8Array(0), new Uint8Array(3), new TextEncoder().encode("#!/bin/sh\nexit 0\n")]) {
      assertThrows(() => readCapture(file), EbpfError, "neither pcap nor pcapng");
    }
  });
});

describe("replay", () => {
  /** Drops what is IPv4 and counts it. */
  const program = assemble(`
      r0 = 2
      r2 = *(u32 *)(r1 + 0)
      r3 = *(u32 *)(r1 + 4)
      r4 = r2
      r4 += 14
      if r4 > r3 goto out
      r5 = *(u16 *)(r2 + 12)
      if r5 != 8 goto out
      r1 = map[counter][0] + 0
      r2 = 1
      lock *(u32 *)(r1 + 0) += r2
      r0 = 1
    out:
      exit`);
  const machine = () => {
    const counter = createVirtualMap({ kind: "array", valueSize: 4, maxEntries: 1 });
    return { counter, machine: new Machine(program, { maps: new Map([[program.maps[0], counter]]) }) };
  };

  it("tallies actions and leaves out what is not Ethernet", () => {
    const { machine: runs } = machine();
    const { packets, skipped, actions } = replay(pcapng(true), (packet) => runs.run(packet));
    assertEquals([packets, skipped, [...actions]], [3, 1, [[2, 3]]]);
  });

  const folder = new URL("../../../shared/corpora/pcaps/", import.meta.url);
  const absent = !existsSync(folder);
  if (absent) console.log("skipped: the outside captures are not here");
  it("counts what tcpdump counts in outside captures", { ignore: absent }, () => {
    interface Entry {
      readonly file: string;
      readonly frames: number;
      readonly counts: Readonly<Record<string, number>>;
    }
    const index: readonly Entry[] = JSON.parse(readFileSync(new URL("index.json", folder), "utf8")).files;
    let frames = 0;
    for (const { file, frames: expected, counts } of index) {
      const { machine: runs, counter } = machine();
      const { packets, actions } = replay(readFileSync(new URL(file, folder)), (packet) => runs.run(packet));
      assertEquals(packets, expected, file);
      assertEquals(actions.get(1) ?? 0, counts["ip"], file);
      assertEquals(new Uint32Array(counter.get(new Uint8Array(4))!.slice().buffer)[0], counts["ip"], file);
      frames += packets;
    }
    console.log(`${frames} frames of ${index.length} captures`);
  });
});

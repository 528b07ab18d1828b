/**
 * Checksums of random words, folded in all usual ways, on packets that have the rare carries: the program computes what its
 * text does as JavaScript.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { disassemble } from "../../../src/bytecode/mod.ts";
import { compile } from "../../../src/compiler/mod.ts";
import { u32 } from "../../../src/types/mod.ts";
import { createVirtualMap, Machine } from "../../../src/vm/mod.ts";
import { Random } from "../../support/random.ts";
import { globals, unitOf } from "../units.ts";

const PROGRAMS = 120;
const LENGTH = 32;

/** Words of up to 16 bits, and pairs of them. */
const WORDS: readonly ((at: number) => string)[] = [
  (at) => `packet.getUint16(${at})`,
  (at) => `packet.getUint16(${at})`,
  (at) => `packet.getUint16(${at}, true)`,
  (at) => `(packet.getUint16(${at}) ^ 0xffff)`,
  (at) => `(0xffff - packet.getUint16(${at}))`,
  (at) => `(packet.getUint8(${at}) << 8)`,
  (at) => `packet.getUint8(${at})`,
  (at) => `(packet.getUint8(${at}) << 8 ^ 0xffff)`,
  (at) => `(packet.getUint32(${at}) >>> 16) + (packet.getUint32(${at}) & 0xffff)`,
  (at) => `(packet.getUint32(${at}, true) >>> 16) + (packet.getUint32(${at}, true) & 0xffff)`,
  (at) => `(~packet.getUint32(${at}) >>> 16) + (~packet.getUint32(${at}) & 0xffff)`,
  (at) => `(packet.getUint32(${at}) & 0xffff)`,
  (at) => `${at}`,
  (at) => `${0xff00 + at}`,
  () => "0xffff",
];

const FOLD = "t = (t & 0xffff) + (t >>> 16);";
/** What folds all carries in. */
const FOLDS: readonly string[] = [
  `${FOLD} ${FOLD}`,
  `${FOLD} ${FOLD} ${FOLD}`,
  `${FOLD} t = t + (t >>> 16) & 0xffff;`,
  "t = (t >>> 16) + (t & 0xffff); t += t >>> 16; t &= 0xffff;",
];

const USES: readonly string[] = [
  "this.result = t;",
  "this.result = ~t & 0xffff;",
  "packet.setUint16(0, ~t & 0xffff);",
  "packet.setUint16(0, ~t & 0xffff || 0xffff);",
  "if (packet.getUint16(4) === 0) return XDP.TX; packet.setUint16(4, ~t & 0xffff || 0xffff);",
  "packet.setUint16(0, t, true);",
  "if (t === 0xffff) this.result = 7; else if (t === 0) this.result = 9;",
  "if (t > 0x8000) this.result = 5;",
];

function textOf(random: Random): string {
  const words = Array.from({ length: 1 + random.below(8) }, () => random.pick(WORDS)(2 * random.below(LENGTH / 2 - 2)));
  return `program(packet) {
    if (packet.byteLength < ${LENGTH}) return XDP.DROP;
    let t = ${words.join(" + ")};
    ${random.pick(FOLDS)}
    ${random.pick(USES)}
    return XDP.PASS;
  }`;
}

/** Packets whose words are often 0, 0xffff, or next to these. */
function packetOf(random: Random): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(LENGTH);
  const kind = random.below(4);
  for (let i = 0; i < LENGTH; i++) bytes[i] = kind === 0 ? random.below(256) : random.pick([0, 255, kind]);
  if (kind === 3) bytes.fill(random.pick([0, 255]));
  return bytes;
}

/** A checksum that is brought up to date twice, as headers' methods do, from one of which 0 stands for none. */
function textOfUpdates(random: Random): string {
  const word = () => random.pick(WORDS)(2 * random.below(LENGTH / 2 - 2));
  const zero = random.pick(["", " || 0xffff"]);
  const skip = zero && random.pick(["if (c === 0) return XDP.TX;", ""]);
  const update = () =>
    `${skip} t = (~c & 0xffff) + ${word()} + ${word()}; ${random.pick(FOLDS.slice(0, 2))} c = (~t & 0xffff)${zero};`;
  return `program(packet) {
    if (packet.byteLength < ${LENGTH}) return XDP.DROP;
    let c = packet.getUint16(2), t = 0;
    ${update()} ${random.pick(["", "packet.setUint16(2, c);"])}
    ${update()}
    ${random.pick(["packet.setUint16(2, c);", "this.result = c;", "if (c > 0x8000) this.result = c + 1;"])}
    return XDP.PASS;
  }`;
}

/** Compiles a text, and has both it and the compiled program see random packets. */
function compare(text: string, random: Random): void {
  const unit = unitOf(text, { result: u32 });
  const memory = new ArrayBuffer(4);
  const map = createVirtualMap({ kind: "array", keySize: 4, valueSize: 4, maxEntries: 1, memory });
  const machine = new Machine(compile(unit, { cpu: 4 }), { maps: new Map([[globals, map]]) });
  for (let k = 0; k < 12; k++) {
    const bytes = packetOf(random);
    const instance = { result: 0 };
    new DataView(memory).setUint32(0, 0);
    const { packet } = machine.run(bytes.slice());
    unit.entry.call(instance, new DataView(bytes.buffer) as never);
    assertEquals([text, new DataView(memory).getUint32(0, true), packet], [text, instance.result, bytes]);
  }
}

describe("sums with end-around carry", () => {
  it("are what they are in JavaScript", () => {
    const random = new Random(7);
    for (let i = 0; i < PROGRAMS; i++) compare(textOf(random), random);
  });

  it("are what they are in JavaScript where a checksum is changed twice", () => {
    const random = new Random(8);
    for (let i = 0; i < PROGRAMS / 2; i++) compare(textOfUpdates(random), random);
  });

  it("are added in the packet's order", () => {
    const words = Array.from({ length: 10 }, (_, i) => `packet.getUint16(${14 + 2 * i})`).join(" + ");
    const text = `program(packet) {
      if (packet.byteLength < 34) return XDP.DROP;
      let t = ${words};
      ${FOLDS[0]}
      return t === 0xffff ? XDP.PASS : XDP.DROP;
    }`;
    const { instructions } = compile(unitOf(text), { cpu: 4 });
    assert(!disassemble(instructions).includes("be16"));
    assert(instructions.length < 40);
  });

  it("of a field that changes by one need neither the old nor the new", () => {
    const text = `program(packet) {
      if (packet.byteLength < 34) return XDP.DROP;
      const ttl = packet.getUint8(22);
      if (ttl <= 1) return XDP.DROP;
      packet.setUint8(22, ttl - 1);
      let t = (packet.getUint16(24) ^ 0xffff) + (ttl << 8 ^ 0xffff) + (ttl - 1 << 8);
      ${FOLDS[0]}
      packet.setUint16(24, ~t & 0xffff);
      return XDP.PASS;
    }`;
    const { instructions } = compile(unitOf(text), { cpu: 4 });
    assert(instructions.length <= 20, disassemble(instructions));
  });

  it("of which the complement is wanted need none, nor a test for 0", () => {
    const text = (zero: string) =>
      `program(packet) {
      if (packet.byteLength < 34) return XDP.DROP;
      const c = packet.getUint16(24);
      if (c === 0) return XDP.PASS;
      let t = (~c & 0xffff) + 1234;
      ${FOLDS[0]}
      packet.setUint16(24, (~t & 0xffff)${zero});
      return XDP.PASS;
    }`;
    const lengths = ["", " || 0xffff"].map((zero) => compile(unitOf(text(zero)), { cpu: 4 }).instructions.length);
    assertEquals(lengths, [16, 15]);
  });
});

/**
 * Programs with maps without keys do the same as plain JavaScript, in the virtual machine and in the kernel.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { needsKernel } from "../support/kernel.ts";
import { senders } from "./testdata/senders.ts";

const packets = [0, 1, 2, 3, 1].map((first, i) => {
  const packet = Uint8Array.from({ length: 64 }, (_, at) => at * 7 + i & 0xff);
  packet[0] = first;
  return packet;
});

/** What a program answers, and what has come of it. */
function outcome(title: string, on: "js" | "vm" | "kernel"): unknown {
  using program = new senders[title]();
  const answers = packets.map((packet) => {
    const { name, packet: after, thrown } = program.test(packet, { on });
    if (thrown) throw thrown;
    return [name, [...after]];
  });
  return { answers, contents: program.contents() };
}

describe("programs with maps without keys", () => {
  for (const title of Object.keys(senders)) {
    it(`${title}: in the virtual machine as in JavaScript`, () => {
      assertEquals(outcome(title, "vm"), outcome(title, "js"));
    });
  }
});

describe("programs with maps without keys in the kernel", needsKernel(), () => {
  for (const title of Object.keys(senders)) {
    it(`${title}: as in JavaScript`, () => assertEquals(outcome(title, "kernel"), outcome(title, "js")));
  }
});

/**
 * Programs that come and go leave nothing behind. What is counted is exact, or measured after all garbage is collected:
 * how much memory an engine keeps for itself is its own affair, and depends on the machine's load.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { readFileSync } from "node:fs";
import { globalVar, u32, XDP } from "../../mod.ts";
import { held } from "../support/garbage.ts";
import { needsKernel, openDescriptors } from "../support/kernel.ts";

class Count extends XDP {
  @globalVar(u32)
  accessor count = 0;

  program() {
    this.count += 1;
    return XDP.PASS;
  }
}

/** How many maps this process has in its address space. */
function mappedMaps(): number {
  return readFileSync("/proc/self/maps", "utf8").split("\n").filter((line) => line.includes("bpf-map")).length;
}

/** Bytes a cycle that may stay: an object or a page that stays has more, and that is so in every round. */
const allowance = 256;
const rounds = 6;
const cycles = 500;

/** Loads and closes, until a round leaves next to nothing: engines make caches and code in the first ones. */
function settle(): void {
  const growth: string[] = [];
  for (let before = held(); growth.length < rounds;) {
    for (let cycle = 0; cycle < cycles; cycle++) {
      using counter = new Count();
      counter.load();
      counter.count += 1;
    }
    const after = held();
    const [objects, buffers] = [after.objects - before.objects, after.buffers - before.buffers];
    growth.push(`${objects} in objects, ${buffers} in buffers`);
    if (objects <= allowance * cycles && buffers <= allowance * cycles) return;
    before = after;
  }
  throw new Error(`every ${cycles} cycles of loading and closing keep bytes:\n${growth.join("\n")}`);
}

describe("loading and closing, again and again", needsKernel(), () => {
  it("costs neither descriptors nor memory", () => {
    const before = { descriptors: openDescriptors(), maps: mappedMaps() };
    settle();
    assertEquals({ descriptors: openDescriptors(), maps: mappedMaps() }, before);
  });

  it("is seen in the address space in between", () => {
    const before = mappedMaps();
    using counter = new Count();
    counter.load();
    assert(mappedMaps() > before);
  });
});

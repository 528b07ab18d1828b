/**
 * Nothing is lost: processes, programs and user space add to the same variables and maps at the same time.
 *
 * @module
 */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { atomicView, EbpfError } from "../../mod.ts";
import { BpfFs } from "../support/bpffs.ts";
import { needsKernel, runtimeCommand } from "../support/kernel.ts";
import { Adder } from "./testdata/adders.ts";

/** Runs of each of the four programs, and additions of user space. */
const runs = 1_500_000;
const additions = 4_000_000;

describe("atomicView()", () => {
  it("is the variable itself", () => {
    const adder = new Adder();
    const view = atomicView(adder, "total");
    assertEquals(Atomics.add(view as BigUint64Array, 0, 7n), 0n);
    assertEquals(adder.total, 7n);
  });

  it("is for variables of 4 and 8 bytes only", () => {
    const adder = new Adder();
    assertStringIncludes(assertThrows(() => atomicView(adder, "sums"), EbpfError).message, "Name a @globalVar");
    assertThrows(() => atomicView(adder, "defaultAction"), EbpfError);
    adder.close();
    assertThrows(() => atomicView(adder, "total"), EbpfError);
  });
});

describe("ten million additions", needsKernel("mount", "umount"), () => {
  it("by two processes, four programs and user space are all there", async () => {
    using bpffs = new BpfFs();
    using one = new Adder();
    one.sums.set(1, { all: 0n });
    one.load();
    one.pin(bpffs.in("adder"));
    using two = Adder.open(bpffs.in("adder"));
    const [command, args] = runtimeCommand(new URL("testdata/adder.ts", import.meta.url), [
      bpffs.in("adder"),
      String(runs),
    ]);
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    const ended = once(child, "exit");
    const view = atomicView(one, "total") as BigUint64Array;
    await once(child.stdout!, "data"); // it is ready
    for (let i = 0; i < additions; i++) Atomics.add(view, 0, 1n);
    for (const adder of [one, two]) adder.test(new Uint8Array(64), { on: "kernel", repeat: runs });
    assertEquals((await ended)[0], 0);
    assertEquals(one.total, BigInt(4 * runs + additions));
    assertEquals(two.total, one.total);
    assertEquals(one.sums.get(1), { all: BigInt(4 * runs) });
    assertEquals(one.guarded.get(0), { all: BigInt(4 * runs), locked: BigInt(4 * runs) });
    one.unpin(bpffs.in("adder"));
  });
});

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { EbpfError } from "../../src/errors.ts";
import { createWaiter, type Descriptor, Readiness, RingBufferReader, type WaitMode } from "../../src/kernel/mod.ts";
import { openFile } from "../../src/kernel/files.ts";
import { needsKernel, openDescriptors, runtimeCommand } from "../support/kernel.ts";
import { createRing, sender, Shared } from "../support/rings.ts";

const size = 4096;
const modes: readonly WaitMode[] = ["latency", "throughput"];

/** Whether a promise is done once timers and events have had their turn. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => done = true);
  await new Promise((wake) => setTimeout(wake, 20));
  return done;
}

for (const mode of modes) {
  describe(`waiting for ${mode}`, needsKernel(), () => {
    it("ends with each event", async () => {
      using ring = createRing(size);
      using shared = new Shared();
      using send = sender(ring, shared, 8);
      using reader = new RingBufferReader(ring, size);
      const waiter = createWaiter(mode, [ring]);
      for (let round = 0, found = 0; round < 100; round++) {
        setTimeout(() => send.run(), round % 3);
        do {
          await waiter.wait(found);
          found = reader.drain(() => {});
        } while (found === 0);
        assertEquals(found, 1);
      }
      waiter.close();
    });

    it("ends at once for events that are there", async () => {
      using ring = createRing(size);
      using shared = new Shared();
      using send = sender(ring, shared, 8);
      send.run(3);
      const waiter = createWaiter(mode, [ring]);
      await waiter.wait(0);
      await waiter.wait(0);
      waiter.close();
    });

    it("ends when it is closed, and then does not begin", async () => {
      using ring = createRing(size);
      const waiter = createWaiter(mode, [ring]);
      const waiting = waiter.wait(0);
      assertEquals(await settles(waiting), false);
      waiter.close();
      await waiting;
      await waiter.wait(1);
      waiter.close();
    });
  });
}

describe("readiness", needsKernel(), () => {
  it("is told to those whose descriptor it is", async () => {
    using first = createRing(size);
    using second = createRing(size);
    using shared = new Shared();
    using send = sender(second, shared, 8);
    using waitFirst = new Readiness([first]);
    using waitSecond = new Readiness([second]);
    const [quiet, loud] = [waitFirst.wait(), waitSecond.wait()];
    assertEquals([await settles(quiet), await settles(loud)], [false, false]);
    send.run();
    await loud;
    assertEquals(await settles(quiet), false);
    waitFirst.close();
    await quiet;
  });

  it("comes from any of several descriptors", async () => {
    using first = createRing(size);
    using second = createRing(size);
    using shared = new Shared();
    using readiness = new Readiness([first, second]);
    for (const ring of [first, second, first]) {
      using send = sender(ring, shared, 8);
      using reader = new RingBufferReader(ring, size);
      const waiting = readiness.wait();
      send.run();
      await waiting;
      reader.drain(() => {});
    }
  });

  it("is the same for all who wait at one time", async () => {
    using ring = createRing(size);
    const readiness = new Readiness([ring]);
    const waiting = readiness.wait();
    assertEquals(readiness.wait() === waiting, true);
    readiness.close();
    await waiting;
  });

  it("is refused for what cannot be waited for, and leaves nothing behind", () => {
    using ring = createRing(size);
    using file = openFile("/proc/self/status") as Descriptor;
    new Readiness([ring]).close();
    const before = openDescriptors();
    for (let round = 0; round < 10; round++) {
      assertThrows(() => new Readiness([ring, file]), EbpfError, "wait for file /proc/self/status");
      new Readiness([ring]).close();
    }
    assertEquals(openDescriptors(), before);
  });
});

describe("the process", needsKernel(), () => {
  const script = new URL("testdata/waiting.ts", import.meta.url);

  async function output(what: string): Promise<[output: string, code: unknown]> {
    const [command, args] = runtimeCommand(script, [what]);
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (part) => text += part);
    const [code] = await once(child, "close");
    return [text, code];
  }

  const outcomes: readonly [what: string, output: string, code: number][] = [
    ["event", "waiting\nsent\nfound 1\n", 0],
    ["close", "waiting\nclosed\nended\n", 0],
    ["nobody", "waiting\nsent\nfound 1\n", 0],
    ["exit", "waiting\n", 3],
  ];
  const titles: Readonly<Record<string, string>> = {
    event: "stays while somebody waits",
    close: "ends after a close",
    nobody: "ends while a waiter is open that nobody waits with",
    exit: "can exit in the middle of waiting",
  };
  for (const [what, ...expected] of outcomes) {
    for (const mode of modes) {
      it(`${titles[what]} (${mode})`, async () => assertEquals(await output(`${what} ${mode}`), expected));
    }
  }
});

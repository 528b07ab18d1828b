import { assertEquals, assertGreater, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError } from "../../src/errors.ts";
import { createMap, createWaiter, type Descriptor, MapType, PerfEventReader } from "../../src/kernel/mod.ts";
import { needsKernel, openDescriptors } from "../support/kernel.ts";
import { sampler, Shared } from "../support/rings.ts";

const size = 4096;

function createEvents(): Descriptor {
  return createMap({ type: MapType.PerfEventArray, keySize: 4, valueSize: 4, maxEntries: 256, name: "events" });
}

/** The numbers that samples begin with. */
function take(reader: PerfEventReader, limit?: number): number[] {
  const found: number[] = [];
  const count = reader.drain((data, offset) => found.push(Number(data.getBigUint64(offset, true))), limit);
  assertEquals(count, found.length);
  return found;
}

const upTo = (count: number, first = 1) => Array.from({ length: count }, (_, index) => first + index);

describe("a reader of perf events", needsKernel(), () => {
  it("reads what was sent, once", () => {
    using events = createEvents();
    using reader = new PerfEventReader(events, size);
    using shared = new Shared();
    using send = sampler(events, shared, 16);
    assertEquals(take(reader), []);
    send.run(5);
    // Runs in a row stay on one CPU.
    assertEquals([take(reader), take(reader)], [upTo(5), []]);
    send.run(5);
    assertEquals([take(reader, 2), take(reader)], [[6, 7], [8, 9, 10]]);
  });

  it("reads samples whole, also where the buffer begins anew", () => {
    using events = createEvents();
    using reader = new PerfEventReader(events, size);
    using shared = new Shared();
    for (let length = 8; length < 1000; length += 37) {
      using send = sampler(events, shared, length);
      shared.bytes.fill(length, 8);
      for (let turn = 0; turn < 4; turn++) send.run();
      const sent = shared.bytes.slice(8, length);
      let samples = 0;
      reader.drain((data, offset, given) => {
        const bytes = new Uint8Array(data.buffer, data.byteOffset + offset, given);
        assertEquals(bytes.slice(8, length), sent);
        assertEquals(given, (length + 4 + 7 & ~7) - 4);
        samples += 1;
      });
      assertEquals(samples, 4);
    }
  });

  it("counts what the kernel had no room for", () => {
    using events = createEvents();
    using reader = new PerfEventReader(events, size);
    using shared = new Shared();
    using send = sampler(events, shared, 100);
    send.run(100);
    const kept = take(reader).length;
    // The kernel says it with the next sample that fits.
    send.run();
    assertEquals(take(reader), [101]);
    assertGreater(kept, 20);
    assertEquals(kept + reader.lost, 100);
  });

  it("can be waited for", async () => {
    using events = createEvents();
    using reader = new PerfEventReader(events, size);
    using shared = new Shared();
    using send = sampler(events, shared, 8);
    const waiter = createWaiter("latency", reader.descriptors);
    for (let round = 1; round < 20; round++) {
      const waiting = waiter.wait(0);
      send.run();
      await waiting;
      assertEquals(take(reader), [round]);
    }
    waiter.close();
  });

  it("counts a sample as read if its reading throws, and can be closed while it reads", () => {
    using events = createEvents();
    using reader = new PerfEventReader(events, size);
    using shared = new Shared();
    using send = sampler(events, shared, 8);
    send.run(3);
    const fail = () => {
      throw new Error("not that one");
    };
    assertThrows(() => reader.drain(fail), Error, "not that one");
    const seen: bigint[] = [];
    const count = reader.drain((data, offset) => {
      reader.close();
      seen.push(data.getBigUint64(offset, true));
    });
    assertEquals([count, seen, reader.drain(fail)], [1, [2n], 0]);
  });

  it("is refused for sizes that the kernel does not take, and leaves nothing behind", () => {
    using events = createEvents();
    const before = openDescriptors();
    for (let round = 0; round < 50; round++) {
      assertThrows(
        () => new PerfEventReader(events, 3 * 4096),
        EbpfError,
        "map the memory of perf event buffer of CPU 0",
      );
      new PerfEventReader(events, size).close();
    }
    assertEquals(openDescriptors(), before);
  });
});

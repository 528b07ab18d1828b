import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  EbpfError,
  ErrorCode,
  type EventMode,
  type Packet,
  RingBuffer,
  struct,
  u32,
  UserRingBuffer,
  XDP,
} from "../../mod.ts";
import { needsKernel, openDescriptors } from "../support/kernel.ts";

const Event = struct({ first: u32, length: u32 });

class Sender extends XDP {
  events = new RingBuffer(Event, { size: 4096 });
  numbers = new RingBuffer(u32, { size: 4096, mode: "throughput" });

  program(packet: Packet) {
    const first = packet.getUint32(0);
    this.events.output({ first, length: packet.byteLength });
    this.numbers.output(first);
  }
}

/** Sends events with these numbers. */
function send(sender: Sender, on: "js" | "vm" | "kernel", ...numbers: readonly number[]): void {
  for (const number of numbers) {
    const packet = new Uint8Array(64);
    new DataView(packet.buffer).setUint32(0, number);
    sender.test(packet, { on });
  }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);
const pause = () => new Promise((wake) => setTimeout(wake, 5));

/** The first so many of an iteration. */
async function take<T>(events: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const event of events) if (taken.push(event) === count) break;
  return taken;
}

for (const on of ["js", "vm", "kernel"] as const) {
  describe(`events of runs on "${on}"`, on === "kernel" ? needsKernel() : {}, () => {
    it("are drained once, in order, as plain objects", () => {
      using sender = new Sender();
      send(sender, on, 1, 2, 3);
      const { events } = sender;
      assertEquals(events.drain(2), [{ first: 1, length: 64 }, { first: 2, length: 64 }]);
      assertEquals([events.drain(), events.drain()], [[{ first: 3, length: 64 }], []]);
    });

    it("are counted if there is no room", () => {
      using sender = new Sender();
      send(sender, on, ...upTo(300));
      const [kept, dropped] = [4096 / 16 - 1, 300 - 4096 / 16 + 1];
      assertEquals([sender.numbers.dropped, sender.numbers.drain()], [dropped, upTo(kept)]);
      send(sender, on, 7);
      assertEquals([sender.numbers.dropped, sender.numbers.drain()], [dropped, [7]]);
    });

    for (const mode of ["latency", "throughput"] as const) {
      it(`are iterated over as they come (${mode})`, async () => {
        using sender = new Sender();
        if (on === "kernel") sender.load();
        const taking = take(sender.numbers.events({ mode }), 20);
        for (const number of upTo(20)) {
          send(sender, on, number);
          if (number % 5 === 0) await pause();
        }
        assertEquals(await taking, upTo(20));
      });

      it(`are iterated over in lists (${mode})`, async () => {
        using sender = new Sender();
        send(sender, on, ...upTo(10));
        const lists = take(sender.numbers.batches({ mode }), 2);
        await pause();
        send(sender, on, 10);
        assertEquals(await lists, [upTo(10), [10]]);
      });
    }

    it("that a loop has not come to are the next one's", async () => {
      using sender = new Sender();
      send(sender, on, ...upTo(10));
      assertEquals(await take(sender.numbers, 3), [0, 1, 2]);
      assertEquals(sender.numbers.drain(2), [3, 4]);
      assertEquals(await take(sender.numbers, 5), [5, 6, 7, 8, 9]);
    });
  });
}

describe("an iteration over events", needsKernel(), () => {
  it("begins before the program is loaded", async () => {
    using sender = new Sender();
    const taking = take(sender.numbers, 3);
    send(sender, "js", 0);
    await pause();
    sender.load();
    await pause();
    send(sender, "kernel", 1, 2);
    assertEquals(await taking, [0, 1, 2]);
  });

  for (const mode of ["latency", "throughput"] as const satisfies readonly EventMode[]) {
    it(`ends when the program is closed (${mode})`, async () => {
      const sender = new Sender();
      sender.load();
      const all: number[] = [];
      const iterating = (async () => {
        for await (const number of sender.numbers.events({ mode })) all.push(number);
      })();
      send(sender, "kernel", 1, 2);
      for (let wait = 0; wait < 200 && all.length < 2; wait++) await pause();
      sender.close();
      await iterating;
      assertEquals(all, [1, 2]);
    });
  }

  it("can be left while it waits", async () => {
    using sender = new Sender();
    sender.load();
    const events = sender.events[Symbol.asyncIterator]();
    const waiting = events.next();
    await pause();
    await events.return!();
    assertEquals(await waiting, { done: true, value: undefined });
    assertEquals(await events.next(), { done: true, value: undefined });
  });

  it("gives each of several loops its events", async () => {
    using sender = new Sender();
    sender.load();
    const loops = [take(sender.numbers, 1), take(sender.numbers, 1)];
    await pause();
    send(sender, "kernel", 1);
    await pause();
    send(sender, "kernel", 2);
    assertEquals((await Promise.all(loops)).flat().sort(), [1, 2]);
  });

  it("gives events to who asks for several at a time", async () => {
    using sender = new Sender();
    sender.load();
    const events = sender.numbers.events();
    const asked = [events.next(), events.next(), events.next()];
    send(sender, "kernel", 1, 2, 3);
    assertEquals((await Promise.all(asked)).map(({ value }) => value), [1, 2, 3]);
    await events.return!();
  });

  it("goes on with events that come between two of its turns", async () => {
    const ring = new RingBuffer(u32, { size: 4096 });
    ring.output(0);
    const all: number[] = [];
    for await (const number of ring) {
      all.push(number);
      if (number === 5) break;
      ring.output(number + 1);
    }
    assertEquals(all, upTo(6));
  });

  it("lets other things happen although events never end", async () => {
    const ring = new RingBuffer(u32, { size: 1 << 20 });
    for (const number of upTo(10_000)) ring.output(number);
    let isTurn = false;
    setTimeout(() => isTurn = true, 0);
    let count = 0;
    for await (const number of ring) {
      ring.output(number);
      if (isTurn || ++count > 10_000_000) break;
    }
    assertEquals(isTurn, true);
  });

  it("leaves nothing behind", async () => {
    {
      using sender = new Sender();
      sender.load();
      send(sender, "kernel", 1);
      await take(sender.numbers, 1);
    }
    const before = openDescriptors();
    for (let round = 0; round < 20; round++) {
      using sender = new Sender();
      sender.load();
      send(sender, "kernel", 1);
      await take(sender.events, 1);
      const left = sender.numbers.events();
      await left.next();
      void left.next();
    }
    assertEquals(openDescriptors(), before);
  });
});

describe("a ring buffer", () => {
  for (const size of [0, 4095, 5000, 2 ** 31, NaN]) {
    it(`of ${size} bytes is refused`, () => {
      for (const Ring of [RingBuffer, UserRingBuffer]) {
        const error = assertThrows(() => new Ring(u32, { size }), EbpfError, `of ${size} bytes`);
        assertEquals(error.code, ErrorCode.InvalidArgument);
      }
    });
  }

  it("that is closed is said to be", { ...needsKernel() }, () => {
    const sender = new Sender();
    sender.load();
    sender.close();
    for (const use of [() => sender.events.drain(), () => sender.events.events(), () => sender.events.dropped]) {
      assertEquals(assertThrows(use, EbpfError).code, ErrorCode.Closed);
    }
  });
});

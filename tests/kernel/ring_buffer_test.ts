import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import { type Descriptor, mapInfo, type ReadRecord, RingBufferReader } from "../../src/kernel/mod.ts";
import { needsKernel, openDescriptors, runtimeCommand } from "../support/kernel.ts";
import { createRing, reserver, sender, Shared } from "../support/rings.ts";

const size = 4096;

/** A ring, its reader, and what programs send. */
class Ring {
  readonly map: Descriptor = createRing(size);
  readonly reader: RingBufferReader = new RingBufferReader(this.map, size);
  readonly shared: Shared = new Shared();

  /** The first 64 bits of each record, or what else is of interest. */
  take(limit?: number, of = (data: DataView, offset: number) => Number(data.getBigInt64(offset, true))): number[] {
    const found: number[] = [];
    const count = this.reader.drain((data, offset) => found.push(of(data, offset)), limit);
    assertEquals(count, found.length);
    return found;
  }

  [Symbol.dispose](): void {
    this.shared[Symbol.dispose]();
    this.reader.close();
    this.map.close();
  }
}

const upTo = (count: number, first = 0) => Array.from({ length: count }, (_, index) => first + index);

describe("a ring buffer's reader", needsKernel(), () => {
  it("finds out that there is another one, and leaves the ring in order", () => {
    using ring = new Ring();
    using other = new RingBufferReader(ring.map, size);
    using send = sender(ring.map, ring.shared, 16);
    send.run(5);
    const meanwhile = (_: DataView, offset: number) => offset < 16 ? other.drain(() => {}, 2) : 0;
    const error = assertThrows(() => ring.take(4, meanwhile), EbpfError, 'out of map "ring"');
    assertEquals(error.code, ErrorCode.ReaderConflict);
    // The other one's two are gone; one after the other, both may read.
    assertEquals([ring.take(2), other.drain(() => {}), ring.reader.used], [[2, 3], 1, 0]);
    for (let round = 0; round < 20; round++) {
      send.run(100);
      assertEquals([ring.take().length, ring.reader.used], [100, 0]);
    }
  });

  it("reads what was sent, once, in order", () => {
    using ring = new Ring();
    using send = sender(ring.map, ring.shared, 16);
    assertEquals(ring.take(), []);
    send.run(5);
    assertEquals([ring.reader.used, ring.take(), ring.reader.used], [5 * 24, upTo(5), 0]);
    assertEquals(ring.take(), []);
    send.run();
    assertEquals(ring.take(), [5]);
  });

  for (const length of [1, 7, 8, 9, 100, 1000]) {
    it(`reads records of ${length} bytes whole, also where the ring begins anew`, () => {
      using ring = new Ring();
      using send = sender(ring.map, ring.shared, length);
      for (let round = 0; round < 50; round++) {
        ring.shared.bytes.fill(round, 8);
        const sent = ring.shared.bytes.slice(0, length);
        send.run();
        let received = new Uint8Array();
        ring.reader.drain((data, offset, given) =>
          received = new Uint8Array(data.buffer, data.byteOffset + offset, given).slice()
        );
        assertEquals(received, sent);
      }
    });
  }

  it("leaves out what was discarded", () => {
    using ring = new Ring();
    using submit = reserver(ring.map, 7, "submit");
    using discard = reserver(ring.map, 8, "discard");
    for (const each of [discard, submit, discard, discard, submit]) each.run();
    assertEquals([ring.take(), ring.reader.used], [[7, 7], 0]);
    discard.run();
    assertEquals([ring.take(), ring.reader.used], [[], 0]);
  });

  it("stops at its limit, and goes on from there", () => {
    using ring = new Ring();
    using send = sender(ring.map, ring.shared, 8);
    send.run(10);
    assertEquals([ring.take(0), ring.take(3), ring.take(3), ring.take()], [[], upTo(3), upTo(3, 3), upTo(4, 6)]);
  });

  /** The kernel never fills the last 8 bytes. */
  const full = size / 16 - 1;

  it("makes room for as much as the ring holds", () => {
    using ring = new Ring();
    using send = sender(ring.map, ring.shared, 8);
    for (let round = 0; round < 20; round++) {
      assertEquals([send.run(full), send.run()], [0, 1]);
      assertEquals(ring.take(), upTo(full, round * full));
    }
  });

  it("makes room while it reads, an eighth at a time", () => {
    using ring = new Ring();
    using send = sender(ring.map, ring.shared, 8);
    send.run(full);
    const refused: number[] = [];
    ring.reader.drain(() => void refused.push(send.run()));
    assertEquals(refused, Array.from({ length: full }, (_, index) => index < size / 16 / 8 ? 1 : 0));
  });

  it("counts a record as read if its reading throws", () => {
    using ring = new Ring();
    using send = sender(ring.map, ring.shared, 8);
    send.run(3);
    assertThrows(
      () =>
        ring.reader.drain(() => {
          throw new Error("not that one");
        }),
      Error,
      "not that one",
    );
    assertEquals(ring.take(), [1, 2]);
  });

  it("does nothing within itself", () => {
    using ring = new Ring();
    using send = sender(ring.map, ring.shared, 8);
    send.run(3);
    const inner: number[] = [];
    const read: ReadRecord = () => void inner.push(ring.reader.drain(read));
    assertEquals([ring.reader.drain(read), inner], [3, [0, 0, 0]]);
  });

  it("can be closed while it reads", () => {
    using ring = new Ring();
    using send = sender(ring.map, ring.shared, 8);
    send.run(3);
    const seen: bigint[] = [];
    const count = ring.reader.drain((data, offset) => {
      ring.reader.close();
      seen.push(data.getBigUint64(offset, true));
    });
    assertEquals([count, seen], [1, [0n]]);
    assertEquals([ring.reader.drain(() => {}), ring.reader.used], [0, 0]);
  });

  it("goes on where another one ended", () => {
    using ring = new Ring();
    using send = sender(ring.map, ring.shared, 8);
    send.run(3);
    assertEquals(ring.take(1), [0]);
    ring.reader.close();
    using next = new RingBufferReader(ring.map, size);
    const found: bigint[] = [];
    next.drain((data, offset) => found.push(data.getBigUint64(offset, true)));
    assertEquals(found, [1n, 2n]);
  });

  it("is refused for another size, and leaves nothing behind", () => {
    using ring = createRing(size);
    const before = openDescriptors();
    for (let round = 0; round < 300; round++) {
      assertThrows(() => new RingBufferReader(ring, 4 * size), EbpfError, 'map the memory of map "ring"');
      new RingBufferReader(ring, size).close();
    }
    assertEquals(openDescriptors(), before);
  });

  it("loses nothing and reads nothing unfinished while another process sends", async () => {
    using ring = createRing(1 << 20);
    using reader = new RingBufferReader(ring, 1 << 20);
    const total = 500_000;
    const script = new URL("testdata/sending.ts", import.meta.url);
    const [command, args] = runtimeCommand(script, [String(mapInfo(ring).id), String(total)]);
    const child = spawn(command, args, { stdio: ["pipe", "inherit", "inherit"] });
    const ended = once(child, "exit");
    let [next, wrong, ending] = [0, 0, false];
    void ended.then(() => ending = true);
    const read: ReadRecord = (data, offset, length) => {
      const number = data.getUint32(offset, true);
      const whole = length === 32 && data.getUint32(offset + 28, true) === number;
      if (number !== next || !whole) wrong += 1;
      next = number + 1;
    };
    while (reader.drain(read) > 0 || !ending) await new Promise((wake) => setTimeout(wake, 0));
    assertEquals([next, wrong, (await ended)[0]], [total, 0, 0]);
  });
});

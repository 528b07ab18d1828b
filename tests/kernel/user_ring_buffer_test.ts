import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import { MapType, UserRingBufferWriter } from "../../src/kernel/mod.ts";
import { needsKernel } from "../support/kernel.ts";
import { createRing, drainer, Shared } from "../support/rings.ts";

const size = 4096;

function open():
  & { readonly writer: UserRingBufferWriter; readonly drain: () => [count: number, sum: number] }
  & Disposable {
  using owned = new DisposableStack();
  const map = owned.use(createRing(size, MapType.UserRingBuffer));
  const writer = owned.use(new UserRingBufferWriter(map, size));
  const shared = owned.use(new Shared());
  const program = owned.use(drainer(map, shared));
  const all = owned.move();
  return {
    writer,
    drain() {
      shared.view.setBigUint64(0, 0n, true);
      return [program.run(), Number(shared.view.getBigUint64(0, true))];
    },
    [Symbol.dispose]: () => all.dispose(),
  };
}

const put = (number: number) => (data: DataView, offset: number) => data.setBigUint64(offset, BigInt(number), true);

describe("a user ring buffer's writer", needsKernel(), () => {
  it("writes what programs take out, once", () => {
    using ring = open();
    assertEquals(ring.drain(), [0, 0]);
    for (const number of [5, 6, 7]) assertEquals(ring.writer.output(8, put(number)), true);
    assertEquals([ring.writer.used, ring.drain(), ring.writer.used], [48, [3, 18], 0]);
    assertEquals(ring.drain(), [0, 0]);
  });

  it("writes records of any length, also where the ring begins anew", () => {
    using ring = open();
    for (let length = 8; length < 1200; length += 13) {
      for (const number of [length, 1]) assertEquals(ring.writer.output(length, put(number)), true);
      assertEquals(ring.drain(), [2, length + 1]);
    }
  });

  it("says when there is no room", () => {
    using ring = open();
    const written = Array.from({ length: size / 16 + 1 }, () => ring.writer.output(8, put(1)));
    assertEquals(written.indexOf(false), size / 16);
    assertEquals(ring.drain(), [size / 16, size / 16]);
    assertEquals(ring.writer.output(8, put(1)), true);
  });

  it("writes nothing if the writing throws", () => {
    using ring = open();
    assertThrows(
      () =>
        ring.writer.output(8, () => {
          throw new Error("no");
        }),
      Error,
      "no",
    );
    assertEquals([ring.writer.used, ring.drain()], [0, [0, 0]]);
  });

  it("refuses use after close", () => {
    using ring = open();
    ring.writer.close();
    const error = assertThrows(() => ring.writer.output(8, put(1)), EbpfError);
    assertEquals(error.code, ErrorCode.Closed);
    ring.writer.close();
  });
});

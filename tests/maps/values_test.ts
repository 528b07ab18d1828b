/**
 * Queues, stacks and Bloom filters in user space: before load() in this process, after it in the kernel.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { BloomFilter, EbpfError, ErrorCode, type Packet, Queue, Stack, struct, u16, u8, XDP } from "../../mod.ts";
import { needsKernel } from "../support/kernel.ts";

// A byte of padding behind the first field.
const Item = struct({ kind: u8, port: u16 });
const item = (port: number) => ({ kind: 1, port });

class Values extends XDP {
  queue = new Queue(Item, { maxEntries: 3 });
  stack = new Stack(u16, { maxEntries: 3 });
  known = new BloomFilter(Item, { maxEntries: 100 });

  program(packet: Packet) {
    const first = packet.getUint8(0);
    this.stack.push(first);
    this.queue.push({ kind: 2, port: first });
    return this.known.has({ kind: 1, port: first }) ? XDP.DROP : XDP.PASS;
  }
}

for (const [where, choice] of [["this process", {}], ["the kernel", needsKernel()]] as const) {
  const make = (): Values => {
    const values = new Values();
    if (where === "the kernel") values.load();
    return values;
  };

  describe(`values in ${where}`, choice, () => {
    it("come out in the order of the map", () => {
      using values = make();
      const { queue, stack } = values;
      for (const port of [1, 2, 3]) assertEquals([queue.push(item(port)), stack.push(port)], [true, true]);
      assertEquals([queue.peek(), queue.pop(), queue.pop()], [item(1), item(1), item(2)]);
      assertEquals([stack.peek(), stack.pop(), stack.pop()], [3, 3, 2]);
      assertEquals([queue.drain(), stack.drain()], [[item(3)], [1]]);
      assertEquals([queue.pop(), queue.peek(), stack.pop(), stack.peek()], [
        undefined,
        undefined,
        undefined,
        undefined,
      ]);
    });

    it("are refused where there is no room, unless the oldest makes some", () => {
      using values = make();
      const { queue } = values;
      for (const port of [1, 2, 3]) queue.push(item(port));
      const error = assertThrows(() => queue.push(item(4)), EbpfError, '"queue": all of its 3 entries are taken');
      assertEquals(error.code, ErrorCode.TooLarge);
      assertEquals(queue.push(item(5), "replace"), true);
      assertThrows(() => queue.push(item(6)), EbpfError);
      assertEquals(queue.drain(), [2, 3, 5].map(item));
    });

    it("are copies, which the next ones do not change", () => {
      using values = make();
      const { queue } = values;
      for (const port of [1, 2]) queue.push(item(port));
      const first = queue.pop();
      queue.pop();
      assertEquals(first, item(1));
    });

    it("may use the map while they are written", () => {
      using values = make();
      const { queue } = values;
      const nested = {
        kind: 7,
        get port() {
          queue.push(item(80));
          return queue.peek()!.port + 1;
        },
      };
      queue.push(nested);
      assertEquals(queue.drain(), [item(80), { kind: 7, port: 81 }]);
    });

    it("are not put in if they cannot be written", () => {
      using values = make();
      const { queue } = values;
      assertThrows(() => queue.push({ kind: 1, port: 80n as unknown as number }), TypeError);
      assertEquals([queue.pop(), queue.push(item(2)), queue.pop()], [undefined, true, item(2)]);
    });

    it("are known to a filter, padding aside", () => {
      using values = make();
      const { known } = values;
      assertEquals([known.has(item(80)), known.add(item(80)), known.has(item(80))], [false, true, true]);
      assertEquals([81, 82, 83].map((port) => known.has(item(port))), [false, false, false]);
      assertEquals(known.has(item(80)), true);
    });

    it("are the program's too", () => {
      using values = make();
      const { queue, stack, known } = values;
      known.add(item(5));
      queue.push(item(9));
      const on = where === "the kernel" ? "kernel" : "vm";
      const names = [4, 5].map((first) => values.test(new Uint8Array(64).fill(first), { on }).name);
      assertEquals(names, ["PASS", "DROP"]);
      assertEquals([queue.drain(), stack.drain()], [[item(9), { kind: 2, port: 4 }, { kind: 2, port: 5 }], [5, 4]]);
    });
  });
}

describe("values", needsKernel(), () => {
  it("are gone with the last program", () => {
    const values = new Values();
    values.load();
    values.queue.push(item(1));
    values.close();
    const attempts = [
      () => values.queue.pop(),
      () => values.queue.peek(),
      () => values.queue.push(item(1)),
      () => values.known.has(item(1)),
    ];
    for (const attempt of attempts) assertEquals(assertThrows(attempt, EbpfError).code, ErrorCode.Closed);
  });
});

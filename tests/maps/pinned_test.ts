/**
 * Maps without keys that are pinned, and opened again.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { BloomFilter, EbpfError, i32, type Packet, Queue, RingBuffer, u32, UserRingBuffer, XDP } from "../../mod.ts";
import { BpfFs } from "../support/bpffs.ts";
import { needsKernel } from "../support/kernel.ts";

class Sender extends XDP {
  sent = new RingBuffer(u32, { size: 4096 });
  queue = new Queue(u32, { maxEntries: 5 });
  known = new BloomFilter(u32, { maxEntries: 100 });
  orders = new UserRingBuffer(u32, { size: 4096 });

  program(packet: Packet) {
    this.sent.output(packet.getUint8(0));
    this.sent.output(this.orders.take() ?? 0);
    this.known.add(packet.getUint8(0));
    this.queue.push(packet.getUint8(0));
  }
}

/** The same fields, other sizes. */
class Other extends Sender {
  override sent = new RingBuffer(u32, { size: 8192 });
}

function run(sender: Sender, first: number, repeat = 1): void {
  sender.test(Uint8Array.from({ length: 64 }, () => first), { on: "kernel", repeat });
}

describe("maps without keys", needsKernel("mount"), () => {
  it("are there for who opens them", () => {
    using bpffs = new BpfFs();
    using sender = new Sender();
    sender.orders.output(100);
    run(sender, 7);
    run(sender, 8, 300);
    sender.pin(bpffs.in("sender"));
    using opened = Sender.open(bpffs.in("sender"));
    assertEquals(opened.sent.dropped, sender.sent.dropped);
    assertEquals([opened.sent.drain(3), sender.sent.drain().length], [[7, 100, 8], 4096 / 16 - 1 - 3]);
    opened.orders.output(9);
    run(opened, 10);
    assertEquals([sender.sent.drain(), opened.queue.drain()], [[10, 9], [7, 8, 8, 8, 8]]);
    assertEquals([7, 9, 10].map((number) => opened.known.has(number)), [true, false, true]);
  });

  it("of another size are refused", () => {
    using bpffs = new BpfFs();
    using sender = new Sender();
    sender.load();
    sender.pin(bpffs.in("sender"));
    const words = 'its map "sent" is a RingBuffer map of 8192 entries';
    assertThrows(() => Other.open(bpffs.in("sender")), EbpfError, words);
  });

  it("of records of other types are refused, with both", () => {
    class OtherTypes extends Sender {
      override sent = new RingBuffer(i32, { size: 4096 });
    }
    class OtherQueue extends Sender {
      override queue = new Queue(i32, { maxEntries: 5 });
    }
    class OtherFilter extends Sender {
      override known = new BloomFilter(i32, { maxEntries: 100 });
    }
    class OtherOrders extends Sender {
      override orders = new UserRingBuffer(i32, { size: 4096 });
    }
    using bpffs = new BpfFs();
    using sender = new Sender();
    sender.pin(bpffs.in("sender"));
    for (
      const [Class, words] of [
        [OtherTypes, "records of i32; there it is a RingBuffer map of 4096 entries, records of u32"],
        [OtherQueue, "values of i32; there it is a Queue map of 5 entries, values of u32"],
        [OtherFilter, "values of i32; there it is a BloomFilter map of 100 entries, values of u32"],
        [
          OtherOrders,
          "records of i32; there it is a UserRingBuffer map of 4096 entries, records of u32",
        ],
      ] as const
    ) {
      assertThrows(() => Class.open(bpffs.in("sender")), EbpfError, words);
    }
  });

  it("stay when the program is made anew", () => {
    using sender = new Sender();
    run(sender, 1);
    sender.reload();
    run(sender, 2, 300);
    assertEquals([sender.sent.drain(4), sender.sent.dropped], [[1, 0, 2, 0], 602 - 4096 / 16 + 1]);
  });
});

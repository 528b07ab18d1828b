/**
 * Programs that send and receive by maps without keys, each with what a test reads of them.
 *
 * @module
 */

import {
  array,
  ArrayMap,
  be16,
  be32,
  bits,
  BloomFilter,
  bool,
  globalVar,
  noinline,
  type Packet,
  PerfEventArray,
  Queue,
  RingBuffer,
  Stack,
  struct,
  u16,
  u32,
  u64,
  u8,
  UserRingBuffer,
  XDP,
} from "../../../mod.ts";

/** With padding between the fields and behind them. */
const Event = struct({ kind: u8, source: be32, port: u16, small: bits(3), one: bits(1), time: u64 });
const Deep = struct({ first: u8, list: array(u16, 5), inner: struct({ a: u8, b: be16 }), last: bool });

/** What all of them count in. */
abstract class Base extends XDP {
  @globalVar(u32)
  accessor seen = 0;
  @globalVar(u64)
  accessor total = 0n;
  events = new RingBuffer(Event, { size: 4096 });
  numbers = new RingBuffer(u32, { size: 4096 });
  deep = new RingBuffer(Deep, { size: 4096 });
  bytes = new RingBuffer(struct({ length: u32, data: array(u8, 24) }), { size: 4096 });
  queue = new Queue(u32, { maxEntries: 3 });
  stack = new Stack(u32, { maxEntries: 3 });
  pairs = new Queue(struct({ a: u8, b: u64 }), { maxEntries: 4 });
  words = new Stack(u64, { maxEntries: 4 });
  known = new BloomFilter(u32, { maxEntries: 100 });
  samples = new PerfEventArray(struct({ kind: u8, length: u16 }));
  commands = new UserRingBuffer(u32, { size: 4096 });
  slots = new ArrayMap(u32, { maxEntries: 4 });
  orders = new UserRingBuffer(struct({ a: u8, b: u64, c: be16 }), { size: 4096 });

  constructor() {
    super();
    for (let i = 0; i < 4; i++) this.slots.set(i, i * i);
    for (const number of [1, 2]) {
      this.queue.push(number);
      this.stack.push(number);
      this.known.add(number);
      this.commands.output(number);
      this.orders.output({ a: number, b: BigInt(number) << 40n, c: 7 * number });
    }
  }

  /** All that can be read afterwards. */
  contents(): unknown {
    const { seen, total, events, numbers, deep, bytes, queue, stack, pairs, words, known } = this;
    return {
      variables: [seen, total],
      rings: [events, numbers, deep, bytes].map((ring) => [ring.dropped, ring.drain(), ring.drain()]),
      next: [queue.peek(), stack.peek(), pairs.peek(), words.peek()],
      lists: [queue, stack, pairs, words].map((list) => [list.drain(), list.pop()]),
      samples: [this.samples.dropped, this.samples.drain(), this.samples.drain()],
      known: [0, 1, 2, 3, 4, 5].map((number) => known.has(number)),
    };
  }
}

/** By what they show. */
export const senders: Readonly<Record<string, new () => Base>> = {
  "output of a struct": class extends Base {
    program(packet: Packet) {
      const first = packet.getUint8(0);
      if (!this.events.output({ kind: first, source: 0x0a000001, port: 80, small: 5, one: true, time: 1n << 63n })) {
        this.seen += 1;
      }
    }
  },
  "output of a scalar, and of a part of a struct": class extends Base {
    program(packet: Packet) {
      this.numbers.output(packet.byteLength);
      this.events.output({ kind: 3, time: 9n } as never);
    }
  },
  "output of a struct that is a view": class extends Base {
    program() {
      const record = this.deep.reserve();
      if (!record) return XDP.DROP;
      record.list[2] = 17;
      record.inner.b = 0x1234;
      record.last = true;
      this.deep.output(record);
      record.first = 1;
      this.deep.submit(record);
    }
  },
  "more than there is room for": class extends Base {
    program() {
      for (let i = 0; i < 100; i++) {
        if (this.events.output({ kind: i, source: i, port: i, small: i, one: false, time: 0n })) this.seen += 1;
        const record = this.deep.reserve();
        if (record) {
          record.first = i;
          record.list[i % 5] = i;
          this.deep.submit(record);
        } else this.total += 1n;
      }
    }
  },
  "records by what the packet says": class extends Base {
    program(packet: Packet) {
      const first = packet.getUint8(0);
      const record = this.events.reserve();
      if (record === undefined) return XDP.ABORTED;
      record.kind = first;
      record.port = 7;
      if (first === 1) {
        this.events.discard(record);
        return XDP.DROP;
      }
      if (first === 2) record.one = true;
      record.time += 3n;
      record.source = record.port * 3;
      this.events.submit(record);
      return first > 2 ? XDP.TX : XDP.PASS;
    }
  },
  "several records at a time": class extends Base {
    program(packet: Packet) {
      const one = packet.getUint8(0);
      const first = this.events.reserve();
      const second = this.events.reserve();
      if (first) first.kind = 1;
      if (second) {
        second.kind = 2;
        second.port = one;
        this.events.submit(second);
      }
      if (first) {
        if (one > 1) this.events.submit(first);
        else this.events.discard(first);
      }
    }
  },
  "records in a loop": class extends Base {
    program(packet: Packet) {
      const count = packet.getUint8(0) * 9;
      for (let i = 0; i < count; i++) {
        const record = this.events.reserve();
        if (!record) break;
        record.port = i;
        if (i % 3 === 0) this.events.discard(record);
        else this.events.submit(record);
        this.seen += 1;
      }
    }
  },
  "records that ways fill in part": class extends Base {
    program(packet: Packet) {
      const first = packet.getUint8(0);
      const [record, deep] = [this.events.reserve(), this.deep.reserve()];
      if (record) {
        record.source = packet.getUint32(4);
        if (first > 1) {
          record.kind = first;
          record.port = 80;
          record.time = 1n;
        } else {
          record.small = 2;
        }
        this.events.submit(record);
      }
      if (!deep) return XDP.DROP;
      if (first === 2) {
        this.deep.discard(deep);
        return XDP.PASS;
      }
      if (first !== 0) deep.list = [1, 2, 3, 4, 5];
      deep.list[first] += 1;
      deep.last = first > 2;
      this.deep.submit(deep);
    }
  },
  "records that the packet fills": class extends Base {
    program(packet: Packet) {
      const first = packet.getUint8(0);
      const record = this.bytes.reserve();
      if (!record) return XDP.DROP;
      record.length = first;
      if (packet.byteLength >= 16 * first + 24) record.data = packet.bytes(first, 24);
      else this.bpf.xdpLoadBytes(first, record.data, packet.byteLength - 57);
      this.bytes.submit(record);
      const other = this.bytes.reserve();
      if (!other) return XDP.DROP;
      other.data[7] = 1;
      if (packet.getUint8(first) & 1) other.data = packet.bytes(20, 24);
      other.data[first] = 1;
      this.bytes.submit(other);
    }
  },
  "queues and stacks of scalars": class extends Base {
    program(packet: Packet) {
      const first = packet.getUint8(0);
      this.seen += this.queue.peek() ?? 100;
      if (this.queue.push(first)) this.total += 1n;
      if (this.stack.push(first)) this.total += 100n;
      if (first === 3) {
        const old = this.queue.pop();
        if (old !== undefined) this.words.push(BigInt(old));
        const top = this.stack.pop();
        if (top !== undefined) this.words.push(BigInt(top) << 32n);
      }
      this.words.push(this.words.peek() ?? 5n);
    }
  },
  "pushes that replace": class extends Base {
    program(packet: Packet) {
      const first = packet.getUint8(0);
      if (this.queue.push(first + 10, "replace")) this.seen += 1;
      if (this.stack.push(first + 20, "replace")) this.seen += 1;
    }
  },
  "queues of structs": class extends Base {
    program(packet: Packet) {
      const first = packet.getUint8(0);
      this.pairs.push({ a: first, b: 1n << 40n });
      const pair = this.pairs.peek();
      if (pair) {
        this.seen += pair.a;
        pair.b += 1n;
        this.pairs.push(pair);
      }
      if (first === 2) {
        const taken = this.pairs.pop();
        if (taken) this.total += taken.b;
      }
    }
  },
  "an empty queue": class extends Base {
    program() {
      const pair = this.pairs.pop();
      if (pair === undefined) this.seen += 1;
      const word = this.words.pop();
      if (word === undefined) this.seen += 10;
      this.total += this.words.peek() ?? 7n;
    }
  },
  "a Bloom filter": class extends Base {
    program(packet: Packet) {
      const first = packet.getUint8(0);
      if (this.known.has(first)) this.seen += 1;
      if (first === 3) this.known.add(4);
      return this.known.has(4) ? XDP.DROP : XDP.PASS;
    }
  },
  "records from user space": class extends Base {
    program() {
      for (let i = 0; i < 3; i++) {
        const command = this.commands.take();
        if (command === undefined) break;
        this.seen += command;
        this.numbers.output(command);
      }
    }
  },
  "structs from user space": class extends Base {
    program() {
      const order = this.orders.take();
      if (!order) return XDP.DROP;
      this.total += order.b;
      this.seen += order.c;
      this.events.output({ kind: order.a, source: 0, port: order.c, small: 0, one: false, time: order.b });
    }
  },
  "a record when the packet ends": class extends Base {
    program(packet: Packet) {
      const record = this.events.reserve();
      if (!record) return XDP.ABORTED;
      record.kind = packet.getUint8(0);
      record.port = packet.getUint16(60 + packet.getUint8(0));
      this.events.submit(record);
      const second = this.events.reserve();
      const far = packet.getUint8(60 + packet.getUint8(0) * 2);
      if (!second) return XDP.DROP;
      second.kind = far;
      this.events.submit(second);
    }
  },
  "a function of its own that may end the program while a record is open": class extends Base {
    @noinline()
    sum(packet: Packet, at: number): number {
      return packet.getUint16(at) + packet.getUint16(at + 4) * 3;
    }
    program(packet: Packet) {
      const at = packet.getUint8(0) * 20 + 1;
      let sum = this.sum(packet, at);
      const record = this.events.reserve();
      if (!record) return XDP.ABORTED;
      record.port = sum & 0xff;
      sum += this.sum(packet, at + packet.getUint8(0));
      record.time = BigInt(sum);
      this.events.submit(record);
    }
  },
  "samples of packets": class extends Base {
    program(packet: Packet) {
      const first = packet.getUint8(0);
      if (!this.samples.output({ kind: first, length: packet.byteLength }, packet, first * 25)) this.seen += 1;
      if (this.samples.output({ kind: 9, length: 0 })) this.total += 1n;
      this.samples.output({ kind: 10, length: first }, packet, Math.min(packet.byteLength, 20));
      this.samples.output({ kind: 11, length: 1 }, packet, 7);
    }
  },
  "records on the way of other calls": class extends Base {
    fill(record: { port: number; time: bigint }, value: number) {
      record.port = value;
      record.time = BigInt(value);
    }
    program(packet: Packet) {
      const record = this.events.reserve();
      if (!record) return XDP.ABORTED;
      this.queue.push(packet.byteLength);
      this.fill(record, this.queue.pop() ?? 0);
      this.words.push(9n);
      record.time += this.words.pop() ?? 0n;
      this.events.submit(record);
    }
  },
  "records while going over a map": class extends Base {
    program(packet: Packet) {
      this.slots.forEach((slot, index) => {
        const record = this.events.reserve();
        if (!record) return;
        record.port = slot;
        if (index === 2) {
          this.events.discard(record);
          return;
        }
        record.kind = packet.getUint8(20 * packet.getUint8(0) * index);
        this.events.submit(record);
      });
    }
  },
  "a record from before that is filled while going over a map": class extends Base {
    program(packet: Packet) {
      const record = this.events.reserve();
      if (!record) return XDP.ABORTED;
      for (const [index, slot] of this.slots) {
        record.time += BigInt(slot);
        if (index < packet.getUint8(0) * 3) continue;
        record.kind = index;
        this.events.submit(record);
        return XDP.TX;
      }
      this.events.discard(record);
    }
  },
  "records in turns that only the kernel can make": class extends Base {
    program(packet: Packet) {
      const mine = this.events.reserve();
      if (!mine) return XDP.ABORTED;
      for (let i = 0; i < 20000; i++) {
        const record = this.events.reserve();
        if (!record) break;
        record.port = packet.getUint8(i * 9);
        mine.time += 1n;
        if ((i & 3) < 2) this.events.submit(record);
        else this.events.discard(record);
        if (i === packet.getUint8(0) + 3) {
          this.events.submit(mine);
          return XDP.TX;
        }
      }
      this.events.discard(mine);
    }
  },
  "records in a switch": class extends Base {
    program(packet: Packet) {
      const record = this.events.reserve();
      if (!record) return XDP.ABORTED;
      switch (packet.getUint8(0)) {
        case 1:
          record.kind = 1;
          break;
        case 2:
          this.events.discard(record);
          return XDP.DROP;
        case 3:
          record.kind = 3;
          this.events.submit(record);
          return XDP.TX;
        default:
          record.kind = 9;
      }
      this.events.submit(record);
    }
  },
};

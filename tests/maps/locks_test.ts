/**
 * Values under their lock: the same everywhere, and nothing lost between processors.
 *
 * @module
 */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  ArrayMap,
  EbpfError,
  globalVar,
  HashMap,
  kernel,
  noinline,
  type Packet,
  ProgramArray,
  RingBuffer,
  struct,
  u32,
  u64,
  u8,
  XDP,
} from "../../mod.ts";
import { needsKernel } from "../support/kernel.ts";

const double = noinline((x: number) => (x & 0xffff) * 2);
const Bucket = struct({ tokens: u64, last: u32, flags: u8 });

abstract class Base extends XDP {
  @globalVar(u32)
  accessor seen = 0;
  buckets = new HashMap(u32, Bucket, { maxEntries: 8, spinLock: true });
  slots = new ArrayMap(Bucket, { maxEntries: 2, spinLock: true });
  plain = new HashMap(u32, u32, { maxEntries: 8 });
  numbers = new ArrayMap(u32, { maxEntries: 2 });

  constructor() {
    super();
    this.buckets.set(1, { tokens: 10n, last: 1, flags: 3 });
    this.numbers.set(1, 7);
    this.buckets.set(2, { tokens: 0n, last: 1, flags: 3 });
  }
}

const programs: Readonly<Record<string, new () => Base>> = {
  "changes a value": class extends Base {
    program(packet: Packet) {
      const key = packet.getUint8(0);
      const now = packet.getUint8(1);
      const isThere = this.buckets.locked(key, (bucket) => {
        if (bucket.tokens > 0n) bucket.tokens -= 1n;
        bucket.last = now;
        bucket.flags = bucket.flags ^ 1;
      });
      if (!isThere) this.buckets.set(key, { tokens: 5n, last: now, flags: 0 });
      return isThere ? XDP.TX : XDP.PASS;
    }
  },
  "answers from within": class extends Base {
    program(packet: Packet) {
      this.buckets.locked(packet.getUint8(0), (bucket) => {
        if (bucket.tokens === 0n) this.exit(XDP.DROP);
        bucket.tokens -= 3n;
        if (bucket.tokens > 100n) throw new Error("too many");
      });
      this.seen += 1;
    }
  },
  "leaves by reaching beyond the packet": class extends Base {
    program(packet: Packet) {
      this.slots.locked(packet.getUint8(0) & 1, (slot) => {
        slot.tokens += 1n;
        slot.last = packet.getUint32(packet.getUint8(0) * 30);
        slot.tokens += 100n;
      });
      this.seen += 1;
    }
  },
  "turns a few times": class extends Base {
    program() {
      this.slots.locked(1, (slot) => {
        for (let i = 0; i < 3; i++) slot.last += i;
        const copy = slot.last;
        this.seen += copy;
      });
    }
  },
  "while going over another map, and over its own": class extends Base {
    program(packet: Packet) {
      const first = packet.getUint8(0);
      this.numbers.forEach((number, index) => {
        this.slots.locked(index, (slot) => {
          slot.tokens += BigInt(number);
          if (first === 2 && index === 1) this.exit(XDP.TX);
          slot.last = packet.getUint8(first * 20 + index);
          slot.flags += 1;
        });
      });
      for (const [key, bucket] of this.buckets) {
        this.buckets.locked(key, (own) => void (own.flags += first));
        if (bucket.tokens > 5n) this.buckets.set(key, { tokens: 4n, last: key, flags: 1 });
      }
      return XDP.DROP;
    }
  },
  "in turns that only the kernel can make": class extends Base {
    program(packet: Packet) {
      for (let i = 0; i < 20000; i++) {
        this.slots.locked(i & 1, (slot) => {
          slot.tokens += 1n;
          if (slot.tokens > 25000n) throw new Error("enough");
          slot.last = packet.getUint8(i & 31);
        });
      }
    }
  },
};

/** Programs that the verifier would refuse, what is said of them, and where. */
const refused: Readonly<Record<string, readonly [new () => Base, words: string, line: string]>> = {
  "changes of other maps": [
    class extends Base {
      program() {
        this.buckets.locked(1, (bucket) => {
          bucket.last = 1;
          this.plain.set(1, 2);
        });
      }
    },
    "bpf_map_update_elem() with the lock held",
    "this.plain.set(1, 2)",
  ],
  "a look at the same map": [
    class extends Base {
      program() {
        this.buckets.locked(1, (bucket) => {
          bucket.last = this.buckets.get(2)?.last ?? 0;
        });
      }
    },
    "bpf_map_lookup_elem() with the lock held",
    "this.buckets.get(2)",
  ],
  "a second lock": [
    class extends Base {
      program() {
        this.buckets.locked(1, (bucket) => {
          this.slots.locked(0, (slot) => void (slot.last = bucket.last));
        });
      }
    },
    "with the lock held",
    "this.slots.locked(0",
  ],
  "helpers": [
    class extends Base {
      program() {
        this.buckets.locked(1, (bucket) => {
          bucket.tokens = this.bpf.ktimeGetNs();
        });
      }
    },
    "bpf_ktime_get_ns() with the lock held",
    "bucket.tokens = this.bpf.ktimeGetNs()",
  ],
  "functions of their own": [
    class extends Base {
      @kernel(() => ({ double }))
      program() {
        this.buckets.locked(1, (bucket) => {
          bucket.last = double(bucket.last);
        });
      }
    },
    "() with the lock held",
    "double(bucket.last)",
  ],
  "events": [
    class extends Base {
      events = new RingBuffer(u32, { size: 4096 });
      program() {
        this.buckets.locked(1, (bucket) => void this.events.output(bucket.last));
      }
    },
    "bpf_ringbuf_output() with the lock held",
    "this.events.output(bucket.last)",
  ],
  "another program": [
    class extends Base {
      next = new ProgramArray({ maxEntries: 1 });
      program() {
        this.buckets.locked(1, () => this.next.tailCall(0));
      }
    },
    "bpf_tail_call() with the lock held",
    "this.next.tailCall(0)",
  ],
  "a packet that grows": [
    class extends Base {
      program(packet: Packet) {
        this.buckets.locked(1, (bucket) => {
          if (packet.adjustHead(-4)) bucket.last = 4;
        });
      }
    },
    "bpf_xdp_adjust_head() with the lock held",
    "packet.adjustHead(-4)",
  ],
  "loops": [
    class extends Base {
      program(packet: Packet) {
        this.buckets.locked(1, (bucket) => {
          for (let i = 0; i < packet.getUint8(0); i++) bucket.last += i;
        });
      }
    },
    "go round in a loop with the lock held",
    "for (let i = 0; i < packet.getUint8(0)",
  ],
  "maps without locks": [
    class extends Base {
      bare = new HashMap(u32, Bucket, { maxEntries: 8 });
      program() {
        this.bare.locked(1, () => {});
      }
    },
    "they have no lock",
    "this.bare.locked(1",
  ],
};

function outcome(title: string, on: "js" | "vm" | "kernel"): unknown {
  using program = new programs[title]();
  const answers = [1, 1, 2, 3, 3, 7].map((first) => {
    const packet = Uint8Array.from({ length: 64 }, (_, i) => i);
    packet[0] = first;
    return program.test(packet, { on }).name;
  });
  const contents = [program.buckets, program.slots].map((map) =>
    JSON.parse(JSON.stringify(map)).map((entry: unknown) => JSON.stringify(entry)).sort()
  );
  return [answers, contents, program.seen];
}

describe("values under their lock", () => {
  for (const title of Object.keys(programs)) {
    it(`${title}: in the virtual machine as in JavaScript`, () =>
      assertEquals(outcome(title, "vm"), outcome(title, "js")));
  }

  it("are changed in user space, too", () => {
    const { buckets } = new programs["turns a few times"]();
    assertEquals(buckets.locked(1, (bucket) => void (bucket.tokens += 1n)), true);
    assertEquals(buckets.locked(9, () => {}), false);
    assertEquals(buckets.get(1), { tokens: 11n, last: 1, flags: 3 });
  });

  it("need a lock, and a struct to put it in", () => {
    const refused = (work: () => unknown) => assertThrows(work, EbpfError).message;
    assertStringIncludes(refused(() => new HashMap(u32, u32, { maxEntries: 1, spinLock: true })), "Give a struct");
    const table = new HashMap(u32, Bucket, { maxEntries: 1 });
    assertStringIncludes(refused(() => table.locked(1, () => {})), "spinLock: true");
  });

  for (const [title, [Refused, words, line]] of Object.entries(refused)) {
    it(`refuse ${title}, at its line`, () => {
      const error = assertThrows(() => new Refused().check(), EbpfError);
      assertStringIncludes(error.message, words);
      assertStringIncludes(error.frame ?? "", line);
    });
  }
});

describe("values under their lock in the kernel", needsKernel(), () => {
  for (const title of Object.keys(programs)) {
    it(`${title}: as in JavaScript`, () => assertEquals(outcome(title, "kernel"), outcome(title, "js")));
  }

  it("are changed by user space as well", () => {
    using program = new programs["changes a value"]();
    program.load();
    program.buckets.locked(1, (bucket) => void (bucket.tokens += 7n));
    assertEquals(program.buckets.get(1), { tokens: 17n, last: 1, flags: 3 });
    assertEquals([...program.buckets.keys()].sort(), [1, 2]);
  });
});

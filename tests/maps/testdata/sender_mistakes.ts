/**
 * Programs that use maps without keys in ways that are refused, each with what it shows; `mistakes.txt` has the errors.
 *
 * @module
 */

// deno-lint-ignore-file no-explicit-any -- these are mistakes
import {
  ArrayMap,
  globalVar,
  type Packet,
  PerfEventArray,
  Queue,
  RingBuffer,
  struct,
  u32,
  u64,
  u8,
  UserRingBuffer,
  XDP,
} from "../../../mod.ts";

const Event = struct({ kind: u8, time: u64 });

/** What the mistakes use. */
abstract class Mistake extends XDP {
  @globalVar(u32)
  accessor count = 0;
  events: any = new RingBuffer(Event, { size: 4096 });
  others: any = new RingBuffer(Event, { size: 4096 });
  numbers: any = new RingBuffer(u32, { size: 4096 });
  samples: any = new PerfEventArray(Event);
  table: any = new ArrayMap(u32, { maxEntries: 4 });
  pairs: any = new Queue(Event, { maxEntries: 4 });
  orders: any = new UserRingBuffer(Event, { size: 4096 });
}

/** What the error is about → the class. */
export const mistakes: Readonly<Record<string, new () => XDP>> = {
  "a record that is never sent": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const record = this.events.reserve();
      if (record) record.kind = 1;
    }
  },
  "a record that one path forgets": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    override program(packet: Packet) {
      const record = this.events.reserve();
      if (!record) return XDP.PASS;
      if (packet.getUint8(0) === 1) return XDP.DROP;
      this.events.submit(record);
      return XDP.PASS;
    }
  },
  "a record that exit() forgets": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const record = this.events.reserve();
      if (record) {
        if (this.count > 5) this.exit(XDP.DROP);
        this.events.submit(record);
      }
    }
  },
  "a record that throw forgets": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const record = this.events.reserve();
      if (record) {
        if (this.count > 5) throw new Error("too many");
        this.events.submit(record);
      }
    }
  },
  "a record that a turn of a loop forgets": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      for (let i = 0; i < 100; i++) {
        const record = this.events.reserve();
        if (record && this.count !== i) this.events.submit(record);
      }
    }
  },
  "a record used without a test": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const record = this.events.reserve();
      record.kind = 1;
      this.events.submit(record);
    }
  },
  "a record sent without a test": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const record = this.events.reserve();
      this.events.submit(record);
    }
  },
  "a record sent twice": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const record = this.events.reserve();
      if (!record) return XDP.PASS;
      this.events.submit(record);
      this.events.discard(record);
    }
  },
  "a record used after it is sent": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const record = this.events.reserve();
      if (!record) return XDP.PASS;
      this.events.submit(record);
      this.count = record.kind;
    }
  },
  "a record sent by another ring": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const record = this.events.reserve();
      if (record) this.others.submit(record);
    }
  },
  "a record that is none": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.events.submit({ kind: 1, time: 1n });
    }
  },
  "a reserved number": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const record = this.numbers.reserve();
      if (record) this.numbers.submit(record);
    }
  },
  "an output of nothing": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.events.output();
    }
  },
  "an output of another type": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.events.output({ kind: 1, time: 5 });
    }
  },
  "a drain in a program": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.count = this.events.drain().length;
    }
  },
  "a value used after the next one": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const first = this.pairs.pop();
      const second = this.pairs.pop();
      if (first && second) this.count = first.kind + second.kind;
    }
  },
  "an order used after the next one": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      const first = this.orders.take();
      const second = this.orders.take();
      if (first && second) this.count = first.kind + second.kind;
    }
  },
  "a sample of what is not the packet": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.samples.output({ kind: 1, time: 1n }, this.count, 64);
    }
  },
  "a push with a flag that is none": class extends Mistake {
    @globalVar(u32)
    accessor own = 0;
    program() {
      this.pairs.push({ kind: 1, time: 1n }, "exist");
    }
  },
  "a record from before that each turn gives away": class extends Mistake {
    program() {
      const record = this.events.reserve();
      if (!record) return XDP.DROP;
      this.table.forEach((value: number) => {
        if (value > 3) this.events.submit(record);
      });
    }
  },
  "a record from before that is given away before that of the turn": class extends Mistake {
    program() {
      const record = this.events.reserve();
      if (!record) return XDP.DROP;
      for (const value of this.table.values()) {
        const own = this.others.reserve();
        if (!own) break;
        if (value > 3) {
          this.events.submit(record);
          this.others.submit(own);
          return XDP.TX;
        }
        this.others.discard(own);
      }
      this.events.discard(record);
    }
  },
};

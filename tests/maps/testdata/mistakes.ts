/**
 * Programs that use maps as they cannot be used, each with what it shows; `mistakes.txt` has the errors.
 *
 * @module
 */

// deno-lint-ignore-file no-explicit-any -- these are mistakes
import {
  ArrayMap,
  globalVar,
  HashMap,
  ipv4,
  kernel,
  LpmTrie,
  LruHash,
  noinline,
  type Packet,
  PerCpuArray,
  ProgramArray,
  Queue,
  struct,
  u16,
  u32,
  u64,
  XDP,
} from "../../../mod.ts";

const Flow = struct({ packets: u64, bytes: u32 });
const Pair = struct({ a: u16, b: u16 });

/** What the mistakes use. */
abstract class Mistake extends XDP {
  @globalVar(u64)
  accessor total = 0n;
  own: any = new PerCpuArray(u64, { maxEntries: 4 });
  recent: any = new LruHash(u32, Flow, { maxEntries: 4 });
  networks: any = new LpmTrie(ipv4, u32, { maxEntries: 4 });
  flows: any = new HashMap(u32, Flow, { maxEntries: 4 });
  deep: any = new HashMap(Pair, u32, { maxEntries: 4 });
  locks: any = new ArrayMap(Flow, { maxEntries: 4, spinLock: true });
  queue: any = new Queue(u32, { maxEntries: 4 });
  stages: any = new ProgramArray({ maxEntries: 4 });
  constant = 1;
}

const forget = noinline((program: Mistake, key: number) => {
  program.flows.delete(key);
});

/** What the error is about → the class. */
export const mistakes: Readonly<Record<string, new () => XDP>> = {
  "a sum over processors": class extends Mistake {
    program() {
      const hits = this.own.get(0);
      if (hits) this.total = hits.sum();
    }
  },
  "a value per CPU without .value": class extends Mistake {
    program() {
      this.total += this.own.get(0) ?? 0n;
    }
  },
  "a view of a map that may have made room": class extends Mistake {
    program() {
      const flow = this.recent.get(1);
      this.recent.getOrInsert(2, { packets: 0n });
      if (flow) flow.packets += 1n;
    }
  },
  "no prefix": class extends Mistake {
    program() {
      if (this.networks.has("10.0.0.1/8")) return XDP.DROP;
    }
  },
  "getOrInsert() of a trie": class extends Mistake {
    program() {
      this.networks.getOrInsert(1, 2);
    }
  },
  "another entry deleted while going over": class extends Mistake {
    program(packet: Packet) {
      this.flows.forEach((_: any, key: number) => {
        if (key === 3) this.flows.delete(packet.getUint8(0));
      });
    }
  },
  "another entry set while going over": class extends Mistake {
    program() {
      for (const [key, flow] of this.flows) this.flows.set(key + 1, flow);
    }
  },
  "getOrInsert() while going over": class extends Mistake {
    program() {
      for (const key of this.flows.keys()) this.flows.getOrInsert(key, { packets: 0n });
    }
  },
  "an entry of the loop around deleted": class extends Mistake {
    program() {
      for (const key of this.flows.keys()) {
        for (const other of this.flows.keys()) if (other === key + 1) this.flows.delete(other);
      }
    }
  },
  "a value used after its entry is deleted": class extends Mistake {
    program() {
      this.flows.forEach((flow: any, key: number) => {
        this.flows.delete(key);
        flow.packets += 1n;
      });
    }
  },
  "an entry set after it is deleted": class extends Mistake {
    program() {
      this.flows.forEach((flow: any, key: number) => {
        if (flow.bytes > 5) this.flows.delete(key);
        this.flows.set(key, { packets: 0n });
      });
    }
  },
  "a view from before a loop that deletes": class extends Mistake {
    program() {
      const flow = this.flows.get(1);
      for (const key of this.flows.keys()) this.flows.delete(key);
      if (flow) flow.packets += 1n;
    }
  },
  "a view from the turn before": class extends Mistake {
    program() {
      const flow = this.flows.get(1);
      for (const key of this.flows.keys()) {
        if (flow) flow.packets += 1n;
        this.flows.delete(key);
      }
    }
  },
  "a key that is written": class extends Mistake {
    program() {
      this.deep.forEach((value: number, key: any) => {
        key.a = value;
      });
    }
  },
  "a tail call while going over": class extends Mistake {
    program() {
      for (const key of this.flows.keys()) this.stages.tailCall(key);
    }
  },
  "going over a trie": class extends Mistake {
    program() {
      for (const [prefix] of this.networks) if (prefix) return XDP.DROP;
    }
  },
  "going over a queue": class extends Mistake {
    program() {
      this.queue.forEach(() => {});
    }
  },
  "forEach() without a function": class extends Mistake {
    program() {
      this.flows.forEach(this.constant);
    }
  },
  "going over with the lock held": class extends Mistake {
    program() {
      this.locks.locked(0, (value: any) => {
        this.flows.forEach((flow: any) => value.bytes += flow.bytes);
      });
    }
  },
  "what is in a map, spread": class extends Mistake {
    program() {
      this.total = BigInt(Math.max(...this.flows.keys()));
    }
  },
  "what is in a map, destructured": class extends Mistake {
    program() {
      const [[key]] = this.flows;
      if (key === 1) return XDP.DROP;
    }
  },
  "what is in a map, copied": class extends Mistake {
    program() {
      const copy = new Map<any, any>(this.flows);
      if (copy.has(1)) return XDP.DROP;
    }
  },
  "a function of its own that deletes while going over": class extends Mistake {
    @kernel(() => ({ forget }))
    program() {
      for (const key of this.flows.keys()) forget(this, key);
    }
  },
  "a function of its own that deletes, also while going over": class extends Mistake {
    @kernel(() => ({ forget }))
    program() {
      forget(this, 5);
      for (const key of this.flows.keys()) forget(this, key);
    }
  },
  "a sum that grows too far": class extends Mistake {
    program() {
      let sum = 0;
      this.flows.forEach((flow: any) => sum += Number(flow.packets));
      this.total = BigInt(sum);
    }
  },
  "a view that a turn has ended": class extends Mistake {
    program() {
      let flow = this.flows.get(1);
      for (let i = 0; i < 40; i++) {
        if (flow) flow.packets += 1n;
        if (i === 7) flow = this.flows.get(2);
        this.flows.set(3, { packets: 1n });
      }
    }
  },
  "a list without an end": class extends Mistake {
    program() {
      let flow = this.flows.get(1);
      while (flow) flow = this.flows.get(flow.bytes);
    }
  },
  "a view or a number": class extends Mistake {
    program() {
      let flow: any = 0;
      for (let i = 0; i < 40; i++) flow = this.flows.get(i);
      if (flow) return XDP.DROP;
    }
  },
  "a carried view used without a test": class extends Mistake {
    program() {
      let flow = this.flows.get(1);
      for (let i = 0; i < 40; i++) {
        flow.packets += 1n;
        flow = this.flows.get(i);
      }
    }
  },
  "a lock where there is none": class extends Mistake {
    program() {
      this.recent.locked(1, (flow: any) => flow.packets += 1n);
    }
  },
};

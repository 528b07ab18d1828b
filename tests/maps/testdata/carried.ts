/**
 * Programs with loops that carry from turn to turn what lookups give, each with what it shows.
 *
 * @module
 */

import {
  globalVar,
  HashMap,
  type Infer,
  type Packet,
  PerCpuHash,
  Queue,
  Stack,
  struct,
  u16,
  u32,
  u8,
  XDP,
} from "../../../mod.ts";
import { Base } from "./programs.ts";

const Pair = struct({ a: u32, b: u32 });
type Pair = Infer<typeof Pair>;
const Outer = struct({ small: u8, inner: struct({ next: u16, count: u32 }) });

/** What all of them walk along. */
abstract class Walking extends Base {
  @globalVar(u32)
  accessor turns = 0;
  @globalVar(Pair)
  accessor one = { a: 1, b: 2 };
  @globalVar(Pair)
  accessor two = { a: 3, b: 4 };
  links = new HashMap(u32, u32, { maxEntries: 16 });
  outer = new HashMap(u32, Outer, { maxEntries: 16 });
  own = new PerCpuHash(u32, Pair, { maxEntries: 4 });
  waiting = new Queue(u32, { maxEntries: 8 });
  pairs = new Stack(Pair, { maxEntries: 8 });

  constructor() {
    super();
    for (let i = 0; i < 8; i++) {
      this.links.set(i, i + 2);
      this.outer.set(i, { small: i, inner: { next: i + 1, count: 10 * i } });
      this.waiting.push(i * 3);
      this.pairs.push({ a: i, b: i * i });
    }
    this.own.set(1, { a: 2, b: 20 });
    this.own.set(2, { a: 1, b: 30 });
  }
}

/** Programs by what they show. Each runs on packets that begin with 0, 1, 2, 3. */
export const carried: Readonly<Record<string, new () => Base>> = {
  "views along a list": class extends Walking {
    program(packet: Packet) {
      let node = this.nodes.get(packet.getUint8(0));
      let turns = 0;
      while (node && turns < 50) {
        node.value += turns;
        this.seen += node.value & 0xff;
        node = this.nodes.get(node.next);
        turns++;
      }
      this.turns = turns;
      return node ? XDP.DROP : XDP.PASS;
    }
  },
  "a view that is always there": class extends Walking {
    program(packet: Packet) {
      let node = this.nodes.get(packet.getUint8(0));
      if (!node) return XDP.DROP;
      for (let i = 0; i < 40; i++) {
        const next: typeof node | undefined = this.nodes.get(node.next);
        if (next === undefined) break;
        node = next;
      }
      this.seen = node.value;
      node.value = 99;
    }
  },
  "numbers along a list": class extends Walking {
    program(packet: Packet) {
      let at = this.links.get(packet.getUint8(0));
      let turns = 0;
      for (; at !== undefined && turns < 30; turns++) {
        this.seen += at;
        at = this.links.get(at);
      }
      this.turns = turns;
      let last = 0;
      for (let i = 0; i < 20; i++) last = this.links.get(last) ?? last;
      this.seen += last;
    }
  },
  "null before the first": class extends Walking {
    program(packet: Packet) {
      let last: { value: number } | null = null;
      for (let i = 0; i < 30; i++) {
        const found = this.nodes.get(i);
        if (found && found.value < 20 + packet.getUint8(0)) last = found;
      }
      if (last === null) return XDP.DROP;
      last.value += 1;
      this.seen = last.value;
    }
  },
  "of two maps": class extends Walking {
    program(packet: Packet) {
      let flow = this.flows.get(packet.getUint8(0));
      for (let i = 0; i < 20; i++) {
        if (flow) flow.bytes += i;
        flow = i % 3 === 0 ? this.others.get(2) : this.flows.get(i & 3);
      }
      return flow ? XDP.TX : XDP.DROP;
    }
  },
  "of an array, of variables": class extends Walking {
    program() {
      let slot = this.slots.get(0);
      let pair = this.one;
      for (let i = 1; i < 25; i++) {
        if (!slot) break;
        slot.bytes += i;
        pair.a += 1;
        slot = this.slots.get(i % 4);
        pair = pair.b === 2 ? this.two : this.one;
      }
      pair.b += 100;
    }
  },
  "fields of what is found": class extends Walking {
    program(packet: Packet) {
      let part = this.outer.get(packet.getUint8(0))?.inner;
      for (let i = 0; i < 30; i++) {
        if (part === undefined) {
          this.turns = i;
          break;
        }
        part.count += 1;
        const { next } = part;
        part = this.outer.get(next)?.inner;
      }
    }
  },
  "per CPU": class extends Walking {
    program() {
      let own = this.own.get(1);
      for (let i = 0; i < 20 && own; i++) {
        own.value.b += 1;
        own = this.own.get(own.value.a);
      }
    }
  },
  "looked up again after set": class extends Walking {
    program(packet: Packet) {
      let flow = this.flows.get(1);
      for (let i = 0; i < 20; i++) {
        if (!flow) return XDP.DROP;
        this.seen += flow.bytes;
        this.flows.set(1, { packets: flow.packets + 1n, bytes: packet.getUint8(0) + i, flag: false });
        flow = this.flows.get(1);
      }
      if (flow) flow.bytes = 1000;
    }
  },
  "values taken out": class extends Walking {
    program() {
      let value = this.waiting.pop();
      for (let i = 0; value !== undefined && i < 20; i++) {
        this.seen += value;
        value = this.waiting.pop();
      }
      let pair = this.pairs.pop();
      for (let i = 0; i < 20; i++) {
        if (!pair) break;
        this.total += BigInt(pair.a) * BigInt(pair.b);
        pair = this.pairs.pop();
      }
    }
  },
  "the best of all": class extends Walking {
    program() {
      let best: Pair | undefined, most = 0;
      this.flows.forEach(({ bytes }, key) => most = Math.max(most, bytes * 256 + key & 0xffff));
      let largest = this.flows.get(77);
      for (const flow of this.flows.values()) if (!largest || flow.packets > largest.packets) largest = flow;
      if (largest) largest.bytes += 5;
      for (const { value } of this.own.values()) {
        if (best === undefined || value.b > best.b) best = value;
      }
      if (best) best.a += 1;
      this.seen = most;
    }
  },
  "loops inside": class extends Walking {
    program(packet: Packet) {
      let node = this.nodes.get(1);
      for (let i = 0; i < 20 && node; i++) {
        let other = this.nodes.get(node.next);
        for (let j = 0; j < 20 && other; j++) {
          this.seen += other.value & 7;
          other = this.nodes.get(other.next + packet.getUint8(0));
        }
        node = this.nodes.get(node.next);
      }
    }
  },
  "as many turns as only the kernel can make": class extends Walking {
    program(packet: Packet) {
      let node = this.nodes.get(packet.getUint8(0));
      let at = this.links.get(0);
      for (let i = 0; i < 9000; i++) {
        if (!node) {
          this.turns = i;
          node = this.nodes.get(1);
        } else {
          node.value += 1;
          node = this.nodes.get(node.next);
        }
        at = this.links.get(at ?? 1);
      }
      this.seen = at ?? 12345;
      if (node) node.value = 7;
    }
  },
};

/**
 * Programs that go over all elements of maps, each with what it shows. What they leave does not depend on the order.
 *
 * @module
 */

import {
  ArrayMap,
  ArrayOfMaps,
  be16,
  globalVar,
  HashMap,
  type Infer,
  kernel,
  localVar,
  LruHash,
  noinline,
  type Packet,
  PerCpuArray,
  PerCpuHash,
  struct,
  u16,
  u32,
  u64,
  u8,
  XDP,
} from "../../../mod.ts";
import { Base } from "./programs.ts";

const Key = struct({ protocol: u8, port: be16, source: u32 });
const Deep = struct({ a: u8, inner: struct({ b: u16, c: be16 }) });
type Deep = Infer<typeof Deep>;

const double = noinline((x: number) => (x & 0xffff) * 2);

/** What all of them go over. */
abstract class Looping extends Base {
  @globalVar(u32)
  accessor found = 0;
  deep = new HashMap(Key, Deep, { maxEntries: 8 });
  recent = new LruHash(u32, u32, { maxEntries: 8 });
  own = new PerCpuHash(u32, u32, { maxEntries: 8 });
  hits = new PerCpuArray(u64, { maxEntries: 3 });

  constructor() {
    super();
    for (let i = 1; i < 5; i++) {
      this.deep.set({ protocol: i, port: 80 * i, source: i << 8 }, { a: i, inner: { b: 2 * i, c: 3 * i } });
      this.recent.set(i, i * i);
      this.own.set(i, 10 * i);
    }
    this.flows.set(3, { packets: 30n, bytes: 7, flag: false });
  }
}

/** Programs by what they show. Each runs on packets that begin with 0, 1, 2, 3. */
export const loops: Readonly<Record<string, new () => Base>> = {
  "forEach: sums of values and keys": class extends Looping {
    program() {
      let [packets, keys] = [0n, 0];
      this.flows.forEach((flow, key) => {
        packets += flow.packets;
        keys += key;
      });
      this.total = packets;
      this.seen += keys;
    }
  },
  "forEach: views are written through": class extends Looping {
    program(packet: Packet) {
      const by = packet.getUint8(0);
      this.flows.forEach((flow) => {
        flow.packets += 1n;
        flow.bytes = flow.bytes + by & 0xff;
        flow.flag = !flow.flag;
      });
    }
  },
  "forEach: return goes on with the next": class extends Looping {
    program() {
      let sum = 0;
      this.nodes.forEach(({ value, next }, key) => {
        if (value > 40) return;
        if (key === 3) return undefined;
        sum += next;
      });
      this.seen += sum;
    }
  },
  "forEach: nothing to visit": class extends Looping {
    empty = new HashMap(u32, u32, { maxEntries: 4 });
    program() {
      let last = 17;
      this.empty.forEach((value) => last = value);
      this.seen += last;
    }
  },
  "forEach: an empty callback": class extends Looping {
    program() {
      this.flows.forEach(() => {});
      this.seen += 1;
    }
  },
  "forEach: the entry at hand is deleted": class extends Looping {
    program(packet: Packet) {
      const limit = packet.getUint8(0) * 10;
      this.flows.forEach((flow, key) => {
        if (flow.packets < limit) this.seen += this.flows.delete(key) ? 1 : 100;
      });
      this.deep.forEach((deep, key) => {
        if (deep.a === packet.getUint8(0)) this.deep.delete(key);
      });
    }
  },
  "forEach: the entry at hand is set": class extends Looping {
    program() {
      this.counts.forEach((count, key) => {
        if (this.counts.set(key, count + 1)) this.seen += 1;
        if (this.counts.set(key, count + 2, "exist")) this.seen += 1;
        if (this.counts.set(key, 99, "noexist")) this.seen += 100;
      });
      this.flows.forEach((flow, key) => this.flows.set(key, { packets: flow.packets * 2n, bytes: key, flag: true }));
      this.recent.forEach((value, key, map) => map.set(key, value + key));
    }
  },
  "forEach: another map is changed": class extends Looping {
    program() {
      this.nodes.forEach((node, key) => {
        if (key > 4) return;
        this.others.set(key, { packets: BigInt(node.value), bytes: node.next, flag: key === 2 });
        const there = this.flows.get(key);
        if (there) there.bytes += 1;
        else this.counts.set(key, 1, "noexist");
      });
    }
  },
  "forEach: arrays": class extends Looping {
    program(packet: Packet) {
      let last = 0;
      this.numbers.forEach((value, index) => {
        this.numbers.set(index, value + BigInt(index));
        last = last * 4 + index & 0xffff;
      });
      this.slots.forEach((slot, index) => {
        if (index !== packet.getUint8(0)) slot.bytes += index;
      });
      this.seen = last;
    }
  },
  "forEach: elements that come later are changed": class extends Looping {
    program(packet: Packet) {
      this.numbers.forEach((value, index) => {
        this.numbers.set(index + 1, value + 1n + BigInt(packet.getUint8(0)));
        this.slots.set(3 - index, { packets: value, bytes: index, flag: true });
      });
      for (const [index, slot] of this.slots) this.slots.set(index + 1, slot);
    }
  },
  "forEach: structs as keys": class extends Looping {
    program() {
      this.deep.forEach((deep, key) => {
        if (key.protocol > 3) return;
        this.seen += key.port + key.source * deep.inner.b;
        deep.inner = { b: deep.inner.b + 1, c: deep.inner.c };
        const other = this.deep.get({ protocol: key.protocol + 1, port: key.port + 80, source: key.source + 256 });
        if (other) other.a = deep.a;
        if (this.deep.has(key)) this.found += 1;
      });
    }
  },
  "forEach: per CPU": class extends Looping {
    program() {
      this.own.forEach((own, key) => {
        own.value += key;
      });
      this.hits.forEach((hits, index) => hits.value += BigInt(index) + 1n);
    }
  },
  "forEach: the callback is a method, a captured function, a local": class extends Looping {
    each(value: { packets: bigint }, key: number) {
      value.packets += BigInt(key);
    }
    @kernel(() => ({ double }))
    program() {
      this.flows.forEach(this.each);
      this.others.forEach((value, key) => this.each(value, key));
      const add = (value: number, key: number) => {
        this.seen += double(value) + key;
      };
      this.counts.forEach(add);
      this.counts.forEach(function (this: { by: number }, value) {
        value > this.by || undefined;
      }, { by: 3 });
    }
  },
  "forEach: one inside the other": class extends Looping {
    program() {
      let pairs = 0, equal = 0;
      this.flows.forEach((flow, key) => {
        this.flows.forEach((_, other) => {
          pairs += 1;
          if (key === other) equal += Number(flow.packets & 0xffn);
        });
        this.nodes.forEach(({ next }, node) => {
          if (next === key) flow.bytes += node;
        });
      });
      this.seen += pairs * 1000 + equal;
    }
  },
  "forEach: inside loops, and loops inside": class extends Looping {
    program(packet: Packet) {
      let sum = 0;
      for (let i = 0; i < 40; i++) {
        this.counts.forEach((count, key) => {
          for (let j = 0; j < key; j++) sum += (count & 0xff) + packet.getUint8(i);
        });
      }
      this.seen = sum;
    }
  },
  "forEach: locals of all kinds are carried": class extends Looping {
    @localVar(u16)
    accessor rest = 0;
    program(packet: Packet) {
      this.rest = 65000;
      let [text, big, isOdd, average, least] = [0, 1n, false, 0.5, 1000];
      this.nodes.forEach(({ value }, key) => {
        text ^= value;
        big = BigInt.asUintN(64, big + (BigInt(key) << 56n));
        isOdd = isOdd !== (key % 2 === 1);
        average += 0.25;
        least = Math.min(least, value + packet.byteLength);
        this.rest += 100;
      });
      this.seen = text + (isOdd ? 1 : 0) + Math.floor(average * 4) + this.rest;
      this.total = big;
      this.found = least;
      this.rest = 0;
    }
  },
  "forEach: throw and exit leave the program": class extends Looping {
    program(packet: Packet) {
      const first = packet.getUint8(0);
      this.flows.forEach((_, key) => {
        if (key === first && key === 1) throw new Error("on purpose");
        if (key === first && key === 2) this.exit(XDP.TX);
        if (first === 3 && packet.getUint8(packet.byteLength - 1 + key * 1000) > 0) this.seen += 1;
      });
      this.found += 1;
      return XDP.DROP;
    }
  },
  "for…of: entries, keys, values": class extends Looping {
    program() {
      for (const [key, flow] of this.flows) flow.bytes += key;
      for (const [key, { value }] of this.nodes.entries()) this.seen += Math.imul(key, value);
      for (const key of this.counts.keys()) this.found += key;
      for (const flow of this.others.values()) flow.packets += 1n;
      for (const entry of this.recent) this.total += BigInt(entry[0]) * BigInt(entry[1] & 0xffff);
      for (const [, value] of this.own) value.value += 1;
      for (const value of this.numbers.values()) this.total += value;
    }
  },
  "for…of: break, continue, labels": class extends Looping {
    program(packet: Packet) {
      const wanted = packet.getUint8(0);
      let found = 0;
      for (const [key, flow] of this.flows) {
        if (key !== wanted) continue;
        found = Number(flow.packets & 0xffffn);
        break;
      }
      outer: for (const key of this.counts.keys()) {
        for (const other of this.nodes.keys()) {
          if (other === key + 20) continue outer;
          if (wanted === 2) break outer;
          this.seen += 1;
        }
        this.seen += 100;
      }
      this.found = found;
    }
  },
  "for…of: return": class extends Looping {
    find(wanted: number) {
      for (const [key, { value }] of this.nodes) if (value === wanted * wanted) return key;
      return 0;
    }
    program(packet: Packet) {
      this.seen += this.find(packet.getUint8(0) + 2);
      for (const [key, flow] of this.flows) {
        if (key === packet.getUint8(0)) return flow.flag ? XDP.TX : XDP.DROP;
      }
      return XDP.PASS;
    }
  },
  "for…of: the first one is enough": class extends Looping {
    program() {
      for (const flow of this.others.values()) {
        flow.bytes = 7;
        flow.flag = false;
        this.found += 1;
        break;
      }
      for (const _ of this.flows.keys()) return XDP.DROP;
    }
  },
  "for…of: a view is kept": class extends Looping {
    program(packet: Packet) {
      const wanted = packet.getUint8(0);
      let mine = this.flows.get(100);
      for (const [key, flow] of this.flows) {
        if (key !== wanted) continue;
        mine = flow;
        break;
      }
      if (!mine) return XDP.DROP;
      mine.packets += 5n;
    }
  },
  "for…of: locals that are assigned": class extends Looping {
    program() {
      let key = 0, value = 0, sum = 0;
      for ([key, value] of this.recent) sum += (key & 0xff) * (value & 0xff);
      this.seen += sum;
    }
  },
  "maps in maps": class extends Looping {
    inner = new HashMap(u32, u32, { maxEntries: 4 });
    outer = new ArrayOfMaps(new HashMap(u32, u32, { maxEntries: 4 }), { maxEntries: 2 });
    constructor() {
      super();
      this.inner.set(5, 6);
      this.inner.set(7, 8);
      this.outer.set(1, this.inner);
    }
    program(packet: Packet) {
      const inner = this.outer.get(packet.getUint8(0) & 1);
      if (!inner) return XDP.DROP;
      inner.forEach((value, key) => this.seen += Math.imul(value, key));
      for (const [key, value] of inner) if (key === 5) this.found += value;
    }
  },
  "many entries": class extends Looping {
    many = new HashMap(u32, u32, { maxEntries: 2000 });
    table = new ArrayMap(u32, { maxEntries: 1500 });
    constructor() {
      super();
      for (let i = 0; i < 2000; i++) this.many.set(i, i * 3);
    }
    program() {
      let sum = 0;
      this.many.forEach((value, key) => sum += value - key);
      let count = 0;
      for (const value of this.table.values()) if (value === 0) count += 1;
      this.total = BigInt(sum) + BigInt(count) * 10000000n;
    }
  },
};

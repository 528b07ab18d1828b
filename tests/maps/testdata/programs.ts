/**
 * Programs with maps, each with the packets that it is run on.
 *
 * @module
 */

import {
  array,
  ArrayMap,
  be16,
  be32,
  be64,
  bits,
  bool,
  Ethernet,
  globalVar,
  HashMap,
  hashVar,
  i8,
  type Infer,
  IPv4,
  ipv4,
  IPv6,
  ipv6,
  kernel,
  localVar,
  LpmTrie,
  LruHash,
  LruPerCpuHash,
  mac,
  type Packet,
  type PerCpu,
  PerCpuArray,
  PerCpuHash,
  perCpuVar,
  struct,
  u16,
  u32,
  u64,
  u8,
  XDP,
} from "../../../mod.ts";

const Flow = struct({ packets: u64, bytes: u32, flag: bool });
type Flow = Infer<typeof Flow>;
/** With padding between the fields and behind them. */
const Key = struct({ protocol: u8, source: be32, port: u16, small: bits(3), one: bits(1) });
const Node = struct({ next: u32, value: u32 });
const Deep = struct({ a: u8, inner: struct({ list: array(u16, 4), b: be16 }), signed: i8 });

/** What all of them count in. */
export abstract class Base extends XDP {
  @globalVar(u32)
  accessor seen = 0;
  @globalVar(u64)
  accessor total = 0n;
  flows = new HashMap(u32, Flow, { maxEntries: 8 });
  others = new HashMap(u32, Flow, { maxEntries: 8 });
  counts = new HashMap(u32, u32, { maxEntries: 3 });
  slots = new ArrayMap(Flow, { maxEntries: 4 });
  numbers = new ArrayMap(u64, { maxEntries: 4 });
  nodes = new HashMap(u32, Node, { maxEntries: 16 });

  constructor() {
    super();
    this.flows.set(1, { packets: 10n, bytes: 100, flag: true });
    this.flows.set(2, { packets: 20n, bytes: 0, flag: false });
    this.others.set(2, { packets: 5n, bytes: 50, flag: true });
    this.counts.set(1, 7);
    this.counts.set(2, 0);
    this.numbers.set(1, 1000n);
    this.slots.set(1, { packets: 3n, bytes: 30, flag: true });
    for (let i = 1; i < 10; i++) this.nodes.set(i, { next: i + 1, value: i * i });
  }
}

/** Programs by what they show. Each runs on packets that begin with 0, 1, 2, 3. */
export const programs: Readonly<Record<string, new () => Base>> = {
  "a key that is another map's value, and the other way round": class extends Base {
    ways = new HashMap(u32, u32, { maxEntries: 8 });
    back = new HashMap(u32, u32, { maxEntries: 8 });
    pairs = new HashMap(Node, Node, { maxEntries: 8 });
    program(packet: Packet) {
      const inside = packet.getUint8(0) + 100;
      const outside = packet.getUint8(0) + 200;
      if (!this.ways.has(inside)) {
        this.back.set(outside, inside, "noexist");
        this.ways.set(inside, outside);
      }
      this.back.set(inside, inside);
      this.ways.set(outside, this.back.get(outside) ?? 1);
      const node = { next: inside, value: outside };
      const other = { next: outside, value: 7 };
      this.pairs.set(node, other);
      this.pairs.set(other, node);
      this.pairs.set(node, node);
      this.nodes.set(inside, node);
      this.nodes.set(outside, other);
      this.seen += this.pairs.get(other)?.next ?? 0;
      this.total += BigInt(this.pairs.get(node)?.value ?? 0) + BigInt(this.ways.get(outside) ?? 0);
      return this.back.get(inside) === inside && this.nodes.get(outside)?.value === 7 ? XDP.TX : XDP.DROP;
    }
  },
  "two lookups before the first test": class extends Base {
    program(packet: Packet) {
      const key = packet.getUint8(0);
      const flow = this.flows.get(key);
      const other = this.others.get(key + packet.getUint8(1));
      let found = other;
      if (flow && (!other || flow.packets >= other.packets)) found = flow;
      if (!found) return XDP.DROP;
      found.packets += 1n;
      this.total = found.packets;
      return flow ? XDP.TX : XDP.PASS;
    }
  },
  "the length, counted and compared": class extends Base {
    program(packet: Packet) {
      this.total += BigInt(packet.byteLength);
      const flow = this.flows.get(packet.getUint8(0));
      if (!flow) return XDP.DROP;
      if (packet.byteLength > flow.bytes) flow.bytes = packet.byteLength;
      if (packet.byteLength <= 64) this.seen += 1;
      else if (packet.byteLength > 1400) this.seen += 10;
      if (packet.byteLength >= 62) this.seen += packet.getUint8(61);
      return packet.byteLength < flow.bytes ? XDP.TX : XDP.PASS;
    }
  },
  "a table gone through, of which fields are compared with the packet's": class extends Base {
    program(packet: Packet) {
      const [first, second] = [packet.getUint8(0), packet.getUint8(1)];
      for (let i = 0; i < 4; i++) {
        const slot = this.slots.get(i);
        if (!slot) break;
        if (slot.bytes !== 0 && slot.bytes !== first * 30) continue;
        if (second < Number(slot.packets & 0xffn) || second > 200) continue;
        slot.packets += 1n;
        this.seen += i + 1;
      }
    }
  },
  "if (v)": class extends Base {
    program(packet: Packet) {
      const flow = this.flows.get(packet.getUint8(0));
      if (flow) {
        flow.packets += 1n;
        flow.bytes = packet.byteLength;
        return XDP.TX;
      } else this.seen += 1;
    }
  },
  "if (!v) return": class extends Base {
    program(packet: Packet) {
      const flow = this.flows.get(packet.getUint8(0));
      if (!flow) return XDP.DROP;
      flow.flag = !flow.flag;
      this.total += flow.packets;
    }
  },
  "v === undefined, v !== undefined, v == null": class extends Base {
    program(packet: Packet) {
      const key = packet.getUint8(0);
      const flow = this.flows.get(key);
      const count = this.counts.get(key);
      if (flow === undefined) return count !== undefined ? XDP.TX : XDP.DROP;
      if (count == null) return XDP.ABORTED;
      this.seen += count + 1;
      flow.bytes += count;
    }
  },
  "v === null is never so": class extends Base {
    program(packet: Packet) {
      const flow = this.flows.get(packet.getUint8(0));
      if ((flow as unknown) === null) return XDP.DROP;
      if ((flow as unknown) !== null) this.seen += 1;
    }
  },
  "v?.f": class extends Base {
    program(packet: Packet) {
      const bytes = this.flows.get(packet.getUint8(0))?.bytes;
      if (bytes === undefined) return XDP.DROP;
      this.seen += bytes;
      if (this.flows.get(packet.getUint8(0))?.flag) return XDP.TX;
    }
  },
  "v?.f === 100, v?.f !== 100": class extends Base {
    program(packet: Packet) {
      const flow = this.flows.get(packet.getUint8(0));
      if (flow?.bytes === 100) this.seen += 1;
      if (flow?.bytes !== 100) this.seen += 10;
      if (this.counts.get(packet.getUint8(0)) === 0) this.seen += 100;
    }
  },
  "v?.f ?? 0": class extends Base {
    program(packet: Packet) {
      this.total += this.flows.get(packet.getUint8(0))?.packets ?? 1000n;
      this.seen += this.counts.get(packet.getUint8(0)) ?? 5;
    }
  },
  "v ?? w of two maps": class extends Base {
    program(packet: Packet) {
      const key = packet.getUint8(0);
      const flow = this.flows.get(key) ?? this.others.get(key) ?? this.slots.get(0);
      if (flow) flow.bytes += 1;
    }
  },
  "v && v.f, v || w": class extends Base {
    program(packet: Packet) {
      const key = packet.getUint8(0);
      const flow = this.flows.get(key);
      const bytes = flow && flow.bytes;
      this.seen += bytes || 1;
      if (flow && flow.flag && this.counts.get(key)) return XDP.TX;
      const either = this.others.get(key) || flow;
      if (either) either.bytes += 7;
    }
  },
  "a ? b : c": class extends Base {
    program(packet: Packet) {
      const flow = this.flows.get(packet.getUint8(0));
      this.total += flow ? flow.packets : 1n;
      const other = packet.getUint8(1) > 4 ? flow : this.others.get(2);
      if (other) other.packets += 2n;
      this.seen += this.counts.get(packet.getUint8(0)) ? 1 : 2;
    }
  },
  "a snapshot of a scalar": class extends Base {
    program(packet: Packet) {
      const key = packet.getUint8(0);
      const before = this.counts.get(key);
      const stored = this.counts.set(key, 50);
      const after = this.counts.get(key);
      this.counts.delete(2);
      if (before !== undefined) this.seen += before;
      if (after !== undefined) this.total += BigInt(after);
      return stored ? XDP.TX : XDP.DROP;
    }
  },
  "through locals and methods": class extends Base {
    find(key: number) {
      const flow = this.flows.get(key);
      if (!flow) return undefined;
      return flow;
    }
    add(flow: Flow | undefined, bytes = 1) {
      if (!flow) return;
      flow.bytes += bytes;
    }
    orFirst(flow: Flow | undefined = this.flows.get(1)) {
      return flow;
    }
    program(packet: Packet) {
      const one = this.find(packet.getUint8(0));
      const two = one;
      this.add(two, packet.byteLength);
      this.add(this.others.get(2));
      const three = this.orFirst(two);
      if (three) three.packets += 1n;
      if (two && one) one.packets = two.packets + 1n;
    }
  },
  "assigned in branches": class extends Base {
    program(packet: Packet) {
      const key = packet.getUint8(0);
      let flow: Flow | undefined;
      if (key === 1) flow = this.flows.get(1);
      else if (key === 2) flow = this.others.get(2);
      if (flow) flow.packets *= 2n;
      let count: number | undefined;
      if (key > 1) count = key;
      if (count !== undefined) this.seen += count;
      let value = this.counts.get(key);
      value ??= 9;
      this.seen += value;
    }
  },
  "in loops": class extends Base {
    program(packet: Packet) {
      let key: number = packet.getUint8(0);
      for (let i = 0; i < 30; i++) {
        const node = this.nodes.get(key);
        if (!node) break;
        node.value += 1;
        this.seen += node.value;
        key = node.next;
      }
    }
  },
  "in long loops that store": class extends Base {
    program(packet: Packet) {
      const first = packet.getUint8(0);
      for (let i = 0; i < 9000; i++) {
        const flow = this.flows.get(i & 3);
        if (flow) flow.packets += 1n;
        else if ((i & 3) === first) this.flows.set(first, { packets: 0n, bytes: i, flag: false });
      }
    }
  },
  "destructured": class extends Base {
    program(packet: Packet) {
      const flow = this.flows.get(packet.getUint8(0));
      if (!flow) return;
      const { packets, bytes } = flow;
      flow.packets = 0n;
      this.total += packets;
      this.seen += bytes;
    }
  },
  "the results of atomic changes": class extends Base {
    program(packet: Packet) {
      const flow = this.flows.get(packet.getUint8(0));
      if (!flow) return;
      this.total += flow.packets++;
      this.total += ++flow.packets;
      this.seen += flow.bytes += packet.byteLength;
    }
  },
  "getOrInsert": class extends Base {
    program(packet: Packet) {
      const flow = this.flows.getOrInsert(packet.getUint8(0), { packets: 100n, bytes: 1, flag: false });
      if (flow) flow.packets += 1n;
      const count = this.counts.getOrInsert(packet.getUint8(0) * 10, 4);
      if (count === undefined) return XDP.DROP;
      this.seen += count;
    }
  },
  "set with flags, into a full map": class extends Base {
    program(packet: Packet) {
      const key = packet.getUint8(0);
      if (this.counts.set(key, 1, "noexist")) this.seen += 1;
      if (this.counts.set(key, 2, "exist")) this.seen += 10;
      if (this.counts.set(key + 100, 3)) this.seen += 100;
      if (!this.counts.set(key + 200, 4)) this.seen += 1000;
      if (this.counts.set(1, 9)) this.seen += 10000;
      if (this.slots.set(key + 2, { packets: 1n, bytes: 2, flag: true })) this.seen += 100000;
    }
  },
  "has and delete": class extends Base {
    program(packet: Packet) {
      const key = packet.getUint8(0);
      if (this.flows.has(key)) this.seen += 1;
      if (this.flows.delete(key)) this.seen += 10;
      if (!this.flows.has(key) && this.slots.has(key + 2)) this.seen += 100;
      this.flows.delete(2);
    }
  },
  "arrays: get, set and views that stay": class extends Base {
    one = new ArrayMap(Flow, { maxEntries: 1 });
    program(packet: Packet) {
      const key = packet.getUint8(0);
      const slot = this.slots.get(key + 1);
      this.slots.set(key, { packets: 5n, bytes: 6, flag: false });
      if (slot) slot.packets += 1n;
      this.numbers.set(key, (this.numbers.get(key) ?? 0n) + 3n);
      const only = this.one.get(0);
      if (only) only.bytes += key;
      if (this.one.get(key)) this.seen += 1;
      this.seen += this.slots.maxEntries * 10;
    }
  },
  "keys with padding and bit fields": class extends Base {
    keyed = new HashMap(Key, u32, { maxEntries: 8 });
    program(packet: Packet) {
      const key = {
        protocol: packet.getUint8(0),
        source: packet.getUint32(1),
        port: packet.getUint16(5),
        small: 5,
        one: true,
      };
      this.keyed.set(key, (this.keyed.get(key) ?? 0) + 1);
      this.keyed.set({ ...{ protocol: 1, source: 2, port: 3, small: 4, one: false } }, 77);
      if (this.keyed.has({ protocol: 1, source: 2, port: 3, small: 4, one: false })) this.seen += 1;
    }
  },
  "structs as keys: of the packet, of variables": class extends Base {
    @localVar(Key)
    accessor key!: Infer<typeof Key>;
    @globalVar(Key)
    accessor shared!: Infer<typeof Key>;
    keyed = new HashMap(Key, Flow, { maxEntries: 8 });
    addresses = new HashMap(mac, u32, { maxEntries: 8 });
    pairs = new HashMap(struct({ source: be32, destination: be32 }), u32, { maxEntries: 8 });
    @kernel(() => ({ Ethernet, IPv4 }))
    program(packet: Packet) {
      const ethernet = packet.header(Ethernet);
      this.addresses.set(ethernet.source, (this.addresses.get(ethernet.source) ?? 0) + 1);
      const { source, destination } = packet.header(IPv4, 14);
      this.pairs.set({ source, destination }, packet.byteLength);
      this.key.protocol = packet.getUint8(0);
      this.key.port = 5;
      this.shared = this.key;
      this.shared.source += 1;
      this.keyed.set(this.key, { packets: 1n, bytes: 2, flag: false });
      this.keyed.set(this.shared, { packets: 3n, bytes: 4, flag: true });
      const found = this.keyed.get(this.key);
      if (found) found.packets += 1n;
    }
  },
  "values of structs and arrays": class extends Base {
    deep = new HashMap(u8, Deep, { maxEntries: 8 });
    lists = new ArrayMap(array(u16, 3), { maxEntries: 4 });
    program(packet: Packet) {
      const key = packet.getUint8(0);
      this.deep.set(key, { a: 1, inner: { list: [key, 2, 3, 4], b: 0x1234 }, signed: -1 });
      const deep = this.deep.get(key);
      if (!deep) return XDP.DROP;
      deep.inner.list[key & 3] += 100;
      deep.inner.b += 1;
      deep.signed -= key;
      const inner = deep.inner;
      this.seen += inner.list[1];
      const list = this.lists.get(key);
      if (list) {
        list[0] = inner.b;
        for (const element of inner.list) list[2] += element;
      }
      this.seen += this.lists.get(1)?.[2] ?? 1;
    }
  },
  "a view stored elsewhere": class extends Base {
    program(packet: Packet) {
      const flow = this.flows.get(packet.getUint8(0));
      if (!flow) return;
      this.others.set(packet.getUint8(0) + 10, flow);
      this.slots.set(3, flow);
      flow.packets += 1n;
      this.flows.set(7, flow);
    }
  },
  "wide keys": class extends Base {
    wide = new HashMap(u64, u64, { maxEntries: 8 });
    program(packet: Packet) {
      const key = packet.getBigUint64(0);
      this.wide.set(key, this.total + 1n);
      this.total += this.wide.get(key) ?? 0n;
      this.total += this.wide.get(5n) ?? 100n;
    }
  },
  "captured and in arrays": class extends Base {
    list = [this.flows, this.others];
    program(packet: Packet) {
      for (const map of this.list) {
        const flow = map.get(packet.getUint8(0));
        if (flow) flow.bytes += 1;
      }
      const sizes = this.list.map((map) => map.maxEntries);
      this.seen += sizes[0];
    }
  },
  "the least recently used go": class extends Base {
    recent = new LruHash(u32, Flow, { maxEntries: 64 });
    numbers2 = new LruHash(u8, u32, { maxEntries: 64 });
    program(packet: Packet) {
      const key = packet.getUint8(0);
      const flow = this.recent.getOrInsert(key, { packets: 1n, bytes: 2, flag: false });
      if (flow) flow.packets += 1n;
      if (this.recent.set(key + 100, { packets: 3n, bytes: key, flag: true }, "noexist")) this.seen += 1;
      this.numbers2.set(key, (this.numbers2.get(key) ?? 5) + 1);
      if (this.recent.delete(102)) this.seen += 10;
      if (this.recent.has(103)) this.seen += 100;
    }
  },
  "per CPU: arrays": class extends Base {
    scalars = new PerCpuArray(u64, { maxEntries: 4 });
    structs = new PerCpuArray(Flow, { maxEntries: 4 });
    lists = new PerCpuArray(array(u16, 3), { maxEntries: 2 });
    program(packet: Packet) {
      const key = packet.getUint8(0);
      const count = this.scalars.get(key);
      if (count) {
        count.value += 5n;
        this.total += count.value++;
        count.value ^= 1n;
      }
      const flow = this.structs.get(key + 1);
      if (!flow) return XDP.DROP;
      flow.value.packets += 1n;
      flow.value.bytes = packet.byteLength;
      const { value } = flow;
      value.flag = !value.flag;
      if (this.structs.set(key + 2, { packets: 7n, bytes: 8, flag: true })) this.seen += 1;
      const list = this.lists.get(1);
      if (list) list.value[key & 3] += key;
      if (this.lists.has(key)) this.seen += 100;
      this.total += this.scalars.get(1)?.value ?? 1000n;
    }
  },
  "per CPU: hashes": class extends Base {
    own = new PerCpuHash(u32, Flow, { maxEntries: 8 });
    few = new PerCpuHash(be16, u32, { maxEntries: 2, preallocate: false });
    recent = new LruPerCpuHash(u32, u64, { maxEntries: 64 });
    program(packet: Packet) {
      const key = packet.getUint8(0);
      const flow = this.own.getOrInsert(key, { packets: 1n, bytes: 0, flag: true });
      if (flow) flow.value.bytes += packet.byteLength;
      if (this.few.set(key, 3)) this.seen += 1;
      const few = this.few.get(key);
      if (few) few.value += 0xffff_ffff;
      const recent = this.recent.getOrInsert(key, 10n);
      if (recent) this.total += ++recent.value;
      if (key === 3) this.own.delete(2);
      if (this.own.has(2)) this.seen += 10;
      if (this.few.set(key, 4, "exist")) this.seen += 100;
    }
  },
  "the longest prefix": class extends Base {
    networks = new LpmTrie(ipv4, Flow, { maxEntries: 8 });
    six = new LpmTrie(ipv6, u32, { maxEntries: 8 });
    bytes = new LpmTrie(array(u8, 3), u32, { maxEntries: 8 });
    words = new LpmTrie(be32, u64, { maxEntries: 8 });
    wide = new LpmTrie(be64, u8, { maxEntries: 8 });
    constructor() {
      super();
      this.networks.set("0.0.0.0/0", { packets: 0n, bytes: 0, flag: false });
      this.networks.set("1.0.0.0/8", { packets: 10n, bytes: 0, flag: false });
      this.networks.set("1.7.14.0/23", { packets: 100n, bytes: 0, flag: true });
      this.six.set("3800::/7", 16);
      this.six.set({ prefixlen: 12, address: ipv6("3940::") }, 21);
      this.bytes.set({ prefixlen: 1, address: [0, 0, 0] }, 1);
      this.bytes.set({ prefixlen: 7, address: [2, 0, 0] }, 7);
      this.words.set({ prefixlen: 6, address: 0 }, 9n);
    }
    @kernel(() => ({ IPv6 }))
    program(packet: Packet) {
      const address = packet.getUint32(0);
      const network = this.networks.get(address);
      if (network) {
        network.packets += 1n;
        network.bytes += packet.byteLength;
      }
      if (this.networks.get(address | 0x8000_0000)?.flag) this.seen += 1;
      const { source } = packet.header(IPv6);
      this.seen += this.six.get(source) ?? 1000;
      this.seen += this.bytes.get([packet.getUint8(0), 2, 3]) ?? 5;
      this.total += this.words.get(address) ?? 100n;
      if (this.words.has(address)) this.seen += 7;
      this.wide.set({ prefixlen: 12, address: 0x1230_0000_0000_0000n }, packet.getUint8(0));
      this.total += BigInt(this.wide.get(0x123f_ffff_0000_0000n) ?? 50);
    }
  },
  "prefixes stored and deleted": class extends Base {
    networks = new LpmTrie(ipv4, u32, { maxEntries: 3 });
    program(packet: Packet) {
      const first = packet.getUint8(0);
      if (this.networks.set({ prefixlen: 8, address: first << 24 >>> 0 }, first + 10)) this.seen += 1;
      if (this.networks.set({ prefixlen: first + 30, address: 0xffff_ffff }, 5, "noexist")) this.seen += 10;
      this.networks.set("10.0.0.0/8", 100 + first);
      this.total += BigInt(this.networks.get("10.1.1.1") ?? 1000);
      if (first === 2 && this.networks.delete({ prefixlen: 8, address: 0x0200_0000 })) this.seen += 100;
      if (this.networks.delete("10.0.0.0/8")) this.seen += 1000;
      if (this.networks.has({ prefixlen: 5, address: 0 })) this.seen += 10000;
    }
  },
  "variables per CPU and in hash maps": class extends Base {
    @perCpuVar(u64)
    accessor hits!: PerCpu<bigint>;
    @perCpuVar(Flow)
    accessor own!: PerCpu<Flow>;
    @hashVar(u64)
    accessor sum = 5n;
    @hashVar(u16)
    accessor small = 0xfffe;
    @hashVar(bool)
    accessor flag!: boolean;
    program(packet: Packet) {
      this.hits.value += BigInt(packet.getUint8(0));
      const { own } = this;
      own.value.packets += 2n;
      own.value.bytes = Number(this.hits.value & 0xffn);
      this.sum += this.hits.value;
      this.total += this.sum++;
      this.small += 1;
      for (let i = 0; i < 100; i++) this.hits.value += BigInt(i);
      if (!this.flag) this.flag = packet.getUint8(0) === 2;
      else this.seen += this.small;
      if (this.hits.value > 100n) return XDP.TX;
    }
  },
  "keys used again": class extends Base {
    keyed = new HashMap(Key, u32, { maxEntries: 16 });
    program(packet: Packet) {
      let protocol: number = packet.getUint8(0);
      const key = { protocol, source: packet.getUint32(1), port: 7, small: 1, one: true };
      this.keyed.set(key, 1);
      if (this.keyed.get(key)) this.keyed.set(key, 2);
      else this.keyed.set({ ...key, port: 8 }, 3);
      if (this.keyed.has({ ...key, port: 7 })) this.seen += 1;
      if (protocol === 2) this.counts.get(2);
      this.keyed.set({ ...key, port: 9 }, packet.getUint8(7));
      if (protocol > 1) this.keyed.delete(key);
      else if (this.keyed.has(key)) this.seen += 10;
      if (this.keyed.has(key)) this.seen += 100;
      for (let i = 0; i < 40; i++) {
        protocol = protocol + 1 & 7;
        this.keyed.set({ ...key, protocol }, i);
        if (this.keyed.has({ ...key, protocol })) this.seen += 1000;
        if (this.keyed.has(key)) this.total += 1n;
      }
      for (let i = 0; i < 9000; i++) if (this.keyed.has(key)) this.total += 100n;
      this.seen += (this.keyed.get(key) ?? 1) + (this.keyed.get({ ...key, protocol }) ?? 2);
      if (this.flows.has(protocol)) this.flows.set(protocol, { packets: 9n, bytes: 9, flag: true });
      if (this.others.set(protocol, { packets: 9n, bytes: 9, flag: true })) this.seen += 1;
    }
  },
};

/**
 * What access from user space costs: variables, lookups, updates, going through a map. For people: `deno task userspace`, or
 * `bun tests/bench/userspace.ts`; needs root. With a C compiler and libbpf's headers it also says what C takes: `user.c`.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import process from "node:process";
import {
  ArrayMap,
  atomicView,
  BloomFilter,
  globalVar,
  HashMap,
  type Packet,
  Queue,
  struct,
  u32,
  u64,
  XDP,
} from "../../mod.ts";
import { compileC } from "./c_program.ts";

const entries = 1_000_000;
const Flow = struct({ packets: u64, bytes: u64 });
const Tuple = struct({ saddr: u32, daddr: u32, ports: u32, protocol: u32 });

class Measured extends XDP {
  @globalVar(u32)
  accessor small = 0;
  @globalVar(u64)
  accessor large = 0n;
  flows = new HashMap(u32, Flow, { maxEntries: entries });
  counts = new HashMap(u32, u64, { maxEntries: entries });
  slots = new ArrayMap(u64, { maxEntries: 1024 });
  tuples = new HashMap(Tuple, Flow, { maxEntries: 65536 });
  queue = new Queue(Flow, { maxEntries: 1024 });
  known = new BloomFilter(u32, { maxEntries: 1024 });

  program(packet: Packet) {
    this.small += 1;
    this.large += 1n;
    const key = packet.getUint8(0);
    this.slots.set(0, BigInt(key));
    if (this.queue.peek() || this.known.has(key)) return XDP.DROP;
    if (this.flows.has(key) || this.counts.has(key)) return XDP.DROP;
    if (this.tuples.has({ saddr: key, daddr: 0, ports: 0, protocol: 0 })) return XDP.DROP;
  }
}

/** Nanoseconds that C takes, by what for; nothing where it cannot be compiled. */
function measureC(): ReadonlyMap<string, number> {
  const program = compileC("user.c");
  const lines = program ? spawnSync(program, [], { encoding: "utf8" }).stdout.trim().split("\n") : [];
  return new Map(lines.map((line) => line.split("\t")).map(([title, figure]) => [title, Number(figure)]));
}

const figure = (ns: number) => ns.toFixed(ns < 10 ? 2 : 0).padStart(8);

/** Nanoseconds of one of so many steps: the best of some rounds, which are many where they are short. */
function measure(what: string, times: number, work: (times: number) => void): void {
  let best = Infinity;
  for (let round = 0; round < (times <= 1000 ? 300 : 5); round++) {
    const start = performance.now();
    work(times);
    best = Math.min(best, performance.now() - start);
  }
  const [ours, theirs] = [best * 1e6 / times, inC.get(what)];
  const beside = theirs === undefined ? "" : `, C ${figure(theirs)} ns: ${(ours / theirs).toFixed(2)} times`;
  console.log(`${what.padEnd(44)} ${figure(ours)} ns${beside}`);
}

const inC = measureC();
using program = new Measured();
program.load();
const { flows, counts, slots, tuples, queue, known } = program;
let sum = 0n;

console.log(process.versions.bun ? `Bun ${process.versions.bun}` : `Deno ${process.versions.deno}`);
measure("read a u32 variable", 1e7, (times) => {
  let total = 0;
  for (let i = 0; i < times; i++) total += program.small;
  sum += BigInt(total);
});
measure("write a u32 variable", 1e7, (times) => {
  for (let i = 0; i < times; i++) program.small = i;
});
measure("read a u64 variable and compare it", 1e7, (times) => {
  let larger = 0;
  for (let i = 0; i < times; i++) if (program.large > 7n) larger++;
  sum += BigInt(larger);
});
// Here V8 makes an object of each number, which takes longer than reading it.
measure("read a u64 variable and keep it", 1e7, (times) => {
  for (let i = 0; i < times; i++) sum = program.large;
});
const view = atomicView(program, "small") as Uint32Array;
measure("atomic add to a u32 variable", 1e7, (times) => {
  for (let i = 0; i < times; i++) Atomics.add(view, 0, 1);
});
measure("store a number into an ArrayMap", 1000, (times) => {
  for (let i = 0; i < times; i++) slots.set(i, 1n);
});
measure("look a number up in an ArrayMap", 1000, (times) => {
  for (let i = 0; i < times; i++) sum += slots.get(i)!;
});
measure(`store a new number into a HashMap of ${entries}`, entries, () => {
  counts.clear();
  for (let i = 0; i < entries; i++) counts.set(i, 1n);
});
measure("store a known number into a HashMap", 1000, (times) => {
  for (let i = 0; i < times; i++) counts.set(i, 2n);
});
measure("look a number up in a HashMap", 1000, (times) => {
  for (let i = 0; i < times; i++) sum += counts.get(i)!;
});
const key = (saddr: number) => ({ saddr, daddr: 0, ports: 0, protocol: 0 });
for (let i = 0; i < 1000; i++) tuples.set(key(i), { packets: 1n, bytes: 2n });
measure("look a struct up in a HashMap by a struct", 1000, (times) => {
  for (let i = 0; i < times; i++) sum += tuples.get(key(i))!.packets;
});
measure("the same for keys that are not there", 1000, (times) => {
  for (let i = 0; i < times; i++) if (tuples.get(key(i + 5000))) sum++;
});
measure("ask for a struct in a HashMap", 1000, (times) => {
  for (let i = 0; i < times; i++) if (tuples.has(key(i))) sum++;
});
measure("store a struct into a HashMap", 1000, (times) => {
  for (let i = 0; i < times; i++) tuples.set(key(i), { packets: 1n, bytes: 2n });
});
measure("store a new struct and delete it", 1000, (times) => {
  for (let i = 0; i < times; i++) {
    tuples.set(key(9999), { packets: 1n, bytes: 2n });
    tuples.delete(key(9999));
  }
});
measure("push a struct into a Queue and pop it", 1000, (times) => {
  for (let i = 0; i < times; i++) {
    queue.push({ packets: 1n, bytes: 2n });
    sum += queue.pop()!.bytes;
  }
});
queue.push({ packets: 1n, bytes: 2n });
measure("peek into a Queue", 1000, (times) => {
  for (let i = 0; i < times; i++) sum += queue.peek()!.packets;
});
measure("add a number to a BloomFilter", 1000, (times) => {
  for (let i = 0; i < times; i++) known.add(i);
});
measure("ask a BloomFilter for a number", 1000, (times) => {
  for (let i = 0; i < times; i++) if (known.has(i)) sum++;
});
measure("go through 1000 structs", 1000, () => {
  for (const [, value] of tuples) sum += value.packets;
});
measure(`go through ${entries} numbers`, entries, () => {
  for (const [, value] of counts) sum += value;
});
for (let i = 0; i < entries; i++) flows.set(i, { packets: 1n, bytes: 1n });
measure(`go through ${entries} structs`, entries, () => {
  for (const [, value] of flows) sum += value.packets;
});
measure("the same by one lookup a key", 1e5, (times) => {
  for (let i = 0; i < times; i++) sum += flows.get(i)!.packets;
});

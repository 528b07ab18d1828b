/**
 * Lets each IPv4 source send so many packets a second, and a burst of them at once; drops the rest. Each source has a bucket
 * of tokens: time fills it, packets take one each.
 *
 *     sudo deno run --allow-ffi examples/ratelimit.ts eth0 30 --rate 100 --burst 20
 *     sudo bun examples/ratelimit.ts eth0
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { ipv4, LruHash, type Packet, type RequestedMode, struct, u64, XDP } from "../mod.ts";
import { everySecond } from "./arguments.ts";

/** Time stands for tokens: what a packet costs is the time that its token takes to come. */
const Bucket = struct({ credit: u64, filled: u64, passed: u64, dropped: u64 });

class RateLimit extends XDP {
  buckets = new LruHash(ipv4, Bucket, { maxEntries: 65536 });
  /** Nanoseconds. */
  readonly cost: bigint;
  readonly most: bigint;

  constructor(rate: number, burst: number) {
    super();
    this.cost = BigInt(Math.round(1e9 / rate));
    this.most = this.cost * BigInt(burst);
  }

  program(packet: Packet) {
    const { ipv4 } = packet.layers();
    if (!ipv4) return XDP.PASS;
    const now = this.bpf.ktimeGetNs();
    const bucket = this.buckets.get(ipv4.source);
    if (!bucket) {
      this.buckets.set(ipv4.source, { credit: this.most - this.cost, filled: now, passed: 1n, dropped: 0n });
      return XDP.PASS;
    }
    const sum = BigInt.asUintN(64, bucket.credit + now - bucket.filled);
    const credit = sum < this.most ? sum : this.most;
    bucket.filled = now;
    if (credit < this.cost) {
      bucket.credit = credit;
      bucket.dropped += 1n;
      return XDP.DROP;
    }
    bucket.credit = credit - this.cost;
    bucket.passed += 1n;
    return XDP.PASS;
  }
}

const { positionals: [name, seconds = "10"], values: { mode, rate, burst } } = parseArgs({
  allowPositionals: true,
  options: {
    mode: { type: "string", default: "auto" },
    rate: { type: "string", default: "100" },
    burst: { type: "string", default: "20" },
  },
});
if (!name || !(Number(rate) > 0) || !(Number(burst) >= 1)) {
  console.error("usage: ratelimit.ts IFACE [SECONDS] [--rate PACKETS] [--burst PACKETS] [--mode auto|skb|drv|hw]");
  process.exit(2);
}

using limit = new RateLimit(Number(rate), Number(burst));
using link = limit.attach(name, { mode: mode as RequestedMode });
console.log(`${rate} packets a second of each source on ${name} in ${link.mode} mode`);

await everySecond(Number(seconds), () => {
  for (const [source, { passed, dropped }] of limit.buckets) {
    console.log(`${ipv4.text(source)}: ${passed} passed, ${dropped} dropped`);
  }
});

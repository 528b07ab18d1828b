/**
 * How long the packets are that come in through a network interface, drawn as bars. Each processor counts for itself; the
 * sums are made when they are read.
 *
 *     sudo deno run --allow-ffi examples/histogram.ts eth0
 *     sudo bun examples/histogram.ts eth0 30 --mode skb
 *
 * @module
 */
import process from "node:process";
import { type Packet, PerCpuArray, u64, XDP } from "../mod.ts";
import { everySecond, readArguments } from "./arguments.ts";

class Histogram extends XDP {
  lengths = new PerCpuArray(u64, { maxEntries: 16 }); // element n: from 2^n bytes to less than 2^(n+1)

  program(packet: Packet) {
    const count = this.lengths.get(Math.min(31 - Math.clz32(packet.byteLength), this.lengths.maxEntries - 1));
    if (count) count.value += 1n; // this processor's, so that nothing needs to be atomic
  }
}

const width = 50;

function draw({ lengths }: Histogram): void {
  const counts = Array.from(lengths.values(), (values) => values.sum());
  const most = counts.reduce((a, b) => a > b ? a : b, 1n);
  for (const [step, count] of counts.entries()) {
    if (count === 0n) continue;
    const range = `${2 ** step}–${2 ** (step + 1) - 1}`;
    const bar = "█".repeat(Math.ceil(width * Number(count) / Number(most)));
    console.log(`${range.padStart(12)} ${bar.padEnd(width)} ${count}`);
  }
}

const { interface: name, seconds, mode } = readArguments("histogram.ts");

using histogram = new Histogram();
using link = histogram.attach(name, { mode });
console.log(`measuring packets on ${name} in ${link.mode} mode`);

await everySecond(seconds, () => {
  if (process.stdout.isTTY) console.log("\x1b[H\x1b[2J"); // clears the terminal
  draw(histogram);
});

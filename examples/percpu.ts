/**
 * Which processors the packets of a network interface arrive at: variables that each processor has for itself.
 *
 *     sudo deno run --allow-ffi examples/percpu.ts eth0
 *     sudo bun examples/percpu.ts eth0 30 --mode skb
 *
 * @module
 */
import { type Packet, type PerCpu, perCpuVar, u64, XDP } from "../mod.ts";
import { everySecond, readArguments } from "./arguments.ts";

class Processors extends XDP {
  @perCpuVar(u64)
  accessor packets!: PerCpu<bigint>;
  @perCpuVar(u64)
  accessor bytes!: PerCpu<bigint>;

  program(packet: Packet) {
    this.packets.value += 1n; // a plain load and store: no other processor writes it
    this.bytes.value += BigInt(packet.byteLength);
  }
}

const { interface: name, seconds, mode } = readArguments("percpu.ts");

using program = new Processors();
using link = program.attach(name, { mode });
console.log(`counting on ${name} in ${link.mode} mode`);

await everySecond(seconds, () => {
  const { packets, bytes } = program; // all processors' values at this moment
  for (const cpu of packets.keys()) console.log(`CPU ${cpu}: ${packets[cpu]} packets, ${bytes[cpu]} bytes`);
  console.log(`all: ${packets.sum()} packets, ${bytes.sum()} bytes; the busiest has ${packets.max()}`);
});

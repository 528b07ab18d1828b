/**
 * Who talks to whom, and how much: the flows through a network interface as a live table, the busiest first. The kernel
 * keeps them, and forgets those that nothing comes from any more.
 *
 *     sudo deno run --allow-ffi examples/flows.ts eth0 60
 *     sudo bun examples/flows.ts eth0
 *
 * @module
 */
import process from "node:process";
import { be16, type Infer, ipv4, LruHash, type Packet, struct, u64, u8, XDP } from "../mod.ts";
import { everySecond, readArguments } from "./arguments.ts";

const Flow = struct({ source: ipv4, destination: ipv4, sourcePort: be16, destinationPort: be16, protocol: u8 });
type Flow = Infer<typeof Flow>;
const Traffic = struct({ packets: u64, bytes: u64 });

class Flows extends XDP {
  flows = new LruHash(Flow, Traffic, { maxEntries: 65536 });

  program(packet: Packet) {
    const { ipv4, tcp, udp, protocol } = packet.layers();
    if (!ipv4) return XDP.PASS;
    const sourcePort = tcp?.source ?? udp?.source ?? 0;
    const destinationPort = tcp?.destination ?? udp?.destination ?? 0;
    const { source, destination } = ipv4;
    const key = { source, destination, sourcePort, destinationPort, protocol };
    const traffic = this.flows.get(key);
    if (traffic) {
      traffic.packets += 1n; // in the kernel's memory, one atomic add
      traffic.bytes += BigInt(packet.byteLength);
    } else this.flows.set(key, { packets: 1n, bytes: BigInt(packet.byteLength) });
  }
}

const protocols: Readonly<Record<number, string>> = { 1: "ICMP", 6: "TCP", 17: "UDP" };
const rows = 15;

function textOf({ source, destination, sourcePort, destinationPort, protocol }: Flow): string {
  const [from, to] = [[source, sourcePort], [destination, destinationPort]]
    .map(([address, port]) => ipv4.text(address) + (port ? `:${port}` : ""));
  return `${from.padEnd(21)} ${to.padEnd(21)} ${(protocols[protocol] ?? String(protocol)).padEnd(5)}`;
}

const { interface: name, seconds, mode } = readArguments("flows.ts");

using program = new Flows();
using link = program.attach(name, { mode });
console.log(`watching ${name} in ${link.mode} mode`);

let before = new Map<string, bigint>();
await everySecond(seconds, () => {
  const flows = Array.from(program.flows, ([key, traffic]) => ({ text: textOf(key), ...traffic }));
  const busiest = flows
    .map((flow) => ({ ...flow, rate: flow.bytes - (before.get(flow.text) ?? 0n) }))
    .sort((a, b) => Number(b.rate - a.rate) || Number(b.bytes - a.bytes))
    .slice(0, rows);
  before = new Map(flows.map(({ text, bytes }) => [text, bytes]));
  if (process.stdout.isTTY) console.log("\x1b[H\x1b[2J"); // clears the terminal
  console.log(`${"from".padEnd(21)} ${"to".padEnd(21)}          packets        bytes  bytes/s`);
  for (const { text, packets, bytes, rate } of busiest) {
    console.log(`${text} ${String(packets).padStart(12)} ${String(bytes).padStart(12)} ${String(rate).padStart(8)}`);
  }
});

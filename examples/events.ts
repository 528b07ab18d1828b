/**
 * Shows the TCP connections that others open through a network interface, one line for each: a SYN is an event of a ring
 * buffer.
 *
 *     sudo deno run --allow-ffi examples/events.ts eth0
 *     sudo bun examples/events.ts eth0 30 --mode skb
 *
 * @module
 */
import { type Infer, ipv4, type Packet, RingBuffer, struct, u16, u64, XDP } from "../mod.ts";
import { readArguments } from "./arguments.ts";

const Syn = struct({ time: u64, source: ipv4, destination: ipv4, sourcePort: u16, destinationPort: u16 });

class Events extends XDP {
  syns = new RingBuffer(Syn, { size: 65536 });

  program(packet: Packet) {
    const { ipv4, tcp } = packet.layers();
    if (!ipv4 || !tcp || !tcp.syn || tcp.ack) return XDP.PASS;
    this.syns.output({
      time: this.bpf.ktimeGetNs(),
      source: ipv4.source,
      destination: ipv4.destination,
      sourcePort: tcp.source,
      destinationPort: tcp.destination,
    });
    return XDP.PASS;
  }
}

function line({ source, sourcePort, destination, destinationPort }: Infer<typeof Syn>): string {
  return `${ipv4.text(source)}:${sourcePort} → ${ipv4.text(destination)}:${destinationPort}`;
}

const { interface: name, seconds, mode } = readArguments("events.ts");

using events = new Events();
using link = events.attach(name, { mode });
console.log(`watching ${name} in ${link.mode} mode`);

const syns = events.syns.events();
setTimeout(() => syns.return?.(), 1000 * seconds);

for await (const syn of syns) console.log(line(syn));
console.log(`${events.syns.dropped} events were lost`);

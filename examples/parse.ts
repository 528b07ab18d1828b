/**
 * Says what the packets of a capture are: layers, connections and bytes. The program runs in the virtual machine, so this
 * needs neither root nor Linux.
 *
 *     deno run --allow-read examples/parse.ts traffic.pcap
 *     bun examples/parse.ts traffic.pcap
 *
 * @module
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { globalVar, type Infer, type Packet, struct, u32, u64, XDP } from "../mod.ts";

const Counts = struct({ vlan: u32, arp: u32, ipv4: u32, ipv6: u32, tcp: u32, udp: u32, icmp: u32, other: u32 });

class Parse extends XDP {
  @globalVar(Counts)
  accessor counts!: Infer<typeof Counts>;
  @globalVar(u64)
  accessor bytes = 0n;
  @globalVar(u32)
  accessor connections = 0;

  program(packet: Packet) {
    const { vlan, arp, ipv4, ipv6, tcp, udp, icmp, icmpv6 } = packet.layers();
    const { counts } = this;
    this.bytes += BigInt(packet.byteLength);
    if (vlan) counts.vlan += 1;
    if (ipv4) counts.ipv4 += 1;
    else if (ipv6) counts.ipv6 += 1;
    else if (arp) counts.arp += 1;
    else counts.other += 1;
    if (tcp) {
      counts.tcp += 1;
      if (tcp.syn && !tcp.ack) this.connections += 1;
    } else if (udp) counts.udp += 1;
    else if (icmp || icmpv6) counts.icmp += 1;
  }
}

const [file] = process.argv.slice(2);
if (!file) {
  console.error("usage: parse.ts CAPTURE");
  process.exit(2);
}

using parse = new Parse();
const { packets, skipped } = parse.replay(readFileSync(file));
console.log(`${packets} packets, ${parse.bytes} bytes, ${parse.connections} connections begun; ${skipped} skipped`);
for (const [layer, count] of Object.entries(JSON.parse(JSON.stringify(parse.counts)))) {
  if (count) console.log(layer.padStart(6), count);
}

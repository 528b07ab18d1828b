/**
 * Answers pings and UDP packets to port 7 (echo) right in the driver: they go out again by XDP_TX, and the kernel never sees
 * them.
 *
 *     sudo deno run --allow-ffi examples/reflector.ts eth0
 *     sudo bun examples/reflector.ts eth0 30 --mode skb
 *
 * @module
 */
import { globalVar, type Packet, u32, XDP } from "../mod.ts";
import { everySecond, readArguments } from "./arguments.ts";

class Reflector extends XDP {
  port = 7;
  @globalVar(u32)
  accessor pings = 0;
  @globalVar(u32)
  accessor datagrams = 0;

  program(packet: Packet) {
    const { ethernet, ipv4, ipv6, icmp, icmpv6, udp } = packet.layers();
    // What is for many is for nobody to answer.
    if (packet.getUint8(0) & 1) return XDP.PASS;
    if (icmp?.type === 8) {
      icmp.updateChecksum16(0x0800, 0); // an echo's type, 8, becomes a reply's, 0
      icmp.type = 0;
      this.pings += 1;
    } else if (icmpv6?.type === 128) {
      icmpv6.updateChecksum16(0x8000, 0x8100);
      icmpv6.type = 129;
      this.pings += 1;
    } else if (udp?.destination === this.port) {
      udp.swapPorts();
      this.datagrams += 1;
    } else return XDP.PASS;
    ethernet.swapAddresses();
    // Swapping what they cover leaves checksums as they are.
    if (ipv4) ipv4.swapAddresses();
    else if (ipv6) ipv6.swapAddresses();
    return XDP.TX;
  }
}

const { interface: name, seconds, mode } = readArguments("reflector.ts");

using reflector = new Reflector();
using link = reflector.attach(name, { mode });
console.log(`answering on ${name} in ${link.mode} mode`);

await everySecond(
  seconds,
  () => console.log(`pings: ${reflector.pings}   datagrams: ${reflector.datagrams}`),
);

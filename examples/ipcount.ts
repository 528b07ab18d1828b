/**
 * Counts IPv4 and IPv6 packets that come in through a network interface, told apart by their EtherType.
 *
 *     sudo deno run --allow-ffi examples/ipcount.ts eth0
 *     sudo bun examples/ipcount.ts eth0 30 --mode skb
 *
 * @module
 */
import { be16, globalVar, packetVar, u32, XDP } from "../mod.ts";
import { everySecond, readArguments } from "./arguments.ts";

class IPCount extends XDP {
  @packetVar(12, be16)
  accessor etherType!: number; // bytes 12 and 13 of each packet, in network order
  @globalVar(u32)
  accessor ipv4 = 0;
  @globalVar(u32)
  accessor ipv6 = 0;

  program() {
    if (this.etherType === 0x0800) this.ipv4 += 1;
    else if (this.etherType === 0x86dd) this.ipv6 += 1;
  }
}

const { interface: name, seconds, mode } = readArguments("ipcount.ts");

using counter = new IPCount();
using link = counter.attach(name, { mode });
console.log(`counting on ${name} in ${link.mode} mode`);

await everySecond(seconds, () => console.log(`IPv4: ${counter.ipv4}   IPv6: ${counter.ipv6}`));

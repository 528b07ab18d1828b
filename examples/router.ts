/**
 * Forwards IPv4 packets between interfaces before the kernel sees them: the kernel's own routing table says where to, its
 * neighbour table has the MAC addresses. What it does not know, or has to answer itself, goes on to the kernel.
 *
 *     sudo deno run --allow-ffi examples/router.ts eth1 eth2
 *     sudo bun examples/router.ts eth1 eth2 eth3 --mode skb --seconds 60
 *
 * Forwarding must be on: sysctl net.ipv4.ip_forward=1
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import {
  DevMapHash,
  FibLookup,
  FibResult,
  globalVar,
  type Infer,
  kernel,
  localVar,
  type Packet,
  type RequestedMode,
  u64,
  XDP,
  type XdpContext,
} from "../mod.ts";
import { everySecond } from "./arguments.ts";

const AF_INET = 2;

class Router extends XDP {
  @globalVar(u64)
  accessor forwarded = 0n;
  @localVar(FibLookup)
  accessor route!: Infer<typeof FibLookup>;
  /** The interfaces that packets are forwarded to, by their index. */
  ports = new DevMapHash({ maxEntries: 64 });

  @kernel(() => ({ FibResult, AF_INET }))
  program(packet: Packet, { ingressIfindex }: XdpContext) {
    const { ethernet, ipv4 } = packet.layers();
    if (!ipv4 || ipv4.ttl < 2) return XDP.PASS;
    const { route } = this;
    route.family = AF_INET;
    route.ifindex = ingressIfindex;
    route.totalLength = ipv4.totalLength;
    route.ipv4Source = ipv4.source;
    route.ipv4Destination = ipv4.destination;
    const found = this.bpf.fibLookup(route);
    if (found !== FibResult.success) return XDP.PASS;
    if (!this.ports.has(route.ifindex)) return XDP.PASS;
    ethernet.source = route.sourceMac;
    ethernet.destination = route.destinationMac;
    ipv4.updateChecksum16(ipv4.ttl << 8, (ipv4.ttl - 1) << 8);
    ipv4.ttl -= 1;
    this.forwarded += 1n;
    return this.ports.redirect(route.ifindex);
  }
}

const { positionals: names, values: { mode, seconds } } = parseArgs({
  allowPositionals: true,
  options: { mode: { type: "string", default: "auto" }, seconds: { type: "string", default: "10" } },
});
if (names.length < 2) {
  console.error("usage: router.ts IFACE IFACE… [--mode auto|skb|drv|hw] [--seconds 10]");
  process.exit(2);
}

using router = new Router();
const links = names.map((name) => router.attach(name, { mode: mode as RequestedMode }));
for (const { interfaceIndex } of links) router.ports.set(interfaceIndex, interfaceIndex);
console.log(`forwarding between ${names.join(", ")} in ${links[0].mode} mode`);
await everySecond(Number(seconds), () => console.log(`forwarded: ${router.forwarded}`));

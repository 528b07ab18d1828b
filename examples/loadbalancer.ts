/**
 * Spreads the connections to one address over several servers: the addresses and ports of a packet choose its server, the
 * destination is rewritten, checksums follow, and the packet goes out again where it came in. Answers come back the same
 * way, so that clients see the one address only.
 *
 *     sudo deno run --allow-ffi examples/loadbalancer.ts eth0 --service 10.0.0.100:80 \
 *       --server 10.0.0.11/02:00:00:00:00:11 --server 10.0.0.12/02:00:00:00:00:12
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import {
  ArrayMap,
  be16,
  HashMap,
  ipv4,
  kernel,
  mac,
  type Packet,
  type RequestedMode,
  struct,
  u64,
  XDP,
} from "../mod.ts";
import { everySecond } from "./arguments.ts";

const Server = struct({ address: ipv4, mac, packets: u64, bytes: u64 });
const Client = struct({ address: ipv4, port: be16 });

/** Mixes bits until all depend on all (the end of MurmurHash3). */
const mix = (x: number): number => {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
};

class LoadBalancer extends XDP {
  servers = new ArrayMap(Server, { maxEntries: 64 });
  /** Where clients' packets came from: answers go there. */
  clients = new HashMap(Client, mac, { maxEntries: 65536 });
  readonly addresses: readonly number[];

  constructor(readonly service: number, readonly port: number, servers: readonly (readonly [number, number])[]) {
    super();
    this.addresses = servers.map(([address]) => address);
    servers.forEach(([address, mac], i) => this.servers.set(i, { address, mac, packets: 0n, bytes: 0n }));
  }

  @kernel(() => ({ mix }))
  program(packet: Packet) {
    const { ethernet, ipv4, tcp, udp } = packet.layers();
    if (!ipv4) return XDP.PASS;
    const source = tcp?.source ?? udp?.source;
    const destination = tcp?.destination ?? udp?.destination;
    if (source === undefined || destination === undefined) return XDP.PASS;
    const own = ethernet.destination;

    if (ipv4.destination === this.service && destination === this.port) {
      const hash = mix(ipv4.source ^ mix(source * 65536 + ipv4.protocol));
      const server = this.servers.get(hash % this.addresses.length);
      if (!server) return XDP.PASS;
      server.packets += 1n;
      server.bytes += BigInt(packet.byteLength);
      this.clients.set({ address: ipv4.source, port: source }, ethernet.source);
      tcp?.updateChecksum32(ipv4.destination, server.address);
      udp?.updateChecksum32(ipv4.destination, server.address);
      ipv4.updateChecksum32(ipv4.destination, server.address);
      ipv4.destination = server.address;
      ethernet.destination = server.mac;
    } else if (this.addresses.includes(ipv4.source) && source === this.port) {
      const client = this.clients.get({ address: ipv4.destination, port: destination });
      if (client === undefined) return XDP.PASS;
      tcp?.updateChecksum32(ipv4.source, this.service);
      udp?.updateChecksum32(ipv4.source, this.service);
      ipv4.updateChecksum32(ipv4.source, this.service);
      ipv4.source = this.service;
      ethernet.destination = client;
    } else return XDP.PASS;

    ethernet.source = own;
    return XDP.TX;
  }
}

const { positionals: [name], values: { service, server, mode, seconds } } = parseArgs({
  allowPositionals: true,
  options: {
    service: { type: "string", default: "" },
    server: { type: "string", multiple: true, default: [] },
    mode: { type: "string", default: "auto" },
    seconds: { type: "string", default: "10" },
  },
});
const [address, port] = service.split(":");
if (!name || !port || server.length === 0) {
  console.error(
    "usage: loadbalancer.ts IFACE --service ADDRESS:PORT --server ADDRESS/MAC… [--mode MODE] [--seconds 10]",
  );
  process.exit(2);
}
const servers = server.map((text) => text.split("/")).map(([address, at]) => [ipv4(address), mac(at)] as const);

using balancer = new LoadBalancer(ipv4(address), Number(port), servers);
using link = balancer.attach(name, { mode: mode as RequestedMode });
console.log(`spreading ${service} over ${servers.length} servers on ${name} in ${link.mode} mode`);
await everySecond(Number(seconds), () => {
  const used = [...balancer.servers.values()].slice(0, servers.length);
  console.log(used.map(({ address, packets }) => `${ipv4.text(address)}: ${packets}`).join("   "));
});

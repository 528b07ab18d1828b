/**
 * The examples that send packets on, as users run them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Ethernet, IPv4, ipv4, mac, Packet, Tcp, XDP } from "../../mod.ts";
import { interfaceIndex, PacketSocket } from "../../src/kernel/mod.ts";
import { pause, within } from "../support/examples.ts";
import { needsKernel } from "../support/kernel.ts";
import { type NetworkEnd, TestNetwork } from "../support/network.ts";

class Pass extends XDP {
  program() {
    return XDP.PASS;
  }
}

interface Segment {
  readonly from: readonly [mac: number, address: string, port: number];
  readonly to: readonly [mac: number, address: string, port: number];
}

/** A TCP segment with right checksums. */
function segment({ from, to }: Segment): Uint8Array {
  const packet = new Packet(Uint8Array.from({ length: 64 }, (_, i) => i));
  Object.assign(packet.header(Ethernet), { source: from[0], destination: to[0], etherType: 0x0800 });
  const ip = packet.header(IPv4, 14);
  Object.assign(ip, {
    version: 4,
    headerLength: 20,
    trafficClass: 0,
    totalLength: 50,
    fragment: 0,
    ttl: 64,
    protocol: 6,
  });
  Object.assign(ip, { source: ipv4(from[1]), destination: ipv4(to[1]) });
  ip.fillChecksum();
  const tcp = packet.header(Tcp, 34);
  Object.assign(tcp, { source: from[2], destination: to[2], checksum: 0, syn: true });
  tcp.checksum = packet.checksum(34, 30, ip.pseudoHeaderSum(30));
  return new Uint8Array(packet.buffer);
}

/** What a frame says, and that its checksums are right. */
function read(frame: Uint8Array): Segment & { readonly ttl: number } {
  const packet = new Packet(frame);
  const { ethernet, ipv4: ip, tcp } = packet.layers();
  assertEquals([packet.checksum(14, 20), packet.checksum(34, 30, ip!.pseudoHeaderSum(30))], [0, 0]);
  return {
    from: [ethernet.source, ipv4.text(ip!.source), tcp!.source],
    to: [ethernet.destination, ipv4.text(ip!.destination), tcp!.destination],
    ttl: ip!.ttl,
  };
}

/** The next TCP segment that a socket sees; the kernel's own packets are none. */
async function arrival(socket: { receive(milliseconds: number): Uint8Array | undefined }): Promise<Uint8Array> {
  for (let wait = 0; wait < 40; wait++) {
    const frame = socket.receive(100);
    if (frame && frame.length === 64 && frame[12] === 8 && frame[13] === 0 && frame[23] === 6) return frame;
    await pause(1);
  }
  throw new Error("nothing arrived");
}

function macOf(end: NetworkEnd, name = end.interfaceName): number {
  return mac(JSON.parse(end.command("ip", "-j", "link", "show", name))[0].address);
}

describe("router.ts", needsKernel("ip", "nsenter"), () => {
  for (const mode of ["skb", "drv"]) {
    it(`forwards by the kernel's routes, in mode ${mode}`, async () => {
      using network = new TestNetwork();
      using other = new TestNetwork({ named: true });
      const { near, far } = network;
      const host = other.near;
      far.command("ip", "link", "add", "out", "type", "veth", "peer", "name", "host", "netns", host.name!);
      host.command("ip", "link", "set", "host", "up");
      far.command("ip", "link", "set", "out", "up");
      far.command("ip", "address", "add", "10.1.0.1/24", "dev", far.interfaceName);
      far.command("ip", "address", "add", "10.2.0.1/24", "dev", "out");
      far.command("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
      const [inside, outside, target] = [macOf(far), macOf(far, "out"), macOf(host, "host")];
      far.command("ip", "neigh", "replace", "10.2.0.2", "lladdr", mac.text(target), "dev", "out");

      // In driver mode, veth takes redirected packets only if the other end has a program, too.
      using pass = new Pass();
      using _end = host.run(() => pass.attach("host", { mode: mode as "skb" }));
      using witness = host.run(() => new PacketSocket(interfaceIndex("host")));
      using routing = within(far.path, "router", [far.interfaceName, "out", "--mode", mode, "--seconds", "600"]);
      await routing.until(`forwarding between far, out in ${mode} mode`);
      const client = macOf(near);
      near.send(segment({ from: [client, "10.1.0.2", 1234], to: [inside, "10.2.0.2", 80] }));
      const arrived = read(await arrival(witness));
      assertEquals(arrived, { from: [outside, "10.1.0.2", 1234], to: [target, "10.2.0.2", 80], ttl: 63 });
      await routing.until("forwarded: 1\n");
      await routing.end("SIGINT");
    });
  }
});

describe("loadbalancer.ts", needsKernel("ip", "nsenter"), () => {
  for (const mode of ["skb", "drv"] as const) {
    it(`spreads connections over servers, and takes answers back, in mode ${mode}`, async () => {
      using network = new TestNetwork();
      const { near, far } = network;
      using pass = new Pass();
      using _end = near.run(() => pass.attach(near.interfaceName, { mode }));
      const servers = ["10.0.0.11", "10.0.0.12", "10.0.0.13"].map((
        address,
        i,
      ) => [address, mac(`02:00:00:00:01:0${i}`)]);
      const args = servers.flatMap(([address, at]) => ["--server", `${address}/${mac.text(Number(at))}`]);
      const service = ["--service", "10.0.0.100:80", "--mode", mode, "--seconds", "600"];
      using balancing = within(far.path, "loadbalancer", [far.interfaceName, ...service, ...args]);
      await balancing.until(`spreading 10.0.0.100:80 over 3 servers on far in ${mode} mode`);
      const [own, client] = [mac("02:00:00:00:00:aa"), mac("02:00:00:00:00:bb")];
      const used = new Set<string>();
      for (let port = 1000; port < 1016; port++) {
        near.send(segment({ from: [client, "10.0.0.2", port], to: [own, "10.0.0.100", 80] }));
        const { from, to } = read(await arrival(near));
        assertEquals(from, [own, "10.0.0.2", port]);
        assert(servers.some(([address, at]) => address === to[1] && at === to[0]), String(to));
        used.add(to[1]);
        near.send(segment({ from: [to[0], to[1], 80], to: [own, "10.0.0.2", port] }));
        const answer = read(await arrival(near));
        assertEquals([answer.from, answer.to], [[own, "10.0.0.100", 80], [client, "10.0.0.2", port]]);
      }
      assertEquals(used.size, 3);
      await balancing.until((output) => {
        const counts = [...output.matchAll(/10\.0\.0\.1\d: (\d+)/g)].slice(-3).map(([, count]) => Number(count));
        return counts.reduce((a, b) => a + b, 0) === 16;
      });
      await balancing.end("SIGINT");
    });
  }
});

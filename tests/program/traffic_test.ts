/**
 * Live packets between namespaces: every action, changed packets, and the receiving kernel's opinion of our checksums.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import type { Readable } from "node:stream";
import {
  type Checksummed,
  Ethernet,
  globalVar,
  Icmp,
  IPv4,
  ipv4,
  kernel,
  mac,
  Packet,
  type RequestedMode,
  u32,
  XDP,
  type XdpContext,
} from "../../mod.ts";
import { interfaceIndex, PacketSocket } from "../../src/kernel/mod.ts";
import { needsKernel } from "../support/kernel.ts";
import { ethernetFrame, type NetworkEnd, TestNetwork } from "../support/network.ts";
import { findCommand } from "../support/skip.ts";

class Pass extends XDP {
  program() {
    return XDP.PASS;
  }
}

/** Attaches programs to ends for as long as something is done; veth sends packets back only to ends with a program. */
function withPrograms<T>(mode: RequestedMode, programs: readonly (readonly [NetworkEnd, XDP])[], work: () => T): T {
  using owned = new DisposableStack();
  for (const [end, program] of programs) {
    owned.use(program);
    end.run(() => owned.use(program.attach(end.interfaceName, { mode })));
  }
  return work();
}

for (const mode of ["skb", "drv"] as const) {
  describe(`live packets in mode ${mode}`, needsKernel("ip", "nsenter"), () => {
    it("TX comes back to the sender, changed as the program says", () => {
      class Back extends XDP {
        @kernel(() => ({ Ethernet }))
        program(packet: Packet) {
          const ethernet = packet.header(Ethernet);
          if (ethernet.etherType !== 0x88b5) return XDP.PASS;
          ethernet.swapAddresses();
          packet.setUint16(14, packet.byteLength);
          return XDP.TX;
        }
      }
      using network = new TestNetwork();
      const { near, far } = network;
      withPrograms(mode, [[near, new Pass()], [far, new Back()]], () => {
        const frame = ethernetFrame(61);
        near.send(frame);
        const expected = Uint8Array.from([...frame.subarray(6, 12), ...frame.subarray(0, 6), ...frame.subarray(12)]);
        expected.set([0, 61], 14);
        assertEquals(near.receive(), expected);
        assertEquals(far.drain(), []);
      });
    });

    it("DROP is seen by nobody", () => {
      class Drop extends XDP {
        @globalVar(u32)
        accessor dropped = 0;

        program() {
          this.dropped += 1;
          return XDP.DROP;
        }
      }
      using network = new TestNetwork();
      const { near, far } = network;
      const drop = new Drop();
      withPrograms(mode, [[near, new Pass()], [far, drop]], () => {
        near.send(ethernetFrame(), 3);
        assertEquals([far.drain(), near.drain(), drop.dropped], [[], [], 3]);
      });
    });

    it("packets arrive longer and shorter, byte by byte", () => {
      class Wrap extends XDP {
        @kernel(() => ({ Ethernet }))
        program(packet: Packet) {
          const { destination, source, etherType } = packet.header(Ethernet);
          if (etherType !== 0x88b5) return XDP.PASS;
          const change = packet.getInt8(14);
          if (!packet.adjustHead(-change) || !packet.adjustTail(-5)) return XDP.ABORTED;
          const ethernet = packet.header(Ethernet);
          ethernet.destination = destination;
          ethernet.source = source;
          ethernet.etherType = 0x88b6;
          if (change === 8) packet.setBigUint64(14, 0x0102030405060708n);
          return XDP.PASS;
        }
      }
      using network = new TestNetwork();
      const { near, far } = network;
      withPrograms(mode, [[far, new Wrap()]], () => {
        for (const change of [8, -8]) {
          const frame = ethernetFrame(90);
          frame[14] = change & 0xff;
          near.send(frame);
          const body = change === 8 ? [1, 2, 3, 4, 5, 6, 7, 8, ...frame.subarray(14, 85)] : [...frame.subarray(22, 85)];
          assertEquals(far.receive(), Uint8Array.from([...frame.subarray(0, 12), 0x88, 0xb6, ...body]));
        }
      });
    });

    it("REDIRECT arrives on a third interface", () => {
      class Forward extends XDP {
        constructor(readonly to: number, readonly from: number) {
          super();
        }
        program(packet: Packet, { ingressIfindex }: XdpContext) {
          if (packet.getUint16(12) !== 0x88b5) return XDP.PASS;
          return ingressIfindex === this.from ? this.bpf.redirect(this.to) : XDP.DROP;
        }
      }
      using network = new TestNetwork();
      const { near, far } = network;
      // A second pair in the far end's namespace: what is redirected into one end comes out of the other.
      far.command("ip", "link", "add", "into", "type", "veth", "peer", "name", "out");
      for (const name of ["into", "out"]) far.command("ip", "link", "set", name, "up");
      using pass = new Pass();
      const [to, out] = far.run(() => [interfaceIndex("into"), interfaceIndex("out")]);
      using _link = far.run(() => pass.attach("out", { mode }));
      using socket = far.run(() => new PacketSocket(out));
      withPrograms(mode, [[far, new Forward(to, far.index)]], () => {
        near.send(ethernetFrame(77));
        let frame = socket.receive(1000);
        // The new pair says hello by itself.
        while (frame && frame[12] !== 0x88) frame = socket.receive(1000);
        assertEquals(frame, ethernetFrame(77));
        assertEquals(far.drain().filter((other) => other[12] === 0x88), []);
      });
    });
  });
}

const virtual = ipv4("10.9.0.100");
const server = ipv4("10.9.0.1");

/** Rewrites the address and the port of what comes in, at one end of a path, checksums by their updates. */
class Rewrite extends XDP {
  @globalVar(u32)
  accessor rewritten = 0;

  constructor(readonly end: "source" | "destination", readonly from: [number, number], readonly to: [number, number]) {
    super();
  }

  program(packet: Packet) {
    const { ipv4: ip, tcp, udp } = packet.layers();
    if (!ip || ip[this.end] !== this.from[0]) return XDP.PASS;
    if (tcp) this.rewrite(ip[this.end], tcp);
    else if (udp) this.rewrite(ip[this.end], udp);
    const [address] = this.to;
    ip.updateChecksum32(ip[this.end], address);
    ip[this.end] = address;
    this.rewritten += 1;
    return XDP.PASS;
  }

  rewrite(before: number, header: Checksummed & Record<"source" | "destination", number>) {
    const [address, port] = this.to;
    if (header[this.end] !== this.from[1]) this.exit(XDP.PASS);
    header.updateChecksum32(before, address);
    header.updateChecksum16(this.from[1], port);
    header[this.end] = port;
  }
}

/** Has the kernel compute the checksums of all that an interface sends, so that the other side can check them. */
function computeChecksums(end: NetworkEnd): void {
  // ETHTOOL_STXCSUM, by SIOCETHTOOL: there is no ethtool everywhere, but a perl.
  const script = `socket(S, 2, 2, 0) or die; my $v = pack("LL", 0x17, 0); my $r = pack("a16 P", $ARGV[0], $v);
    ioctl(S, 0x8946, $r) or die "ethtool: $!";`;
  end.command("perl", "-e", script, end.interfaceName);
}

/** Gives both ends addresses of one network, and tells the client how to reach one that nobody has. */
function address({ near, far }: TestNetwork): void {
  for (const [end, text] of [[near, "10.9.0.1/24"], [far, "10.9.0.2/24"]] as const) {
    end.command("ip", "addr", "add", text, "dev", end.interfaceName);
    computeChecksums(end);
  }
  const { address } = JSON.parse(near.command("ip", "-j", "link", "show", near.interfaceName))[0];
  far.command("ip", "neigh", "add", ipv4.text(virtual), "lladdr", address, "dev", far.interfaceName);
}

/** The runtime that this is, with a script, inside an end's namespace. */
function spawnIn(end: NetworkEnd, ...args: readonly string[]): ChildProcess {
  const script = new URL("testdata/exchange.ts", import.meta.url).pathname;
  const flags = process.versions.bun ? [] : ["run", "--allow-all", "--no-check"];
  const command = [`--net=${end.path}`, process.execPath, ...flags, script, ...args];
  return spawn(findCommand("nsenter")!, command, { stdio: ["pipe", "pipe", "inherit"] });
}

/** All that comes out of a stream until it ends, or until a text comes; the rest is read too: a closed pipe ends its writer. */
function printed(stream: Readable, until?: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    stream.on("data", (part) => {
      text += part;
      if (until !== undefined && text.includes(until)) resolve(text);
    });
    stream.on("end", () => resolve(text));
  });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

for (const mode of ["skb", "drv"] as const) {
  describe(`a rewriting program in mode ${mode}`, needsKernel("ip", "nsenter", "perl", "tcpdump"), () => {
    it("is between two kernels that talk by TCP and UDP", async () => {
      using network = new TestNetwork();
      address(network);
      const { near, far } = network;
      const there = new Rewrite("destination", [virtual, 9999], [server, 8080]);
      const back = new Rewrite("source", [server, 8080], [virtual, 9999]);
      // -vv: the witness checks the checksums by itself.
      const args = [
        `--net=${near.path}`,
        findCommand("tcpdump")!,
        "-i",
        near.interfaceName,
        "-nvv",
        "--immediate-mode",
      ];
      const witness = spawn(findCommand("nsenter")!, [...args, "-c", "6", "tcp or udp port 8080"], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      const seen = printed(witness.stdout);
      await printed(witness.stderr, "listening on");
      const echo = spawnIn(near, "server", "10.9.0.1", "8080");
      try {
        assertStringIncludes(await printed(echo.stdout!, "ready"), "ready");
        using owned = new DisposableStack();
        for (const [end, program] of [[near, there], [far, back]] as const) {
          owned.use(program);
          end.run(() => owned.use(program.attach(end.interfaceName, { mode })));
        }
        const client = spawnIn(far, "client", "10.9.0.100", "9999");
        const answers = await printed(client.stdout!);
        await ended(client);
        assertEquals(answers, "tcp true\nudp odd\n");
        assert(there.rewritten > 3 && back.rewritten > 3);
        const text = await seen;
        assertMatch(text, /10\.9\.0\.2\.\d+ > 10\.9\.0\.1\.8080: Flags \[S\], cksum 0x[0-9a-f]{4} \(correct\)/);
        assertEquals(/> 10\.9\.0\.1\.8080.*incorrect|bad cksum|bad udp/.exec(text), null);
      } finally {
        echo.stdin?.end();
        witness.kill();
        await Promise.all([ended(echo), ended(witness)]);
      }
    });

    it("is between a ping and the kernel that answers it", () => {
      using network = new TestNetwork();
      address(network);
      const { near, far } = network;
      const there = new Rewrite("destination", [virtual, 0], [server, 0]);
      const back = new Rewrite("source", [server, 0], [virtual, 0]);
      withPrograms(mode, [[near, there], [far, back]], () => {
        const [nearMac, farMac] = [near, far].map((end) =>
          mac(JSON.parse(end.command("ip", "-j", "link", "show", end.interfaceName))[0].address)
        );
        near.command("ip", "neigh", "add", "10.9.0.2", "lladdr", mac.text(farMac), "dev", near.interfaceName);
        const ping = new Packet(new Uint8Array(74).map((_, i) => i));
        Object.assign(ping.header(Ethernet), { destination: nearMac, source: farMac, etherType: 0x0800 });
        const ip = ping.header(IPv4, 14);
        Object.assign(ip, { version: 4, headerLength: 20, totalLength: 60, fragment: 0, ttl: 64, protocol: 1 });
        Object.assign(ip, { source: ipv4("10.9.0.2"), destination: virtual, trafficClass: 0 });
        ip.fillChecksum();
        const icmp = ping.header(Icmp, 34);
        Object.assign(icmp, { type: 8, code: 0, checksum: 0, identifier: 7, sequence: 1 });
        icmp.checksum = ping.checksum(34, 40);
        far.send(new Uint8Array(ping.buffer));
        let frame = far.receive(1000);
        while (frame && !(frame[12] === 8 && frame[13] === 0)) frame = far.receive(1000);
        assert(frame, "no answer");
        const answer = new Packet(frame);
        const { ipv4: from, icmp: reply } = answer.layers();
        assertEquals([ipv4.text(from!.source), reply!.type, reply!.identifier], ["10.9.0.100", 0, 7]);
        assertEquals([answer.checksum(14, 20), answer.checksum(34, 40)], [0, 0]);
        assertEquals([there.rewritten, back.rewritten], [1, 1]);
      });
    });
  });
}

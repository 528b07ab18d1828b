/**
 * The examples about packets, as users run them.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Packet, XDP } from "../../mod.ts";
import { exampleCommand, within } from "../support/examples.ts";
import { ipv4Frame } from "../support/frames.ts";
import { needsKernel } from "../support/kernel.ts";
import { ethernetFrame, TestNetwork } from "../support/network.ts";

describe("parse.ts", () => {
  /** A capture of packets: the file's header, then each packet with its own. */
  function capture(packets: readonly Uint8Array[]): Uint8Array {
    const header = new DataView(new ArrayBuffer(24));
    [0xa1b2c3d4, 0x00040002, 0, 0, 65_535, 1].forEach((word, i) => header.setUint32(4 * i, word, true));
    const records = packets.flatMap((packet) => {
      const record = new DataView(new ArrayBuffer(16));
      [1, 0, packet.length, packet.length].forEach((word, i) => record.setUint32(4 * i, word, true));
      return [...new Uint8Array(record.buffer), ...packet];
    });
    return Uint8Array.from([...new Uint8Array(header.buffer), ...records]);
  }

  it("counts the layers of a capture, without permissions but to read it", () => {
    const folder = mkdtempSync(join(tmpdir(), "waggle-parse-"));
    try {
      const file = join(folder, "traffic.pcap");
      const frames = (["tcp", "udp", "icmp"] as const).map((protocol) => ipv4Frame({ protocol }));
      writeFileSync(file, capture([...frames, ipv4Frame({ protocol: "tcp" }), ethernetFrame(60, 0x1234)]));
      const [command, args] = exampleCommand("parse", [file], { permissions: ["--allow-read"] });
      const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
      assertEquals([status, stderr], [0, ""]);
      assertMatch(stdout, /^5 packets, \d+ bytes, 2 connections begun; 0 skipped\n/);
      assertEquals(stdout.split("\n").slice(1).map((line) => line.trim()), [
        ...["ipv4 4", "tcp 2", "udp 1", "icmp 1", "other 1", ""],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("reflector.ts", needsKernel("nsenter"), () => {
  for (const mode of ["skb", "drv"]) {
    it(`answers pings and datagrams in mode ${mode}`, async () => {
      class Pass extends XDP {
        program() {
          return XDP.PASS;
        }
      }
      using network = new TestNetwork();
      const { near, far } = network;
      // veth sends back only to interfaces that have a program themselves.
      using pass = new Pass();
      using _link = near.run(() => pass.attach(near.interfaceName, { mode: mode as "skb" | "drv" }));
      const answers: Uint8Array[] = [];
      using reflecting = within(far.path, "reflector", [far.interfaceName, "600", "--mode", mode]);
      await reflecting.until(`in ${mode} mode`);
      near.send(ipv4Frame({ protocol: "udp" }));
      near.send(ipv4Frame({ protocol: "icmp", payload: 33 }));
      near.send(ipv4Frame({ protocol: "udp", ports: [7, 8] }));
      near.send(ipv4Frame({ protocol: "udp", destinationMac: "ff:ff:ff:ff:ff:ff" }));
      answers.push(...near.drain().filter((frame) => frame[12] === 8 && frame[13] === 0));
      await reflecting.until("pings: 1   datagrams: 1\n");
      await reflecting.end("SIGINT");
      assertEquals(answers.length, 2);
      const [datagram, ping] = answers.map((frame) => new Packet(frame));
      assertEquals([datagram.layers().udp?.source, datagram.layers().udp?.destination], [7, 40_000]);
      const { ipv4, icmp, ethernet } = ping.layers();
      assert(ipv4 && icmp);
      assertEquals([icmp.type, ipv4.source, ethernet.destination], [0, 0x0a000002, 0x020000000001]);
      assertEquals(ping.checksum(34, 41), 0);
      assertEquals(datagram.checksum(34, 34, datagram.layers().ipv4!.pseudoHeaderSum(34)), 0);
    });
  }
});

describe("firewall.ts", needsKernel("nsenter"), () => {
  it("drops what its rules say, and counts for each", async () => {
    using network = new TestNetwork();
    const { near, far } = network;
    const frames = [
      ipv4Frame({ protocol: "icmp", source: "203.0.113.7" }),
      ipv4Frame({ protocol: "udp", source: "203.0.113.7" }),
      ipv4Frame({ protocol: "udp", source: "203.0.114.7" }),
      ipv4Frame({ protocol: "tcp", ports: [1, 23] }),
      ipv4Frame({ protocol: "udp", ports: [1, 23] }),
      ipv4Frame({ protocol: "udp", ports: [1, 69] }),
      ipv4Frame({ protocol: "udp", ports: [1, 69], destination: "11.0.0.1" }),
    ];
    const permissions = ["--allow-ffi", "--allow-read"];
    using filtering = within(far.path, "firewall", [far.interfaceName, "600"], { permissions });
    await filtering.until("5 rules on far");
    for (const frame of frames) near.send(frame);
    const passed = far.drain().filter((frame) => frame[12] === 8 && frame[13] === 0);
    assertEquals(passed, [0, 2, 4, 6].map((i) => frames[i]));
    await filtering.until(/^ +1 \{.*\n +1 \{.*\n +0 \{.*\n +1 \{.*\n +1 \{/m);
    await filtering.end("SIGINT");
  });
});

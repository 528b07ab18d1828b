/**
 * The examples with maps, as users run them.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { commandFor, running } from "../support/examples.ts";
import { ipv4Frame } from "../support/frames.ts";
import { needsKernel } from "../support/kernel.ts";
import { ethernetFrame, TestNetwork } from "../support/network.ts";

const permissions = ["--allow-ffi"];
const isIPv4 = (frame: Uint8Array) => frame[12] === 8 && frame[13] === 0;

describe("flows.ts", needsKernel("nsenter"), () => {
  it("shows the busiest flows first", async () => {
    using network = new TestNetwork();
    const { near, far } = network;
    const output = await running(
      far,
      commandFor("flows", permissions, [far.interfaceName, "2"]),
      "watching far",
      () => {
        near.send(ipv4Frame({ protocol: "udp", ports: [5000, 53] }), 3);
        near.send(ipv4Frame({ protocol: "tcp", source: "10.9.9.9", ports: [6000, 443] }), 7);
        near.send(ipv4Frame({ protocol: "icmp" }), 1);
        far.drain();
      },
    );
    const table = output.split("\n").filter((line) => /TCP|UDP|ICMP/.test(line)).slice(-3);
    const columns = table.map((line) => line.trim().split(/ +/).slice(0, 5));
    assertEquals(columns, [
      ["10.9.9.9:6000", "10.0.0.2:443", "TCP", "7", "560"],
      ["10.0.0.1:5000", "10.0.0.2:53", "UDP", "3", "204"],
      ["10.0.0.1", "10.0.0.2", "ICMP", "1", "68"],
    ]);
  });
});

describe("blocklist.ts", needsKernel("nsenter"), () => {
  it("is edited while it works", async () => {
    using network = new TestNetwork();
    const { near, far } = network;
    const lines = [
      "+10.0.0.0/8",
      "+10.7.0.0/16",
      "+192.168.0.0/16",
      "-192.168.0.0/16",
      "+10.0.0.1/8",
      "+2001:db8::/32",
      "?",
      "",
    ];
    let passed: Uint8Array[] = [];
    const frames = ["10.0.0.1", "10.7.1.1", "192.168.1.1", "11.0.0.1"].map((source) =>
      ipv4Frame({ protocol: "udp", source })
    );
    const command = commandFor("blocklist", permissions, [far.interfaceName, "2"]);
    const output = await running(far, command, "2001:db8::/32: 0 packets", () => {
      for (const frame of frames) near.send(frame, 2);
      passed = far.drain().filter(isIPv4);
    }, lines.join("\n") + "\n");
    assertEquals(passed, [frames[2], frames[2], frames[3], frames[3]]);
    assertStringIncludes(output, "192.168.0.0/16 may come in again\n");
    assertStringIncludes(output, "the address has bits beyond it");
    assertStringIncludes(output, "+NETWORK blocks");
    assertEquals(output.trimEnd().split("\n").slice(-3).sort(), [
      "10.0.0.0/8: 2 packets dropped",
      "10.7.0.0/16: 2 packets dropped",
      "2001:db8::/32: 0 packets dropped",
    ]);
  });
});

describe("histogram.ts", needsKernel("nsenter"), () => {
  it("draws the lengths of packets", async () => {
    using network = new TestNetwork();
    const { near, far } = network;
    const command = commandFor("histogram", permissions, [far.interfaceName, "2"]);
    const output = await running(far, command, "measuring packets on far", () => {
      near.send(ethernetFrame(300), 10);
      near.send(ethernetFrame(1200), 5);
      far.drain();
    });
    assertMatch(output, /256–511 █{50} 10\n/);
    assertMatch(output, /1024–2047 █{25} +5\n/);
  });
});

describe("percpu.ts", needsKernel("nsenter"), () => {
  it("counts on each processor", async () => {
    using network = new TestNetwork();
    const { near, far } = network;
    const output = await running(
      far,
      commandFor("percpu", permissions, [far.interfaceName, "2"]),
      "counting on far",
      () => {
        near.send(ethernetFrame(100), 10);
        far.drain();
      },
    );
    const last = output.split("all: ").at(-1)!;
    const [, packets, bytes] = /^(\d+) packets, (\d+) bytes/.exec(last)!;
    assert(Number(packets) >= 10 && Number(bytes) >= 1000, output);
    const each = [...output.split("all: ").at(-2)!.matchAll(/CPU \d+: (\d+) packets/g)].map(([, count]) =>
      Number(count)
    );
    assertEquals(each.reduce((a, b) => a + b), Number(packets));
  });
});

describe("ratelimit.ts", needsKernel("nsenter"), () => {
  it("lets a burst of each source pass", async () => {
    using network = new TestNetwork();
    const { near, far } = network;
    const args = [far.interfaceName, "2", "--rate", "1", "--burst", "5"];
    let passed: Uint8Array[] = [];
    const output = await running(far, commandFor("ratelimit", permissions, args), "1 packets a second", () => {
      for (const source of ["10.0.0.1", "10.0.0.3"]) near.send(ipv4Frame({ protocol: "udp", source }), 40);
      passed = far.drain().filter(isIPv4);
    });
    assert(passed.length >= 10 && passed.length < 20, String(passed.length));
    for (const source of ["10.0.0.1", "10.0.0.3"]) {
      const line = output.split("\n").filter((line) => line.startsWith(`${source}: `)).at(-1);
      const [, passed, dropped] = /: (\d+) passed, (\d+) dropped$/.exec(line ?? "")!;
      assert(Number(passed) >= 5);
      assertEquals(Number(passed) + Number(dropped), 40);
    }
  });

  it("explains its command line", () => {
    const [command, args] = commandFor("ratelimit", permissions, ["eth0", "--rate", "0"]);
    const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
    assertEquals([status, stderr.startsWith("usage: ratelimit.ts IFACE [SECONDS] [--rate")], [2, true]);
  });
});

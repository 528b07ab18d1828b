/**
 * The examples with maps, as users run them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { exampleCommand, within } from "../support/examples.ts";
import { ipv4Frame } from "../support/frames.ts";
import { needsKernel } from "../support/kernel.ts";
import { ethernetFrame, TestNetwork } from "../support/network.ts";

const isIPv4 = (frame: Uint8Array) => frame[12] === 8 && frame[13] === 0;

describe("flows.ts", needsKernel("nsenter"), () => {
  it("shows the busiest flows first", async () => {
    using network = new TestNetwork();
    const { near, far } = network;
    using watching = within(far.path, "flows", [far.interfaceName, "600"]);
    await watching.until("watching far");
    near.send(ipv4Frame({ protocol: "udp", ports: [5000, 53] }), 3);
    near.send(ipv4Frame({ protocol: "tcp", source: "10.9.9.9", ports: [6000, 443] }), 7);
    near.send(ipv4Frame({ protocol: "icmp" }), 1);
    const rows = [
      ["10.9.9.9:6000", "10.0.0.2:443", "TCP", "7", "560"],
      ["10.0.0.1:5000", "10.0.0.2:53", "UDP", "3", "204"],
      ["10.0.0.1", "10.0.0.2", "ICMP", "1", "68"],
    ];
    // In whole tables: the last one may not have come to its end yet.
    const tables = (output: string) =>
      output.split(/^from .*\n/m).slice(1, -1).map((table) =>
        table.trim().split("\n").map((line) => line.trim().split(/ +/).slice(0, 5))
      );
    await watching.until((output) => JSON.stringify(tables(output).at(-1)) === JSON.stringify(rows));
    await watching.end("SIGINT");
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
    const frames = ["10.0.0.1", "10.7.1.1", "192.168.1.1", "11.0.0.1"].map((source) =>
      ipv4Frame({ protocol: "udp", source })
    );
    using blocking = within(far.path, "blocklist", [far.interfaceName, "600"]);
    await blocking.until("blocking on far");
    blocking.tell(lines.join("\n") + "\n");
    for (
      const words of [
        "192.168.0.0/16 may come in again\n",
        "the address has bits beyond it",
        "+NETWORK blocks",
        "2001:db8::/32: 0 packets dropped\n",
      ]
    ) await blocking.until(words);
    for (const frame of frames) near.send(frame, 2);
    assertEquals(far.drain().filter(isIPv4), [frames[2], frames[2], frames[3], frames[3]]);
    blocking.tell("\n");
    await blocking.until("10.0.0.0/8: 2 packets dropped\n");
    await blocking.until("10.7.0.0/16: 2 packets dropped\n");
    await blocking.end("SIGINT");
  });
});

describe("histogram.ts", needsKernel("nsenter"), () => {
  it("draws the lengths of packets", async () => {
    using network = new TestNetwork();
    const { near, far } = network;
    using measuring = within(far.path, "histogram", [far.interfaceName, "600"]);
    await measuring.until("measuring packets on far");
    near.send(ethernetFrame(300), 10);
    near.send(ethernetFrame(1200), 5);
    await measuring.until(/256–511 █{50} 10\n/);
    await measuring.until(/1024–2047 █{25} +5\n/);
    await measuring.end("SIGINT");
  });
});

describe("percpu.ts", needsKernel("nsenter"), () => {
  it("counts on each processor", async () => {
    using network = new TestNetwork();
    const { near, far } = network;
    using counting = within(far.path, "percpu", [far.interfaceName, "600"]);
    await counting.until("counting on far");
    near.send(ethernetFrame(100), 10);
    await counting.until(/^all: \d\d+ packets, \d{4,} bytes/m);
    const output = await counting.end("SIGINT");
    const [, each, all] = /((?:^CPU .*\n)+)^all: (\d\d+) packets/m.exec(output)!;
    const counts = [...each.matchAll(/CPU \d+: (\d+) packets/g)].map(([, count]) => Number(count));
    assertEquals(counts.reduce((a, b) => a + b), Number(all));
  });
});

describe("ratelimit.ts", needsKernel("nsenter"), () => {
  it("lets a burst of each source pass", async () => {
    using network = new TestNetwork();
    const { near, far } = network;
    const sources = ["10.0.0.1", "10.0.0.3"];
    using limiting = within(far.path, "ratelimit", [far.interfaceName, "600", "--rate", "1", "--burst", "5"]);
    await limiting.until("1 packets a second");
    for (const source of sources) near.send(ipv4Frame({ protocol: "udp", source }), 40);
    const passed = far.drain().filter(isIPv4);
    assert(passed.length >= 10 && passed.length < 80, String(passed.length));
    for (const source of sources) {
      const last = (output: string) =>
        [...output.matchAll(/^(.*): (\d+) passed, (\d+) dropped\n/gm)].filter(([, from]) => from === source).at(-1);
      await limiting.until((output) => Number(last(output)?.[2]) + Number(last(output)?.[3]) === 40);
      assert(Number(last(limiting.output)![2]) >= 5);
    }
    await limiting.end("SIGINT");
  });

  it("explains its command line", () => {
    const [command, args] = exampleCommand("ratelimit", ["eth0", "--rate", "0"]);
    const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
    assertEquals([status, stderr.startsWith("usage: ratelimit.ts IFACE [SECONDS] [--rate")], [2, true]);
  });
});

/**
 * The examples, as users run them.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { XDP } from "../../mod.ts";
import { BpfFs } from "../support/bpffs.ts";
import { exampleCommand, Running, within } from "../support/examples.ts";
import { needsKernel } from "../support/kernel.ts";
import { ethernetFrame, TestNetwork } from "../support/network.ts";
import { findCommand, needs } from "../support/skip.ts";

describe("count.ts", needsKernel("nsenter"), () => {
  for (const [mode, real] of [["auto", "drv"], ["skb", "skb"], ["drv", "drv"]]) {
    it(`counts live packets in mode ${mode}`, async () => {
      using network = new TestNetwork();
      const { near, far } = network;
      using counting = within(far.path, "count", [far.interfaceName, "600", "--mode", mode]);
      await counting.until(`counting on far in ${real} mode`);
      near.send(ethernetFrame(), 7);
      await counting.until("packets so far: 7\n");
      await counting.end("SIGINT");
    });
  }

  it("ends in time", async () => {
    using network = new TestNetwork();
    const { far } = network;
    using counting = within(far.path, "count", [far.interfaceName, "1"]);
    assertMatch(await counting.end(), /^counting on far in drv mode\npackets so far: \d+\n$/);
  });

  it("says what is wrong", async () => {
    using network = new TestNetwork();
    const { far } = network;
    const output = await within(far.path, "count", ["nosuch0"]).end();
    assertStringIncludes(output, 'EbpfError: Cannot find network interface "nosuch0": there is none');
    assertStringIncludes(output, "Remedy: This network namespace has: lo, far");
    const impossible = await within(far.path, "count", [far.interfaceName, "1", "--mode", "hw"]).end();
    assertStringIncludes(impossible, "the network card cannot run XDP programs");
  });
});

describe("the examples' command line", needs("linux"), () => {
  const usage = /^usage: count\.ts IFACE \[SECONDS\] \[--mode auto\|skb\|drv\|hw\]\n$/;

  for (
    const args of [[], ["eth0", "soon"], ["eth0", "-1"], ["eth0", "--mode", "fast"], ["eth0", "--loud"], [
      "a",
      "1",
      "b",
    ]]
  ) {
    it(`is explained if it says: ${args.join(" ") || "nothing"}`, () => {
      const [command, all] = exampleCommand("count", args);
      const { status, stderr } = spawnSync(command, all, { encoding: "utf8" });
      assertEquals(status, 2);
      assertMatch(stderr, usage);
    });
  }
});

describe("ipcount.ts", needsKernel("nsenter"), () => {
  it("tells IPv4, IPv6 and the rest apart", async () => {
    using network = new TestNetwork();
    const { near, far } = network;
    using counting = within(far.path, "ipcount", [far.interfaceName, "600"]);
    await counting.until("counting on far");
    for (const [etherType, frames] of [[0x0800, 5], [0x86dd, 3], [0x0806, 2], [0x0008, 1]]) {
      near.send(ethernetFrame(60, etherType), frames);
    }
    await counting.until("IPv4: 5   IPv6: 3\n");
    await counting.end("SIGINT");
  });

  it("counts from one process to the other", needs("mount", "umount"), async () => {
    using network = new TestNetwork();
    using bpffs = new BpfFs();
    const { near, far } = network;
    const run = (...args: readonly string[]) =>
      within(far.path, "ipcount", [...args, far.interfaceName, "--pins", bpffs.path]).end();
    assertStringIncludes(await run("--show"), "nothing is pinned there as prog");
    assertEquals(await run("--attach", "--mode", "skb"), "counting on far in skb mode from now on\n");
    near.send(ethernetFrame(60, 0x0800), 5);
    near.send(ethernetFrame(60, 0x86dd), 3);
    far.drain();
    assertEquals(await run("--show"), "IPv4: 5   IPv6: 3\n");
    near.send(ethernetFrame(60, 0x86dd), 4);
    far.drain();
    assertStringIncludes(await run("--attach"), "prog and globals are there already");
    assertEquals(await run("--show"), "IPv4: 5   IPv6: 7\n");
    assertEquals(await run("--detach"), "IPv4: 5   IPv6: 7, and no more\n");
    assertEquals([bpffs.list(), XDP.attached(far.index, { namespace: far.path })], [[], []]);
    assertStringIncludes(await run("--detach"), "nothing is pinned there as prog");
  });

  it("leaves no pins where it cannot be attached", needs("mount", "umount"), async () => {
    using network = new TestNetwork();
    using bpffs = new BpfFs();
    const { far } = network;
    const output = await within(far.path, "ipcount", ["--attach", "nosuch0", "--pins", bpffs.path]).end();
    assertStringIncludes(output, 'network interface "nosuch0"');
    assertEquals(bpffs.list(), []);
  });

  it("explains its command line", () => {
    const [command, all] = exampleCommand("ipcount", ["--attach", "--show", "eth0"]);
    const { status, stderr } = spawnSync(command, all, { encoding: "utf8" });
    assertEquals(status, 2);
    assertStringIncludes(stderr, "ipcount.ts --attach|--show|--detach IFACE [--pins FOLDER]\n");
  });
});

/** A frame of TCP over IPv4, from 10.0.0.1:1000 to 10.0.0.2. */
function tcpFrame(port: number, flags: number): Uint8Array {
  const frame = ethernetFrame(60, 0x0800).fill(0, 14);
  frame.set([0x45, 0, 0, 40], 14);
  frame.set([64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1000 >> 8, 1000 & 0xff, port >> 8, port & 0xff], 22);
  frame.set([0x50, flags], 46);
  return frame;
}

describe("events.ts", needsKernel("nsenter"), () => {
  it("shows connections that are opened", async () => {
    using network = new TestNetwork();
    const { near, far } = network;
    using watching = within(far.path, "events", [far.interfaceName, "600"]);
    await watching.until("watching far in drv mode");
    const [syn, ack] = [0x02, 0x10];
    for (const [port, flags] of [[80, syn], [81, ack], [443, syn], [82, syn | ack]]) near.send(tcpFrame(port, flags));
    near.send(ethernetFrame());
    const lines = "10.0.0.1:1000 → 10.0.0.2:80\n10.0.0.1:1000 → 10.0.0.2:443\n";
    await watching.until(lines);
    assertStringIncludes(await watching.end("SIGINT"), `mode\n${lines}`);
  });

  it("ends in time", async () => {
    using network = new TestNetwork();
    const { far } = network;
    using watching = within(far.path, "events", [far.interfaceName, "1"]);
    assertEquals(await watching.end(), "watching far in drv mode\n0 events were lost\n");
  });
});

describe("demo.ts", needsKernel("setpriv", "ip"), () => {
  const counted = /(\d+) packets were sent, (\d+) were counted\.\n$/;

  it("counts in the kernel, and leaves nothing behind", async () => {
    const interfaces = () => spawnSync(findCommand("ip")!, ["-o", "link"], { encoding: "utf8" }).stdout;
    const before = interfaces();
    const [command, args] = exampleCommand("demo", []);
    const output = await new Running(command, args).end();
    assertMatch(output, /^Counting in the kernel \(drv mode\), \d+ ms after the start of this process\.\n/);
    const [, sent, seen] = counted.exec(output)!;
    assert(Number(sent) > 500 && sent === seen, output);
    assert(output.split("\n").length > 4, "one line after the other, where there is no terminal");
    assertEquals(interfaces(), before);
  });

  it("ends early on Ctrl-C, as tidily", async () => {
    const [command, args] = exampleCommand("demo", []);
    using running = new Running(command, args);
    await running.until("packets counted: ");
    const [, sent, seen] = counted.exec(await running.end("SIGINT"))!;
    assert(Number(sent) > 0 && sent === seen);
  });

  it("counts in the virtual machine where the kernel says no, and says why", async () => {
    const dropped = "-sys_admin,-net_admin,-bpf";
    const [command, args] = exampleCommand("demo", []);
    const all = ["--bounding-set", dropped, "--inh-caps", dropped, command, ...args];
    using running = new Running(findCommand("setpriv")!, all);
    await running.until("packets counted: ");
    const output = await running.end("SIGINT");
    assertMatch(output, /^Cannot .*CAP_SYS_ADMIN is missing \(EPERM\)\. Counting in the virtual machine instead\.\n/);
    const [, sent, seen] = counted.exec(output)!;
    assert(Number(sent) > 0 && sent === seen);
  });
});

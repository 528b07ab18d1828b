/**
 * What programs are told besides the packet, and the kernel's helpers: as plain JavaScript, in the virtual machine and in the
 * kernel.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  array,
  EbpfError,
  ErrorCode,
  Ethernet,
  FibLookup,
  FibResult,
  globalVar,
  type Infer,
  IPv4,
  ipv4,
  ipv6,
  kernel,
  localVar,
  mac,
  Packet,
  u32,
  u64,
  XDP,
  type XdpContext,
} from "../../mod.ts";
import { needsKernel } from "../support/kernel.ts";
import { TestNetwork } from "../support/network.ts";

const engines = ["js", "vm", "kernel"] as const;

describe("the program's context", needsKernel(), () => {
  class Where extends XDP {
    @globalVar(array(u32, 3))
    accessor found = [0, 0, 0];

    program(packet: Packet, context: XdpContext) {
      const { ingressIfindex } = context;
      this.found = [ingressIfindex, context.rxQueueIndex, packet.totalLength];
      return ingressIfindex === 1 ? XDP.PASS : XDP.DROP;
    }
  }

  it("says where the packet comes from", () => {
    for (const on of engines) {
      using program = new Where();
      assertEquals(program.test(new Uint8Array(60), { on }).name, "PASS");
      assertEquals([...program.found], [1, 0, 60], on);
    }
  });

  it("says what the test says", () => {
    for (const on of ["js", "vm"] as const) {
      using program = new Where();
      const { name } = program.test(new Uint8Array(64), { on, context: { ingressIfindex: 7, rxQueueIndex: 3 } });
      assertEquals([name, ...program.found], ["DROP", 7, 3, 64]);
    }
    using program = new Where();
    program.test(new Uint8Array(64), { on: "kernel", context: { ingressIfindex: 1, rxQueueIndex: 0 } });
    assertEquals([...program.found], [1, 0, 64]);
  });

  it("has no other fields", () => {
    class Other extends XDP {
      program(_packet: Packet, context: XdpContext) {
        return (context as unknown as { data: number }).data === 0 ? XDP.DROP : XDP.PASS;
      }
    }
    const error = assertThrows(() => new Other().check(), EbpfError);
    assertStringIncludes(error.message, "Cannot use .data of the program's context");
    assertStringIncludes(error.message, "ingressIfindex, rxQueueIndex");
  });
});

describe("helpers", needsKernel(), () => {
  it("tell the time, and where the program runs", () => {
    class Clocks extends XDP {
      @globalVar(array(u64, 5))
      accessor times = [0n, 0n, 0n, 0n, 0n];
      @globalVar(u32)
      accessor node = 99;

      program() {
        const { bpf } = this;
        this.times = [
          bpf.ktimeGetNs(),
          bpf.ktimeGetBootNs(),
          bpf.ktimeGetCoarseNs(),
          bpf.ktimeGetTaiNs(),
          bpf.jiffies64(),
        ];
        this.node = bpf.getNumaNodeId();
      }
    }
    for (const on of engines) {
      using program = new Clocks();
      program.test(new Uint8Array(64), { on });
      const [monotonic, boot, coarse, tai, jiffies] = program.times;
      const day = 86_400_000_000_000n;
      assert(monotonic > 0n && jiffies > 0n, on);
      assert(boot >= monotonic && coarse - monotonic < 1_000_000_000n && monotonic - coarse < 1_000_000_000n, on);
      assert(on === "vm" || tai - BigInt(Date.now()) * 1_000_000n < day, on);
      assertEquals(program.node, 0);
    }
  });

  it("redirect to an interface", () => {
    class Forward extends XDP {
      program(packet: Packet) {
        return this.bpf.redirect(packet.getUint8(0));
      }
    }
    for (const on of engines) {
      using program = new Forward();
      const { name, redirectIfindex } = program.test(new Uint8Array(64).fill(9), { on });
      assertEquals([name, redirectIfindex], ["REDIRECT", on === "kernel" ? undefined : 9]);
    }
    assertEquals(assertThrows(() => new Forward().bpf.redirect(1), EbpfError).code, ErrorCode.NoPacket);
  });
});

describe("lookups of routes", needsKernel("ip", "nsenter"), () => {
  class Router extends XDP {
    @localVar(FibLookup)
    accessor route!: Infer<typeof FibLookup>;
    @globalVar(u32)
    accessor result = 99;
    @globalVar(u32)
    accessor mtu = 0;

    @kernel(() => ({ Ethernet, IPv4, FibResult }))
    program(packet: Packet, { ingressIfindex }: XdpContext) {
      const ip = packet.header(IPv4, 14);
      const { route } = this;
      route.family = 2;
      route.ifindex = ingressIfindex;
      route.totalLength = ip.totalLength;
      route.ipv4Source = ip.source;
      route.ipv4Destination = ip.destination;
      const result = this.bpf.fibLookup(route);
      this.result = result;
      this.mtu = route.totalLength;
      if (result !== FibResult.success) return XDP.PASS;
      const ethernet = packet.header(Ethernet);
      ethernet.source = route.sourceMac;
      ethernet.destination = route.destinationMac;
      return this.bpf.redirect(route.ifindex);
    }
  }

  const to = (address: string) => {
    const packet = new Packet(new Uint8Array(64));
    packet.header(Ethernet).etherType = 0x0800;
    const ip = packet.header(IPv4, 14);
    Object.assign(ip, { version: 4, headerLength: 20, totalLength: 50, ttl: 64, source: ipv4("10.1.0.2") });
    ip.destination = ipv4(address);
    return new Uint8Array(packet.buffer);
  };

  it("are answered by the test", () => {
    for (const on of ["js", "vm"] as const) {
      using program = new Router();
      const { name, packet, redirectIfindex } = program.test(to("10.2.0.9"), {
        on,
        fibLookup(parameters, flags) {
          assertEquals([parameters.family, parameters.totalLength, flags], [2, 50, 0]);
          assertEquals(ipv4.text(parameters.ipv4Destination), "10.2.0.9");
          parameters.ifindex = 5;
          parameters.sourceMac = mac("02:00:00:00:00:05");
          parameters.destinationMac = mac("02:00:00:00:00:09");
          return 0;
        },
      });
      assertEquals([name, redirectIfindex, program.result], ["REDIRECT", 5, 0]);
      assertEquals([...packet.slice(0, 12)], [2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 5]);
      assertEquals(program.test(to("10.2.0.9"), { on }).name, "PASS");
      assertEquals(program.result, FibResult.notForwarded);
    }
  });

  it("are answered by the kernel's routes", () => {
    using network = new TestNetwork();
    const { near, near: { interfaceName: name, index: ingressIfindex } } = network;
    near.command("ip", "addr", "add", "10.1.0.1/24", "dev", name);
    near.command("ip", "neigh", "add", "10.1.0.7", "lladdr", "02:00:00:00:00:07", "dev", name);
    near.command("ip", "route", "add", "blackhole", "10.3.0.0/16");
    near.command("sh", "-c", `echo 1 > /proc/sys/net/ipv4/conf/${name}/forwarding`);
    near.run(() => {
      using program = new Router();
      const test = (address: string) => {
        const { name, packet } = program.test(to(address), { on: "kernel", context: { ingressIfindex } });
        return [name, program.result, mac.text(new Packet(packet).header(Ethernet).destination)];
      };
      assertEquals(test("10.1.0.7"), ["REDIRECT", FibResult.success, "02:00:00:00:00:07"]);
      assertEquals(test("10.3.0.7"), ["PASS", FibResult.blackhole, "00:00:00:00:00:00"]);
      assertEquals(test("10.1.0.8")[1], FibResult.noNeighbor);
      assertEquals(test("10.9.0.8")[1], FibResult.notForwarded);
    });
  });

  it("take a variable of their type, and flags that are known", () => {
    class Wrong extends XDP {
      program() {
        return this.bpf.fibLookup({} as Infer<typeof FibLookup>) === 0 ? XDP.DROP : XDP.PASS;
      }
    }
    const error = assertThrows(() => new Wrong().check(), EbpfError);
    assertStringIncludes(error.message, "Cannot look for a route with");
  });

  it("have the kernel's layout", () => {
    const { size, places } = FibLookup;
    assertEquals(size, 64);
    const offsets = Object.values(places).map(({ offset }) => offset);
    assertEquals(offsets, [0, 1, 2, 4, 6, 8, 12, 16, 32, 48, 50, 52, 58]);
    const view = new Packet(new Uint8Array(64)).header(FibLookup);
    view.source = ipv6("2001:db8::1");
    view.ipv4Destination = ipv4("10.0.0.1");
    assertEquals([ipv4.text(view.ipv4Source), view.destination.low], ["32.1.13.184", 0n]);
  });
});

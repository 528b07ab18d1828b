/**
 * Headers and addresses: as plain JavaScript, in the virtual machine and in the kernel.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  Arp,
  array,
  type ArrayView,
  be16,
  Dns,
  EbpfError,
  Ethernet,
  globalVar,
  Gre,
  Icmp,
  Icmpv6,
  IPv4,
  ipv4,
  IPv6,
  ipv6,
  IPv6Extension,
  IPv6Fragment,
  kernel,
  mac,
  Mpls,
  Packet,
  packetVar,
  struct,
  Tcp,
  u32,
  u8,
  Udp,
  Vlan,
  Vxlan,
  XDP,
} from "../../mod.ts";
import { PacketEnd } from "../../src/program/packet.ts";
import { needsKernel } from "../support/kernel.ts";

/** A SYN from 10.0.0.1:40000 to 10.0.0.2:80, with `words` words of IPv4 header, behind VLAN tags. */
function syn({ words = 5, tags = 0 } = {}): Uint8Array {
  const bytes = new Uint8Array(14 + 4 * tags + 4 * words + 20);
  const packet = new Packet(bytes);
  const ethernet = packet.header(Ethernet);
  ethernet.destination = mac("02:00:00:00:00:02");
  ethernet.source = mac("fe:dc:ba:98:76:54");
  let type: { etherType: number } = ethernet;
  let at = 14;
  for (let i = 0; i < tags; i++) {
    type.etherType = 0x8100;
    type = packet.header(Vlan, at);
    at += 4;
  }
  type.etherType = 0x0800;
  const ip = packet.header(IPv4, at);
  Object.assign(ip, { version: 4, headerWords: words, totalLength: 4 * words + 20, ttl: 64, protocol: 6 });
  Object.assign(ip, { source: ipv4("10.0.0.1"), destination: ipv4("10.0.0.2") });
  Object.assign(packet.header(Tcp, at + 4 * words), { source: 40_000, destination: 80, headerWords: 5, syn: true });
  return bytes;
}

/** What can be seen of a run must be the same everywhere. */
function everywhere<T extends XDP>(create: () => T, packet: Uint8Array, answer: (program: T) => unknown): unknown[] {
  const [expected, ...others] = (["js", "vm", "kernel"] as const).map((on) => {
    using program = create();
    const result = program.test(packet, { on });
    return [result.name, answer(program), [...result.packet]];
  });
  for (const other of others) assertEquals(other, expected);
  return expected;
}

describe("packet.header()", needsKernel(), () => {
  it("walks from header to header", () => {
    class Ports extends XDP {
      @globalVar(u32)
      accessor port = 0;
      @globalVar(u32)
      accessor source = 0;

      @kernel(() => ({ Ethernet, Vlan, IPv4, Tcp }))
      program(packet: Packet) {
        let { etherType } = packet.header(Ethernet);
        let at = 14;
        for (let i = 0; i < 3 && etherType === 0x8100; i++) {
          etherType = packet.header(Vlan, at).etherType;
          at += 4;
        }
        if (etherType !== 0x0800) return XDP.PASS;
        const ip = packet.header(IPv4, at);
        if (ip.version !== 4 || ip.protocol !== 6) return XDP.PASS;
        const tcp = packet.header(Tcp, at + ip.headerWords * 4);
        if (!tcp.syn || tcp.ack) return XDP.PASS;
        this.source = ip.source;
        this.port = tcp.destination;
        return XDP.DROP;
      }
    }
    const answer = ({ port, source }: Ports) => [port, ipv4.text(source)];
    for (const shape of [{}, { words: 7 }, { tags: 1 }, { tags: 3, words: 15 }]) {
      assertEquals(everywhere(() => new Ports(), syn(shape), answer).slice(0, 2), ["DROP", [80, "10.0.0.1"]]);
    }
    for (const packet of [syn({ tags: 4 }), syn().subarray(0, 53), syn().subarray(0, 20)]) {
      assertEquals(everywhere(() => new Ports(), packet, answer).slice(0, 2), ["PASS", [0, "0.0.0.0"]]);
    }
  });

  it("changes the packet", () => {
    class Swap extends XDP {
      @kernel(() => ({ Ethernet, IPv4, Tcp, mac }))
      program(packet: Packet) {
        const ethernet = packet.header(Ethernet);
        const before = ethernet.source;
        ethernet.source = ethernet.destination;
        ethernet.destination = before;
        const ip = packet.header(IPv4, 14);
        ip.ttl -= 1;
        [ip.source, ip.destination] = [ip.destination, ip.source];
        const tcp = packet.header(Tcp, 14 + ip.headerWords * 4);
        tcp.ack = true;
        tcp.sequence += 1;
        if (ethernet.source === mac("02:00:00:00:00:02")) tcp.window = 0x1234;
        return XDP.TX;
      }
    }
    const [action, , bytes] = everywhere(() => new Swap(), syn({ words: 6 }), () => undefined);
    const packet = new Packet(Uint8Array.from(bytes as number[]));
    const [ethernet, ip, tcp] = [packet.header(Ethernet), packet.header(IPv4, 14), packet.header(Tcp, 38)];
    assertEquals(action, "TX");
    assertEquals(mac.text(ethernet.destination), "fe:dc:ba:98:76:54");
    assertEquals([ip.ttl, ipv4.text(ip.source), ipv4.text(ip.destination)], [63, "10.0.0.2", "10.0.0.1"]);
    assertEquals([tcp.syn, tcp.ack, tcp.fin, tcp.sequence, tcp.window], [true, true, false, 1, 0x1234]);
  });

  it("takes structs of the user's, with arrays", () => {
    const Option = struct({ kind: u8, length: u8, values: array(be16, 3) }, { packed: true });
    class Values extends XDP {
      @globalVar(u32)
      accessor sum = 0;

      @kernel(() => ({ Option }))
      program(packet: Packet) {
        const option = packet.header(Option, packet.getUint8(0));
        for (const value of option.values) this.sum += value;
        option.values[packet.getUint8(1)] = option.kind;
        return XDP.TX;
      }
    }
    const bytes = Uint8Array.from({ length: 40 }, (_, i) => i);
    for (const at of [2, 30, 32, 33, 255]) {
      for (const index of [0, 2, 3, 200]) {
        const packet = bytes.with(0, at).with(1, index);
        const [action, sum] = everywhere(() => new Values(), packet, ({ sum }) => sum);
        assertEquals(action, at <= 32 ? "TX" : "PASS");
        if (at === 30) assertEquals(sum, 0x2021 + 0x2223 + 0x2425);
      }
    }
  });

  it("reads IPv6 addresses as two halves", () => {
    class Local extends XDP {
      @globalVar(ipv6)
      accessor last!: { high: bigint; low: bigint };

      @kernel(() => ({ IPv6, ipv6 }))
      program(packet: Packet) {
        const ip = packet.header(IPv6, 14);
        this.last = ip.source;
        return ip.source.high === ipv6("fe80::").high ? XDP.DROP : XDP.PASS;
      }
    }
    const bytes = new Uint8Array(54);
    Object.assign(new Packet(bytes).header(IPv6, 14), { source: ipv6("fe80::1:2") });
    const [action, text] = everywhere(() => new Local(), bytes, ({ last }) => ipv6.text(last));
    assertEquals([action, text], ["DROP", "fe80::1:2"]);
  });

  it("says what it cannot take", () => {
    class Wrong extends XDP {
      program(packet: Packet) {
        packet.header({} as typeof Ethernet);
      }
    }
    using program = new Wrong();
    const error = assertThrows(() => program.assemble(), EbpfError);
    assertStringIncludes(error.message, "as the type of packet.header()");
    const packet = new Packet(new Uint8Array(20));
    assertThrows(() => packet.header(Ethernet, 7), PacketEnd);
    assertThrows(() => packet.header(Ethernet, -1), PacketEnd);
    assertEquals(packet.header(Ethernet, 6).etherType, 0);
  });
});

describe("headers", () => {
  it("have the sizes of their protocols", () => {
    const sizes = { Ethernet, Vlan, Arp, IPv4, IPv6, IPv6Extension, IPv6Fragment, Tcp, Udp, Icmp, Icmpv6 };
    const more = { Gre, Vxlan, Mpls, Dns };
    assertEquals(
      Object.entries({ ...sizes, ...more }).map(([name, { size }]) => `${name} ${size}`).join(", "),
      [
        "Ethernet 14, Vlan 4, Arp 28, IPv4 20, IPv6 40, IPv6Extension 2, IPv6Fragment 8, Tcp 20, Udp 8, Icmp 8, Icmpv6 8",
        "Gre 4, Vxlan 8, Mpls 4, Dns 12",
      ].join(", "),
    );
  });
});

describe("addresses", () => {
  it("are read from texts and written as texts", () => {
    for (const text of ["0.0.0.0", "10.0.0.1", "192.168.255.254", "255.255.255.255"]) {
      assertEquals(ipv4.text(ipv4(text)), text);
    }
    assertEquals(mac.text(mac("FE-DC-BA-98-76-54")), "fe:dc:ba:98:76:54");
    const shortest = ["::", "::1", "2001:db8::1", "fe80::", "1:0:2::3", "1:2:3:4:5:6:7:8", "10::2:0:0:3", "1::10:0:1"];
    for (const text of shortest) assertEquals(ipv6.text(ipv6(text)), text);
    assertEquals(ipv6.text(ipv6("2001:0DB8:0:0:1:0:0:1")), "2001:db8::1:0:0:1");
    assertEquals(ipv6("::ffff:10.0.0.1"), { high: 0n, low: 0xffff0a000001n });
  });

  it("are refused where they are none", () => {
    for (const text of ["", "10.0.0", "10.0.0.256", "10.0.0.01", "1.2.3.4.5"]) {
      assertThrows(() => ipv4(text), EbpfError, "it is no IPv4 address");
    }
    for (const text of ["", "02:00:00:00:00", "2:0:0:0:0:1"]) assertThrows(() => mac(text), EbpfError, "MAC");
    for (const text of ["", ":", "1::2::3", "1:2:3", "1:2:3:4:5:6:7:8:9", "12345::", "::1.2.3.400"]) {
      assertThrows(() => ipv6(text), EbpfError);
    }
  });
});

describe("variables that are addresses", needsKernel(), () => {
  it("wrap to their bits and compare as numbers", () => {
    class Addresses extends XDP {
      @globalVar(mac)
      accessor last = 0;
      @globalVar(ipv4)
      accessor source = 0;
      @globalVar(array(mac, 3))
      accessor seen!: ArrayView<number>;
      @packetVar(0, mac)
      accessor destination!: number;
      @packetVar(6, mac)
      accessor from!: number;

      program() {
        this.last = this.destination + 1;
        this.seen[this.destination % 4] = this.from;
        this.last += 2;
        this.source += 0x0a000000;
        this.from = -2;
        if (this.seen[1] > 0xfedc00000000) return XDP.DROP;
      }
    }
    const answer = ({ last, source, seen }: Addresses) => [mac.text(last), ipv4.text(source), ...seen];
    const [action, values, packet] = everywhere(() => new Addresses(), syn(), answer);
    assertEquals(action, "PASS");
    assertEquals((values as unknown[]).slice(0, 2), ["02:00:00:00:00:05", "10.0.0.0"]);
    assert((values as unknown[]).includes(mac("fe:dc:ba:98:76:54")));
    assertEquals((packet as number[]).slice(6, 12), [255, 255, 255, 255, 255, 254]);
    const full = syn();
    full.fill(255, 0, 5);
    assertEquals(everywhere(() => new Addresses(), full, answer).length, 3);
  });
});

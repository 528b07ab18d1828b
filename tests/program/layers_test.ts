/**
 * Headers that may be there or elsewhere: packet.layers(), and views of the packet that several ways bring.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { afterAll, describe, it } from "@std/testing/bdd";
import { array, EbpfError, globalVar, kernel, type Packet, Tcp, u32, u8, Udp, XDP } from "../../mod.ts";
import { everywhere } from "../support/everywhere.ts";
import { needsKernel } from "../support/kernel.ts";
import { Random } from "../support/random.ts";

/** Writes down all that the layers say. */
class Describe extends XDP {
  @globalVar(array(u32, 13))
  accessor found = Array.from({ length: 13 }, () => 0);

  program(packet: Packet) {
    const rest = packet.layers();
    const { ethernet, vlan, arp, ipv4, ipv6, tcp, udp, icmp, icmpv6 } = rest;
    this.found[0] = ethernet.etherType;
    if (vlan) this.found[1] = vlan.tag + 1;
    if (arp !== undefined) this.found[2] = arp.operation + 1;
    this.found[3] = (ipv4?.ttl ?? -1) + 1;
    if (ipv6) this.found[4] = ipv6.hopLimit + 1;
    if (tcp) this.found[5] = tcp.source + 1;
    if (udp) this.found[6] = udp.source + 1;
    if (icmp) this.found[7] = icmp.type + 1;
    this.found[8] = icmpv6 === undefined ? 0 : icmpv6.type + 1;
    this.found[9] = rest.etherType;
    this.found[10] = rest.network;
    this.found[11] = rest.protocol + 1;
    this.found[12] = rest.transport;
    return tcp || udp ? XDP.TX : XDP.DROP;
  }
}

/** The parts of a packet, zeros behind. */
function packetOf(...parts: readonly (readonly number[])[]): Uint8Array {
  const bytes = parts.flat();
  return Uint8Array.from({ length: bytes.length + 24 }, (_, i) => bytes[i] ?? 0);
}

const macs = Array.from({ length: 12 }, (_, i) => i + 1);
const ethernet = (high: number, low: number) => [...macs, high, low];
const ipv4 = (protocol: number, { words = 5, fragment = 0 } = {}) => [
  ...[0x40 | words, 0, 0, 60, 1, 2, fragment >> 8, fragment & 0xff, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2],
  ...Array.from({ length: words * 4 - 20 }, () => 1),
];
const ipv6 = (next: number) => [0x60, 0, 0, 0, 0, 40, next, 63, ...Array.from({ length: 32 }, (_, i) => i)];

/** One program for each way to run it: generating them takes longer than all the runs. */
const programs = new Map<"js" | "vm" | "kernel", Describe>();

function found(packet: Uint8Array): readonly number[] {
  const [expected, ...others] = (["js", "vm", "kernel"] as const).map((on) => {
    const program = programs.get(on) ?? new Describe();
    programs.set(on, program);
    program.load();
    program.found = [];
    const { name } = program.test(packet, { on });
    return [...program.found, name];
  });
  for (const other of others) assertEquals(other, expected);
  return expected.slice(0, 13) as number[];
}

/** The indexes of what is not zero, of the headers. */
function names(packet: Uint8Array): readonly string[] {
  const all = ["ethernet", "vlan", "arp", "ipv4", "ipv6", "tcp", "udp", "icmp", "icmpv6"];
  return all.filter((_, i) => found(packet)[i] !== 0);
}

describe("packet.layers()", needsKernel(), () => {
  afterAll(() => {
    for (const program of programs.values()) program.close();
  });

  it("finds the transport behind IPv4 and its options", () => {
    const tcp = packetOf(ethernet(8, 0), ipv4(6), [0x30, 0x39]);
    assertEquals(found(tcp), [0x800, 0, 0, 65, 0, 12346, 0, 0, 0, 0x800, 14, 7, 34]);
    const udp = packetOf(ethernet(8, 0), ipv4(17, { words: 9 }), [0, 53]);
    assertEquals(found(udp), [0x800, 0, 0, 65, 0, 0, 54, 0, 0, 0x800, 14, 18, 50]);
    assertEquals(names(packetOf(ethernet(8, 0), ipv4(1), [8])), ["ethernet", "ipv4", "icmp"]);
    assertEquals(names(packetOf(ethernet(8, 0), ipv4(58), [128])), ["ethernet", "ipv4"]);
  });

  it("looks behind one and two VLAN tags", () => {
    const one = packetOf(ethernet(0x81, 0), [0, 7, 8, 0], ipv4(17), [0, 53]);
    assertEquals(found(one), [0x8100, 8, 0, 65, 0, 0, 54, 0, 0, 0x800, 18, 18, 38]);
    const two = packetOf(ethernet(0x88, 0xa8), [0, 7, 0x81, 0], [0, 9, 0x86, 0xdd], ipv6(6), [0, 80]);
    assertEquals(found(two), [0x88a8, 8, 0, 0, 64, 81, 0, 0, 0, 0x86dd, 22, 7, 62]);
    const three = packetOf(ethernet(0x81, 0), [0, 7, 0x81, 0], [0, 9, 0x81, 0], [0, 9, 8, 0], ipv4(6));
    assertEquals(names(three), ["ethernet", "vlan"]);
  });

  it("looks behind IPv6's extension headers", () => {
    const options = (
      next: number,
      length: number,
    ) => [next, length, ...Array.from({ length: 6 + 8 * length }, () => 9)];
    const fragment = (next: number, offset: number) => [next, 0, offset >> 8, offset & 0xff, 0, 0, 0, 1];
    const v6 = (...parts: number[][]) => packetOf(ethernet(0x86, 0xdd), ...parts);
    assertEquals(found(v6(ipv6(58), [135]))[8], 136);
    assertEquals(found(v6(ipv6(0), options(60, 1), options(43, 0), options(17, 2), [0, 53])).slice(6), [
      ...[54, 0, 0, 0x86dd, 14, 18, 102],
    ]);
    assertEquals(names(v6(ipv6(44), fragment(6, 1), [0, 80])), ["ethernet", "ipv6", "tcp"]);
    assertEquals(names(v6(ipv6(44), fragment(6, 8), [0, 80])), ["ethernet", "ipv6"]);
    const many = (count: number) => Array.from({ length: count }, (_, i) => options(i < count - 1 ? 60 : 6, 0)).flat();
    assertEquals(names(v6(ipv6(60), many(6), [0, 80])), ["ethernet", "ipv6", "tcp"]);
    assertEquals(names(v6(ipv6(60), many(7), [0, 80])), ["ethernet", "ipv6"]);
  });

  it("finds no transport in later fragments, nor what is cut off", () => {
    assertEquals(names(packetOf(ethernet(8, 0), ipv4(6, { fragment: 0x2000 }))), ["ethernet", "ipv4", "tcp"]);
    assertEquals(names(packetOf(ethernet(8, 0), ipv4(6, { fragment: 1 }))), ["ethernet", "ipv4"]);
    const whole = packetOf(ethernet(8, 0), ipv4(6));
    assertEquals(names(whole.subarray(0, 54)), ["ethernet", "ipv4", "tcp"]);
    assertEquals(names(whole.subarray(0, 53)), ["ethernet", "ipv4"]);
    assertEquals(names(whole.subarray(0, 33)), ["ethernet"]);
    assertEquals(names(packetOf(ethernet(8, 6), [0, 1, 8, 0, 6, 4, 0, 1, 0, 0, 0, 0])), ["ethernet", "arp"]);
  });

  it("is asked by comparing what it has", () => {
    class Compared extends XDP {
      @globalVar(u32)
      accessor seen = 0;

      program(packet: Packet) {
        const { ipv4, tcp, udp, icmp } = packet.layers();
        if (icmp?.type === 8) this.seen += icmp.code + 1;
        else if (tcp?.syn && !tcp.ack) this.seen += tcp.source;
        else if (udp?.source !== undefined && udp.source > 7) this.seen += udp.source + 1000;
        else if (ipv4?.ttl !== 64) return XDP.DROP;
        return XDP.TX;
      }
    }
    const seen = (...parts: number[][]) => {
      const { action, answer } = everywhere(() => new Compared(), packetOf(...parts), (program) => program.seen);
      return [action, answer];
    };
    assertEquals(seen(ethernet(8, 0), ipv4(1), [8, 4]), ["TX", 5]);
    assertEquals(seen(ethernet(8, 0), ipv4(1), [0, 4]), ["TX", 0]);
    assertEquals(seen(ethernet(8, 0), ipv4(6), [0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]), ["TX", 80]);
    assertEquals(seen(ethernet(8, 0), ipv4(6), [0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 18]), ["TX", 0]);
    assertEquals(seen(ethernet(8, 0), ipv4(17), [0, 53]), ["TX", 1053]);
    assertEquals(seen(ethernet(8, 6), []), ["DROP", 0]);
  });

  it("says the same of any packet", () => {
    const random = new Random(3);
    const types = [[8, 0], [0x81, 0], [0x86, 0xdd], [0x88, 0xa8], [8, 6]];
    for (let i = 0; i < 60; i++) {
      const packet = Uint8Array.from({ length: 14 + random.below(90) }, () => random.bits());
      for (const at of [12, 16, 20]) packet.set(random.pick(types), Math.min(at, packet.length - 2));
      for (const at of [20, 23, 27, 31, 54, 58, 62]) {
        if (at < packet.length) packet[at] = random.pick([0, 1, 6, 17, 43, 44, 58, 60]);
      }
      found(packet);
    }
  });

  it("must be asked whether a header is there", () => {
    class Careless extends XDP {
      program(packet: Packet) {
        return packet.layers().tcp!.syn ? XDP.DROP : XDP.PASS;
      }
    }
    const error = assertThrows(() => new Careless().check(), EbpfError);
    assertStringIncludes(error.message, "undefined");
    assertStringIncludes(error.frame ?? "", "packet.layers().tcp!.syn");
  });
});

describe("layers() costs what is used of it", () => {
  const programs: Readonly<Record<string, readonly [most: number, program: XDP]>> = {
    "the Ethernet header": [
      10,
      new class extends XDP {
        program(packet: Packet) {
          return packet.layers().ethernet.etherType === 0x0800 ? XDP.DROP : XDP.PASS;
        }
      }(),
    ],
    "what is there only without tags": [
      14,
      new class extends XDP {
        program(packet: Packet) {
          const { ethernet, ipv4 } = packet.layers();
          if (ethernet.etherType !== 0x0800) return XDP.PASS;
          return ipv4 && ipv4.ttl <= 1 ? XDP.DROP : XDP.PASS;
        }
      }(),
    ],
    "the type behind the tags": [
      27,
      new class extends XDP {
        program(packet: Packet) {
          return packet.layers().etherType === 0x0806 ? XDP.DROP : XDP.PASS;
        }
      }(),
    ],
    "the IPv4 header": [
      35,
      new class extends XDP {
        program(packet: Packet) {
          const { ipv4 } = packet.layers();
          return ipv4?.protocol === 17 ? XDP.DROP : XDP.PASS;
        }
      }(),
    ],
    "a port over IPv4, without the walk over IPv6's headers": [
      47,
      new class extends XDP {
        program(packet: Packet) {
          const { ipv4, tcp } = packet.layers();
          return ipv4 && tcp?.destination === 80 ? XDP.DROP : XDP.PASS;
        }
      }(),
    ],
    "the ports of TCP and UDP": [
      122,
      new class extends XDP {
        program(packet: Packet) {
          const { tcp, udp } = packet.layers();
          return (tcp ?? udp)?.destination === 53 ? XDP.DROP : XDP.PASS;
        }
      }(),
    ],
  };
  for (const [title, [most, program]] of Object.entries(programs)) {
    it(title, () => {
      const size = program.assemble().length / 8;
      assert(size <= most, `${size} instructions`);
    });
  }
});

describe("views of the packet from several ways", needsKernel(), () => {
  class Chosen extends XDP {
    @globalVar(u32)
    accessor port = 0;
    @globalVar(u8)
    accessor kind = 0;

    @kernel(() => ({ Udp, Tcp }))
    program(packet: Packet) {
      const kind = this.kind;
      const at = kind & 1 ? packet.getUint8(0) : 20;
      const udp = kind & 2 ? packet.header(Udp, at + 2) : packet.header(Udp, 7);
      const tcp = kind & 4 ? packet.header(Tcp, at) : undefined;
      udp.length = 0x1234;
      this.port = udp.source * 65_536 + (tcp?.window ?? 0xffff);
      if (tcp) tcp.window += 1;
      return XDP.TX;
    }
  }

  it("are one view, wherever it is", () => {
    const packet = Uint8Array.from({ length: 64 }, (_, i) => i + 9);
    for (let kind = 0; kind < 8; kind++) {
      const { action } = everywhere(() => Object.assign(new Chosen(), { kind }), packet, ({ port }) => port);
      assertEquals(action, "TX");
    }
    const short = everywhere(() => Object.assign(new Chosen(), { kind: 7 }), packet.with(0, 60), ({ port }) => port);
    assertEquals(short.action, "PASS");
  });
});

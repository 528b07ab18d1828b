/**
 * What follows from a header's fields, networks, and checksums: the same as plain JavaScript, in the virtual machine and in
 * the kernel, and against the RFCs' own arithmetic.
 *
 * @module
 */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  array,
  be16,
  be32,
  Dns,
  EbpfError,
  ErrorCode,
  Ethernet,
  globalVar,
  Gre,
  Icmp,
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
  struct,
  Tcp,
  u32,
  Udp,
  Vlan,
  Vxlan,
  XDP,
} from "../../mod.ts";
import { everywhere } from "../support/everywhere.ts";
import { needsKernel } from "../support/kernel.ts";
import { Random } from "../support/random.ts";

const bytes = Uint8Array.from({ length: 96 }, (_, i) => i * 37 + 11);

/** A packet with some bytes in it. */
function withBytes(at: number, ...values: number[]): Uint8Array {
  const packet = bytes.slice();
  packet.set(values, at);
  return packet;
}

/** Answers with the numbers that the test asks for. */
abstract class Answering extends XDP {
  @globalVar(array(u32, 8))
  accessor answers = [0, 0, 0, 0, 0, 0, 0, 0];
}

function answers(Program: new () => Answering, packet: Uint8Array): readonly number[] {
  return everywhere(() => new Program(), packet, (program) => [...program.answers]).answer;
}

describe("derived members of headers", needsKernel(), () => {
  it("of links", () => {
    class Links extends Answering {
      @kernel(() => ({ Ethernet, Vlan, Mpls }))
      program(packet: Packet) {
        packet.header(Ethernet).swapAddresses();
        const vlan = packet.header(Vlan, 14);
        this.answers = [vlan.id, vlan.priority, Number(vlan.isDropEligible)];
        vlan.id = 0xabcd;
        vlan.priority = 2;
        const mpls = packet.header(Mpls, 18);
        this.answers[3] = mpls.label;
        this.answers[4] = mpls.trafficClass;
        this.answers[5] = Number(mpls.isLast);
        this.answers[6] = mpls.ttl;
        return XDP.TX;
      }
    }
    const packet = withBytes(14, 0xb1, 0x23, 8, 0, 0x12, 0x34, 0x5b, 0x40);
    assertEquals(answers(Links, packet), [0x123, 5, 1, 0x12345, 5, 1, 64, 0]);
    const after = everywhere(() => new Links(), packet).packet;
    const swapped = [...packet.subarray(6, 12), ...packet.subarray(0, 6), ...packet.subarray(12, 14)];
    assertEquals(after.slice(0, 16), [...swapped, 0x5b, 0xcd]);
  });

  it("of IPv4", () => {
    class Networks extends Answering {
      @kernel(() => ({ IPv4 }))
      program(packet: Packet) {
        const ip = packet.header(IPv4, 14);
        this.answers = [ip.headerLength, ip.dscp, ip.ecn, ip.fragmentOffset, ip.source];
        this.answers[5] = Number(ip.dontFragment) + Number(ip.moreFragments) * 2 + Number(ip.isFragment) * 4;
        ip.headerLength = 40;
        ip.swapAddresses();
        this.answers[6] = ip.source;
        this.answers[7] = ip.headerWords;
      }
    }
    const packet = (fragment: number[]) =>
      withBytes(14, 0x46, 0xb9, 0, 60, 1, 2, ...fragment, 64, 6, 0, 0, 10, 0, 0, 1, 192, 168, 0, 1);
    const common = [ipv4("10.0.0.1")];
    assertEquals(answers(Networks, packet([0x40, 0])), [24, 46, 1, 0, ...common, 1, ipv4("192.168.0.1"), 10]);
    assertEquals(answers(Networks, packet([0x20, 0])).slice(3, 6), [0, ...common, 6]);
    assertEquals(answers(Networks, packet([0x00, 5])).slice(3, 6), [40, ...common, 4]);
  });

  it("of IPv6 and its extensions", () => {
    class Networks extends Answering {
      @kernel(() => ({ IPv6, IPv6Extension, IPv6Fragment }))
      program(packet: Packet) {
        const ip = packet.header(IPv6, 14);
        this.answers = [ip.version, ip.trafficClass, ip.flowLabel];
        ip.swapAddresses();
        ip.version = 9;
        this.answers[3] = packet.header(IPv6Extension, 54).headerLength;
        const fragment = packet.header(IPv6Fragment, 62);
        this.answers[4] = fragment.fragmentOffset;
        this.answers[5] = Number(fragment.moreFragments);
        return XDP.TX;
      }
    }
    const packet = withBytes(14, 0x6a, 0xbc, 0xde, 0xf0);
    packet.set([6, 2], 54);
    packet.set([6, 0, 0x01, 0x69], 62);
    assertEquals(answers(Networks, packet), [6, 0xab, 0xcdef0, 24, 0x168, 1, 0, 0]);
    const after = everywhere(() => new Networks(), packet).packet;
    assertEquals(after.slice(14, 54), [
      0x9a,
      ...packet.subarray(15, 22),
      ...packet.subarray(38, 54),
      ...packet.subarray(22, 38),
    ]);
  });

  it("of transports, tunnels and DNS", () => {
    class Others extends Answering {
      @kernel(() => ({ Tcp, Udp, Gre, Vxlan, Dns }))
      program(packet: Packet) {
        const tcp = packet.header(Tcp, 14);
        this.answers[0] = tcp.headerLength;
        tcp.headerLength = 32;
        tcp.swapPorts();
        packet.header(Udp, 40).swapPorts();
        const gre = packet.header(Gre, 60);
        this.answers[1] = gre.headerLength;
        this.answers[2] = Number(gre.hasChecksum) + 2 * Number(gre.hasKey) + 4 * Number(gre.hasSequence);
        const vxlan = packet.header(Vxlan, 64);
        this.answers[3] = vxlan.network;
        vxlan.network = 0xabcdef;
        const dns = packet.header(Dns, 72);
        this.answers[4] = dns.opcode * 16 + dns.responseCode;
        this.answers[5] = Number(dns.isResponse) + 2 * Number(dns.isTruncated) + 4 * Number(dns.recursionDesired);
        return XDP.TX;
      }
    }
    const packet = withBytes(60, 0xb0, 0, 8, 0, 8, 0, 0, 0, 0x12, 0x34, 0x56, 0, 7, 7, 0xab, 0x83);
    packet[26] = 0x70;
    assertEquals(answers(Others, packet), [28, 16, 7, 0x123456, 0x53, 7, 0, 0]);
    assertEquals(answers(Others, packet.with(60, 0x20)).slice(1, 3), [8, 2]);
    const after = everywhere(() => new Others(), packet).packet;
    assertEquals(after.slice(14, 18), [...packet.subarray(16, 18), ...packet.subarray(14, 16)]);
    assertEquals([after[26], after.slice(68, 72)], [0x80, [0xab, 0xcd, 0xef, 0]]);
  });

  it("of structs of the user's", () => {
    const Counter = struct({ value: be32, step: be16 }, {
      packed: true,
      derived: {
        get next(): number {
          return this.value + this.step;
        },
        set next(value: number) {
          this.value = value - this.step;
        },
        advance(times: number): void {
          for (let i = 0; i < times; i++) this.next += this.step;
        },
      },
    });
    class Count extends Answering {
      @kernel(() => ({ Counter }))
      program(packet: Packet) {
        const counter = packet.header(Counter, 20);
        this.answers[0] = counter.next;
        counter.advance(3);
        this.answers[1] = counter.value;
      }
    }
    assertEquals(answers(Count, withBytes(20, 0, 0, 1, 0, 0, 7)).slice(0, 2), [263, 277]);
    assertEquals(JSON.stringify(new Packet(new Uint8Array(6)).header(Counter)), '{"value":0,"step":0}');
    assertThrows(() => struct({ a: be32 }, { derived: { a: 1 } }), EbpfError, "a field has that name");
  });

  it("are assigned only where they have a setter", () => {
    class Assign extends XDP {
      @kernel(() => ({ IPv4 }))
      program(packet: Packet) {
        (packet.header(IPv4, 14) as { dscp: number }).dscp = 1;
      }
    }
    const error = assertThrows(() => new Assign().check(), EbpfError);
    assertStringIncludes(error.message, "Cannot assign .dscp: it follows from other fields");
  });

  it("fail where they are used", () => {
    class Wrong extends XDP {
      @kernel(() => ({ IPv4 }))
      program(packet: Packet) {
        packet.header(IPv4, 14).updateChecksum32(1n as unknown as number, 2);
      }
    }
    const error = assertThrows(() => new Wrong().check(), EbpfError);
    assertEquals(error.code, ErrorCode.TypeMismatch);
    assertStringIncludes(error.frame ?? "", "packet.header(IPv4, 14).updateChecksum32");
    assertStringIncludes(error.location?.file ?? "", "derived_test.ts");
  });
});

describe("networks", needsKernel(), () => {
  it("include the addresses that begin with their bits", () => {
    class Inside extends Answering {
      home = ipv4.network("10.128.0.0/9");
      documentation = ipv6.network("2001:db8:0:1::/65");

      @kernel(() => ({ IPv4, IPv6, ipv4 }))
      program(packet: Packet) {
        const { source, destination } = packet.header(IPv4, 14);
        const { source: source6 } = packet.header(IPv6, 34);
        this.answers = [
          Number(this.home.includes(source)),
          Number(this.home.includes(destination)),
          Number(ipv4.network("0.0.0.0/0").includes(source)),
          Number(ipv4.network("10.200.0.1/32").includes(source)),
          Number(this.documentation.includes(source6)),
        ];
      }
    }
    const with6 = (text: string) => {
      const packet = withBytes(26, 10, 200, 0, 1, 10, 127, 255, 255);
      Object.assign(new Packet(packet).header(IPv6, 34), { source: ipv6(text) });
      return packet;
    };
    assertEquals(answers(Inside, with6("2001:db8:0:1:7fff::1")).slice(0, 5), [1, 0, 1, 1, 1]);
    assertEquals(answers(Inside, with6("2001:db8:0:1:8000::1"))[4], 0);
    assertEquals(answers(Inside, with6("2001:db8:0:2::1"))[4], 0);
  });

  it("are read from texts and written as them", () => {
    const network = ipv4.network("192.168.4.0/22");
    assertEquals([network.address, network.mask, network.bits], [ipv4("192.168.4.0"), 0xfffffc00, 22]);
    assertEquals(String(ipv6.network("fe80::/10")), "fe80::/10");
    for (const text of ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0/8", "10.0.0.1/8", "::/0"]) {
      assertThrows(() => ipv4.network(text), EbpfError, "Cannot read");
    }
    for (const text of ["::/129", "2001:db8::1/64", "1::2::/3"]) assertThrows(() => ipv6.network(text), EbpfError);
  });
});

/** The internet checksum, as RFC 1071 describes it. */
function reference(data: Uint8Array, begin = 0): number {
  let sum = begin;
  for (let i = 0; i < data.length; i += 2) sum += data[i] * 256 + (data[i + 1] ?? 0);
  while (sum > 0xffff) sum = Math.floor(sum / 65536) + sum % 65536;
  return 0xffff - sum;
}

describe("checksums", needsKernel(), () => {
  it("over parts of the packet", () => {
    class Sum extends Answering {
      @globalVar(u32)
      accessor at = 0;
      @globalVar(u32)
      accessor length = 0;

      program(packet: Packet) {
        const { length } = this;
        if (length > 500) return XDP.DROP;
        this.answers[0] = packet.checksum(14, 20);
        this.answers[1] = packet.checksum(this.at, length, 0x1234567);
        return XDP.TX;
      }
    }
    const random = new Random(7);
    for (const [at, length] of [[0, 0], [14, 20], [3, 1], [1, 2], [0, 95], [9, 87], [50, 46], [50, 47], [90, 400]]) {
      const packet = Uint8Array.from({ length: 96 }, () => random.bits());
      const create = () => Object.assign(new Sum(), { at, length });
      const { action, answer } = everywhere(create, packet, (program) => [...program.answers].slice(0, 2));
      assertEquals(answer[0], reference(packet.subarray(14, 34)));
      const isThere = at + length <= 96;
      assertEquals(action, isThere ? "TX" : "PASS");
      assertEquals(answer[1], isThere ? reference(packet.subarray(at, at + length), 0x1234567) : 0);
    }
  });

  /** Changes what checksums cover, by their updates. */
  class Rewrite extends Answering {
    @kernel(() => ({ IPv4, Tcp, Udp, Icmp }))
    program(packet: Packet) {
      const ip = packet.header(IPv4, 14);
      const to = packet.getUint32(0);
      ip.updateChecksum32(ip.destination, to);
      if (ip.protocol === 6) {
        const tcp = packet.header(Tcp, 34);
        tcp.updateChecksum32(ip.destination, to);
        tcp.updateChecksum16(tcp.destination, 8080);
        tcp.updateChecksum64(packet.getBigUint64(54), 0x0123456789abcdefn);
        tcp.destination = 8080;
        packet.setBigUint64(54, 0x0123456789abcdefn);
      } else {
        const udp = packet.header(Udp, 34);
        udp.updateChecksum32(ip.destination, to);
        udp.updateChecksum16(udp.destination, 8080);
        udp.updateChecksum64(packet.getBigUint64(54), 0x0123456789abcdefn);
        udp.destination = 8080;
        packet.setBigUint64(54, 0x0123456789abcdefn);
      }
      ip.destination = to;
      return XDP.TX;
    }
  }

  /** The checksum of the transport, with the pseudo-header of RFC 9293. */
  function transport(packet: Uint8Array): number {
    const pseudo = [...packet.subarray(26, 34), 0, packet[23], 0, packet.length - 34];
    return reference(Uint8Array.from([...pseudo, ...packet.subarray(34)]));
  }

  /** A packet whose checksums are right. */
  function valid(protocol: number, random: Random): Uint8Array {
    const packet = Uint8Array.from({ length: 80 }, () => random.bits());
    const view = new Packet(packet);
    Object.assign(view.header(IPv4, 14), { version: 4, headerWords: 5, protocol, checksum: 0 });
    view.header(IPv4, 14).fillChecksum();
    const header = protocol === 6 ? view.header(Tcp, 34) : view.header(Udp, 34);
    header.checksum = 0;
    header.checksum = view.checksum(34, 46, view.header(IPv4, 14).pseudoHeaderSum(46));
    return packet;
  }

  for (const [name, protocol] of [["TCP", 6], ["UDP", 17]] as const) {
    it(`stay right when what they cover changes: IPv4 and ${name}`, () => {
      const random = new Random(protocol);
      for (let i = 0; i < 40; i++) {
        const packet = valid(protocol, random);
        assertEquals([reference(packet.subarray(14, 34)), transport(packet)], [0, 0]);
        const after = Uint8Array.from(everywhere(() => new Rewrite(), packet).packet);
        assertEquals([reference(after.subarray(14, 34)), transport(after)], [0, 0]);
      }
    });
  }

  it("of UDP are never 0, and stay 0 where there are none", () => {
    const none = valid(17, new Random(1));
    none.set([0, 0], 40);
    assertEquals(everywhere(() => new Rewrite(), none).packet.slice(40, 42), [0, 0]);
    class One extends XDP {
      @kernel(() => ({ Udp }))
      program(packet: Packet) {
        packet.header(Udp, 34).updateChecksum16(0, 0xfffe);
        packet.header(Udp, 42).updateChecksum32(0, 0xfffe);
        return XDP.TX;
      }
    }
    const packet = withBytes(40, 0xff, 0xfe);
    packet.set([0xff, 0xfe], 48);
    const after = everywhere(() => new One(), packet).packet;
    assertEquals([after.slice(40, 42), after.slice(48, 50)], [[0xff, 0xff], [0xff, 0xff]]);
  });

  it("of IPv6's transports have its pseudo-header", () => {
    class Sum extends Answering {
      @kernel(() => ({ IPv6 }))
      program(packet: Packet) {
        const ip = packet.header(IPv6, 14);
        this.answers[0] = packet.checksum(54, 40, ip.pseudoHeaderSum(58, 40));
      }
    }
    const pseudo = [...bytes.subarray(22, 54), 0, 0, 0, 40, 0, 0, 0, 58];
    const expected = reference(Uint8Array.from([...pseudo, ...bytes.subarray(54, 94)]));
    assertEquals(answers(Sum, bytes)[0], expected);
  });

  it("of the RFC's own example", () => {
    // RFC 1624, 4: the checksum 0xdd2f, a word 0x5555 becomes 0x3285, and the checksum 0x0000.
    class Example extends XDP {
      @kernel(() => ({ Icmp }))
      program(packet: Packet) {
        packet.header(Icmp, 14).updateChecksum16(0x5555, 0x3285);
        return XDP.TX;
      }
    }
    const after = everywhere(() => new Example(), withBytes(14, 8, 0, 0xdd, 0x2f)).packet;
    assertEquals(after.slice(16, 18), [0, 0]);
  });

  it("are user space's, too", () => {
    const packet = new Packet(new Uint8Array(64));
    const ethernet = packet.header(Ethernet);
    Object.assign(ethernet, { source: mac("02:00:00:00:00:01"), destination: mac("02:00:00:00:00:02") });
    ethernet.swapAddresses();
    assertEquals(mac.text(ethernet.source), "02:00:00:00:00:02");
    const ip = packet.header(IPv4, 14);
    Object.assign(ip, { version: 4, headerLength: 20, ttl: 64, source: ipv4("10.0.0.1") });
    ip.fillChecksum();
    assertEquals(packet.checksum(14, 20), 0);
  });
});

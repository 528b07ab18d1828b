/**
 * Sockets and SYN cookies: as plain JavaScript, in the virtual machine, and sockets of a kernel that listen.
 *
 * @module
 */

import { assertEquals, assertNotEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import {
  EbpfError,
  ErrorCode,
  Ethernet,
  IPv4,
  ipv4,
  IPv6,
  ipv6,
  Packet,
  type Socket,
  type SocketLookupAnswer,
  Tcp,
  type TestOptions,
  XDP,
} from "../../mod.ts";
import { ipv4Frame } from "../support/frames.ts";
import { needsKernel } from "../support/kernel.ts";
import { testMistakes } from "../support/mistakes.ts";
import { type NetworkEnd, TestNetwork } from "../support/network.ts";
import { findCommand } from "../support/skip.ts";
import { type Cookies, Cookies4, Cookies6, Fields, Lookup, Lookup6, Many, mistakes } from "./testdata/lookups.ts";

const port = 7;
const numbers = (view: Iterable<number>) => [...view];

/** A TCP packet by IPv6; checksums are nobody's matter here. */
function ipv6Frame(options = 0): Uint8Array {
  const packet = new Packet(new Uint8Array(90 + options));
  packet.header(Ethernet).etherType = 0x86dd;
  Object.assign(packet.header(IPv6, 14), { version: 6, payloadLength: 20 + options, nextHeader: 6, hopLimit: 64 });
  Object.assign(packet.header(IPv6, 14), { source: ipv6("fd00::1"), destination: ipv6("fd00::2") });
  Object.assign(packet.header(Tcp, 54), { source: 40_000, destination: port, headerLength: 20, syn: true });
  return new Uint8Array(packet.buffer);
}

/** What a program answers in JavaScript and in the virtual machine, and what it has found; the two must agree. */
function simulated<T extends XDP, Answer>(
  create: () => T,
  packet: Uint8Array,
  options: TestOptions,
  answer: (program: T) => Answer,
): { readonly name: string; readonly answer: Answer } {
  const [expected, other] = (["js", "vm"] as const).map((on) => {
    using program = create();
    const { name, thrown } = program.test(packet, { ...options, on });
    if (thrown) throw thrown;
    return { name, answer: answer(program) };
  });
  assertEquals(other, expected);
  return expected;
}

describe("sockets in tests", () => {
  const shown = ({ found, address }: Lookup) => ({ found: numbers(found), address });
  const there: SocketLookupAnswer = () => ({});

  it("are not there unless the test says so", () => {
    for (const protocol of ["tcp", "udp"] as const) {
      const { name, answer } = simulated(() => new Lookup(), ipv4Frame({ protocol }), {}, shown);
      assertEquals([name, answer.found[0]], ["DROP", 9]);
    }
  });

  it("have the ends that were looked for, and are what the protocol says", () => {
    const tcp = simulated(() => new Lookup(), ipv4Frame({ protocol: "tcp" }), { socketLookup: there }, shown);
    assertEquals([tcp.name, tcp.answer.found], ["TX", [2, 1, 6, 7, 40_000, 10, 0, 0]]);
    const udp = simulated(() => new Lookup(), ipv4Frame({ protocol: "udp" }), { socketLookup: there }, shown);
    assertEquals([udp.name, udp.answer.found], ["TX", [2, 2, 17, 7, 40_000, 7, 0, 0]]);
  });

  it("are those that the test gives for a tuple", () => {
    const socketLookup: SocketLookupAnswer = (tuple, protocol) => {
      const { source, destination, sourcePort, destinationPort } = tuple;
      assertEquals([source, destination], [ipv4("10.0.0.1"), ipv4("10.0.0.2")]);
      assertEquals([sourcePort, destinationPort, protocol], [40_000, 7, "tcp"]);
      const sourceIpv6 = { high: 0n, low: 0x1234_5678_9abc_def0n };
      return { family: 10, sourceIpv6, state: 1, sourcePort: 70 };
    };
    const { answer } = simulated(() => new Lookup(), ipv4Frame({ protocol: "tcp" }), { socketLookup }, shown);
    assertEquals(answer, { found: [10, 1, 6, 70, 40_000, 1, 0, 0], address: 0x1234_5678_9abc_def0n });
  });

  it("have all their fields, also copied as a whole, and end with the packet", () => {
    const socketLookup: SocketLookupAnswer = () => ({ boundIfindex: 3, mark: 4, priority: 5, rxQueueIndex: -1 });
    const show = ({ found, whole: { mark, state, rxQueueIndex, priority } }: Fields) => ({
      found: numbers(found),
      whole: [mark, state, rxQueueIndex, priority],
    });
    const expected = { found: [3, 4, 5, 1, 2, -1], whole: [4, 10, -1, 5] };
    for (const [payload, name, last] of [[10, "PASS", 0], [200, "TX", 200]] as const) {
      const packet = ipv4Frame({ protocol: "tcp", payload });
      const { name: action, answer } = simulated(() => new Fields(), packet, { socketLookup }, show);
      assertEquals([action, answer], [name, { ...expected, found: [...expected.found, last, 0] }]);
    }
  });

  it("are looked up by IPv6, and in loops", () => {
    const socketLookup: SocketLookupAnswer = ({ destination, destinationPort }) =>
      typeof destination === "object" ? { state: Number(destination.low) } : destinationPort > 6 ? {} : undefined;
    let asked = 0;
    const second: SocketLookupAnswer = (...args) => asked++ % 2 ? socketLookup(...args) : undefined;
    const show = ({ found }: Lookup6 | Many) => numbers(found).slice(0, 2);
    const { name, answer } = simulated(() => new Lookup6(), ipv6Frame(), { socketLookup: second }, show);
    assertEquals([name, answer], ["TX", [10, 2]]);
    const many = simulated(() => new Many(), ipv4Frame({ protocol: "tcp" }), { socketLookup }, show);
    assertEquals(many.answer, [2, 10]);
  });

  it("are released once", () => {
    class Idle extends XDP {
      program() {}
    }
    const { bpf } = new Idle();
    assertEquals(assertThrows(() => bpf.skRelease({} as Socket), EbpfError).code, ErrorCode.InvalidArgument);
    const lookup = () => bpf.skLookupTcp({ source: 0, destination: 0, sourcePort: 0, destinationPort: 0 });
    assertEquals(assertThrows(lookup, EbpfError).code, ErrorCode.NoPacket);
  });
});

describe("SYN cookies in tests", () => {
  const socketLookup: SocketLookupAnswer = () => ({ family: 10 });
  const shown = ({ results, cookies, sizes }: Cookies) => [results, cookies, sizes].map(numbers);
  const versions = [
    { title: "IPv4", create: () => new Cookies4(), frame: () => ipv4Frame({ protocol: "tcp", payload: 20 }), tcp: 34 },
    { title: "IPv6", create: () => new Cookies6(), frame: () => ipv6Frame(4), tcp: 54 },
  ];
  for (const { title, create, frame, tcp } of versions) {
    const sizes = title === "IPv4" ? [536, 1300] : [1220, 1420];

    it(`are acknowledged by the packets that have them: ${title}`, () => {
      const syn = frame();
      const { name, answer } = simulated(create, syn, { socketLookup }, shown);
      assertEquals(name, "TX");
      const [results, [cookie, raw], [size]] = answer;
      assertEquals([results, raw, size], [[0, -2, 0, -13], cookie, sizes[0]]);
      const packet = new Packet(syn);
      Object.assign(packet.header(Tcp, tcp), { syn: false, ack: true, acknowledgment: cookie + 1 });
      packet.header(Tcp, tcp).sequence += 1;
      assertEquals(simulated(create, syn, { socketLookup }, shown).answer[0], [-22, 0, 0, 0]);
      packet.header(Tcp, tcp).acknowledgment += 4;
      assertEquals(simulated(create, syn, { socketLookup }, shown).answer[0], [-22, -2, 0, -13]);
    });

    it(`stand for the size of segments that the options say: ${title}`, () => {
      const syn = frame();
      const packet = new Packet(syn);
      packet.header(Tcp, tcp).headerLength = 24;
      packet.bytes(tcp + 20, 4).set([2, 4, 5, 0xa0]);
      assertEquals(simulated(create, syn, { socketLookup }, shown).answer[2], [1440, 1440]);
      packet.bytes(tcp + 20, 4).set([2, 4, 1, 0]);
      assertEquals(simulated(create, syn, { socketLookup }, shown).answer[2], [sizes[0], sizes[0]]);
    });

    it(`need a header that is whole: ${title}`, () => {
      const syn = frame();
      for (const headerLength of [0, 16, 60]) {
        new Packet(syn).header(Tcp, tcp).headerLength = headerLength;
        const [results] = simulated(create, syn, { socketLookup }, shown).answer;
        assertEquals([results[0], results[2]], [-22, -22]);
      }
    });
  }

  it("are those of sockets that listen", () => {
    const connected: SocketLookupAnswer = () => ({ state: 1 });
    const frame = ipv4Frame({ protocol: "tcp" });
    const { answer: [results] } = simulated(() => new Cookies4(), frame, { socketLookup: connected }, shown);
    assertEquals(results.slice(0, 2), [-22, -22]);
  });
});

/** An end with sockets that wait at {@linkcode port}, for as long as something is done. */
async function listening(work: (end: NetworkEnd, other: NetworkEnd) => void): Promise<void> {
  using network = new TestNetwork();
  const { near, far } = network;
  const script = new URL("testdata/listener.ts", import.meta.url).pathname;
  const flags = process.versions.bun ? [] : ["run", "--allow-all", "--no-check"];
  const command = [`--net=${near.path}`, process.execPath, ...flags, script, String(port)];
  const child = spawn(findCommand("nsenter")!, command, { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const [text] = await once(child.stdout, "data");
    assertStringIncludes(String(text), "ready");
    work(near, far);
  } finally {
    child.stdin.end();
    if (child.exitCode === null) await once(child, "exit");
  }
}

/** What a program finds in an end's namespace. */
function inKernel<T extends XDP, Answer>(
  end: NetworkEnd,
  program: T,
  packet: Uint8Array,
  answer: (program: T) => Answer,
): { readonly name: string; readonly answer: Answer } {
  return end.run(() => {
    using owned = program;
    const { name } = owned.test(packet, { on: "kernel" });
    return { name, answer: answer(owned) };
  });
}

describe("sockets of the kernel", needsKernel("ip", "nsenter"), () => {
  it("are found where they listen, and nowhere else", () =>
    listening((near, far) => {
      const shown = ({ found }: Lookup) => numbers(found).slice(0, 6);
      const tcp = ipv4Frame({ protocol: "tcp", ports: [40_000, port] });
      assertEquals(inKernel(near, new Lookup(), tcp, shown), { name: "TX", answer: [10, 1, 6, port, 0, 10] });
      const udp = ipv4Frame({ protocol: "udp", ports: [40_000, port] });
      assertEquals(inKernel(near, new Lookup(), udp, shown), { name: "TX", answer: [2, 2, 17, port, 0, 7] });
      const other = ipv4Frame({ protocol: "tcp", ports: [40_000, port + 1] });
      for (const [end, packet] of [[near, other], [far, tcp], [far, udp]] as const) {
        assertEquals(inKernel(end, new Lookup(), packet, shown).name, "DROP");
      }
      assertEquals(
        inKernel(near, new Lookup6(), ipv6Frame(), ({ found }) => numbers(found).slice(0, 2)),
        { name: "TX", answer: [10, 10] },
      );
      assertEquals(inKernel(near, new Many(), tcp, ({ found }) => numbers(found).slice(0, 2)).answer, [1, 10]);
      const whole = ({ whole: { mark, state } }: Fields) => [mark, state];
      const long = ipv4Frame({ protocol: "tcp", payload: 200 });
      assertEquals(inKernel(near, new Fields(), long, whole), { name: "TX", answer: [0, 10] });
    }));

  it("are found by live packets", () =>
    listening((near, far) => {
      using program = new Lookup();
      using _link = near.run(() => program.attach(near.interfaceName, { mode: "drv" }));
      far.send(ipv4Frame({ protocol: "udp", ports: [40_000, port] }));
      for (let left = 100; left > 0 && program.found[3] !== port; left--) far.receive(10);
      assertEquals(numbers(program.found).slice(0, 6), [2, 2, 17, port, 0, 7]);
    }));

  it("know their SYN cookies", () =>
    listening((near) => {
      near.command("sh", "-c", "echo 2 > /proc/sys/net/ipv4/tcp_syncookies");
      const shown = ({ results, cookies, sizes }: Cookies) => [results, cookies, sizes].map(numbers);
      for (
        const { create, syn, tcp, size } of [
          { create: () => new Cookies4(), syn: ipv4Frame({ protocol: "tcp" }), tcp: 34, size: 536 },
          { create: () => new Cookies6(), syn: ipv6Frame(), tcp: 54, size: 1220 },
        ]
      ) {
        const { name, answer: [results, cookies, sizes] } = inKernel(near, create(), syn, shown);
        assertEquals([name, results, sizes], ["TX", [0, -2, 0, -13], [size, size]]);
        assertNotEquals(cookies[0], 0);
        for (const [cookie, checked] of [[cookies[0], 0], [cookies[1], 0], [cookies[0] ^ 0x100, -2]]) {
          const packet = new Packet(syn.slice());
          Object.assign(packet.header(Tcp, tcp), { syn: false, ack: true, acknowledgment: cookie + 1, sequence: 1 });
          const [found] = inKernel(near, create(), new Uint8Array(packet.buffer), shown).answer;
          assertEquals(found, [-22, checked, 0, checked === 0 ? 0 : -13]);
        }
      }

      // Headers that are whole, and options.
      for (const [headerLength, option, result, size] of [[24, 1440, 0, 1440], [16, 0, -22, 0], [60, 0, -22, 0]]) {
        const packet = new Packet(ipv4Frame({ protocol: "tcp", payload: 20 }));
        packet.header(Tcp, 34).headerLength = headerLength;
        packet.bytes(54, 4).set([2, 4, option >> 8, option & 0xff]);
        const { answer: [results, , sizes] } = inKernel(near, new Cookies4(), new Uint8Array(packet.buffer), shown);
        assertEquals([results[0], results[2], sizes], [result, result, [size, size]]);
      }

      // None unless they are asked for.
      near.command("sh", "-c", "echo 1 > /proc/sys/net/ipv4/tcp_syncookies");
      const { answer } = inKernel(near, new Cookies4(), ipv4Frame({ protocol: "tcp" }), ({ results }) =>
        numbers(results));
      assertEquals(answer, [-2, -2, 0, -13]);
    }));
});

describe("what is refused", () => testMistakes(mistakes, new URL("testdata/lookups.txt", import.meta.url)));

describe("SYN cookies of plain objects", () => {
  it("are refused", () => {
    class Plain extends XDP {
      program(packet: Packet) {
        const ip = packet.header(IPv4, 14);
        this.bpf.tcpRawCheckSyncookieIpv4(ip, { ...packet.header(Tcp, 34) });
      }
    }
    assertThrows(
      () => new Plain().test(ipv4Frame({ protocol: "tcp" }), { on: "js" }),
      EbpfError,
      "Cannot make or check",
    );
  });
});

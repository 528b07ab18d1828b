/**
 * Values of which only the run tells what they are: undefined or not, one object or another.
 *
 * @module
 */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  array,
  type ArrayView,
  EbpfError,
  globalVar,
  i32,
  type Infer,
  type Packet,
  struct,
  SubProgram,
  u32,
  u8,
  XDP,
  type XdpAction,
} from "../../mod.ts";
import { agree, packetOf } from "../support/engines.ts";

const packets = [packetOf(), packetOf(1, 2, 3, 4, 5), packetOf(7, 200, 9), packetOf(91, 32, 229), packetOf(255, 255)];
const Flow = struct({ packets: u32, kind: u8 });
type Flow = Infer<typeof Flow>;

interface Rule {
  readonly port: number;
  readonly name: string;
  readonly action?: XdpAction;
  readonly limit?: { readonly most: number };
}

abstract class WithRules extends XDP {
  rules: readonly Rule[] = [
    { port: 1, name: "a", action: XDP.DROP },
    { port: 91, name: "b", action: XDP.TX, limit: { most: 4 } },
    { port: 7, name: "a", action: XDP.DROP },
    { port: 255, name: "c", limit: { most: 9 } },
  ];
  @globalVar(u32)
  accessor a = 0;
  @globalVar(u32)
  accessor b = 0;
  @globalVar(i32)
  accessor c = 0;
}

describe("what may be undefined", () => {
  it("is what ?? says then", () => {
    class Found extends WithRules {
      ports = [1, 2, 200, 7];
      program(packet: Packet) {
        this.a = this.ports.find((port) => port === packet.getUint8(0)) ?? 99;
        const lower = this.ports.find((port) => port < packet.getUint8(0));
        if (lower !== undefined) this.b = lower;
        else this.b = 77;
        if (lower) this.c += lower;
      }
    }
    const { program } = agree(() => new Found(), packets);
    assertEquals([program.a, program.b, program.c], [99, 1, 3]);
  });

  it("may be of another type than what it is compared with", () => {
    class Compared extends WithRules {
      program(packet: Packet) {
        const kind: number | string = packet.getUint8(1) > 3 ? packet.getUint8(0) : "short";
        if (kind === "short") this.a += 1;
        if (kind === 91) this.b += 1;
        if ([7, "any", 0].includes(packet.getUint8(0))) this.c += 1;
        if ((packet.byteLength as number | null) == null) this.c += 100;
      }
    }
    const { program } = agree(() => new Compared(), packets);
    assertEquals([program.a, program.b, program.c], [2, 1, 2]);
  });

  it("is one of several objects, or what ?? and || give instead", () => {
    class Instead extends WithRules {
      program(packet: Packet) {
        const rule = this.rules.find(({ port }) => port === packet.getUint8(0));
        const { name = "none", limit: { most } = { most: 3 } } = rule ?? {} as Partial<Rule>;
        this.a = name === "none" ? 100 + most : most;
        const other = this.rules.find(({ port }) => port === packet.getUint8(1)) ||
          { port: packet.getUint8(2), name: "c" };
        this.b = other.port + (other.name === "c" ? 1000 : 0);
        let last: Rule | undefined;
        for (const rule of this.rules) if (rule.port <= packet.getUint8(0)) last = rule;
        if (!last) return XDP.PASS;
        this.c = (packet.getUint8(3) > 3 ? last : { port: 5 }).port;
      }
    }
    const results = packets.map((packet) => {
      const { program } = agree(() => new Instead(), [packet]);
      return [program.a, program.b, program.c];
    });
    assertEquals(results, [[103, 1000, 0], [3, 1003, 1], [3, 1009, 5], [4, 1229, 5], [9, 1255, 5]]);
  });

  it("ends an optional chain", () => {
    class Chains extends WithRules {
      program(packet: Packet) {
        const rule = this.rules.find(({ port }) => port === packet.getUint8(0));
        this.a = rule?.limit?.most ?? 5;
        if (rule?.name === "a") this.b += 1;
        return rule?.action;
      }
    }
    const { actions, program } = agree(() => new Chains(), packets);
    assertEquals(actions, ["PASS", "DROP", "DROP", "TX", "PASS"]);
    assertEquals([program.a, program.b], [9, 2]);
  });

  it("is there after a test", () => {
    class Tested extends WithRules {
      program(packet: Packet) {
        const rule = this.rules.find(({ port }) => port === packet.getUint8(0));
        if (!rule) return XDP.PASS;
        const { port, limit: { most = 3 } = {} as { most?: number } } = rule;
        this.a += port;
        this.b += most;
        return XDP.DROP;
      }
    }
    const { actions, program } = agree(() => new Tested(), packets);
    assertEquals(actions, ["PASS", "DROP", "DROP", "DROP", "DROP"]);
    assertEquals([program.a, program.b], [1 + 7 + 91 + 255, 3 + 3 + 4 + 9]);
  });

  it("comes from functions that return on one path only", () => {
    abstract class Base extends WithRules {
      program(packet: Packet): XdpAction | void {
        this.a += 1;
        if (packet.getUint8(0) === 1) return XDP.TX;
      }
    }
    class Middle extends Base {
      override program(packet: Packet) {
        const action = super.program(packet);
        if (action !== undefined) return action;
        this.b += 1;
      }
    }
    class Last extends Middle {
      override program(packet: Packet) {
        return super.program(packet) ?? XDP.DROP;
      }
    }
    const { actions, program } = agree(() => new Last(), packets);
    assertEquals(actions, ["DROP", "TX", "DROP", "DROP", "DROP"]);
    assertEquals([program.a, program.b], [5, 4]);
  });

  it("takes the default of a parameter, a pattern and ??=", () => {
    class Defaults extends WithRules {
      sum(x = 5, { y = 2 }: { readonly y?: number } = {}) {
        return x * 10 + y;
      }
      program(packet: Packet) {
        const x = packet.getUint8(0) > 5 ? packet.getUint8(1) : undefined;
        const y = packet.getUint8(1) > 5 ? { y: 9 } : undefined;
        this.a = this.sum(x, y);
        let z: number | null | undefined;
        if (packet.getUint8(2) > 3) z = packet.getUint8(3);
        z ??= 44;
        this.b = z;
        let nothing: number | null | undefined = packet.getUint8(0) > 3 ? null : undefined;
        if (packet.getUint8(4) > 4) nothing = packet.getUint8(4);
        this.c = (nothing ?? 500) + (nothing === null ? 1 : 0);
      }
    }
    agree(() => new Defaults(), packets);
  });

  it("is refused as a number", () => {
    class Careless extends WithRules {
      program(packet: Packet) {
        this.a = this.rules.find(({ port }) => port === packet.getUint8(0))!.port;
      }
    }
    const error = assertThrows(() => new Careless().check(), EbpfError);
    assertStringIncludes(error.message, "Cannot read .port here: the object is undefined or an object");
    assertStringIncludes(error.message, "Write ?.port");
  });
});

describe("one of several", () => {
  it("objects are counted in, called and assigned", () => {
    class Part extends SubProgram {
      @globalVar(u32)
      accessor sum = 0;
      constructor(readonly factor: number) {
        super();
      }
      add(x: number) {
        this.sum += x * this.factor;
        return this.sum;
      }
    }
    class Parts extends WithRules {
      short = new Part(1);
      long = new Part(10);
      third = new Part(7);
      program(packet: Packet) {
        const part = packet.getUint8(0) < 30 ? this.short : this.long;
        this.a = part.add(packet.getUint8(0));
        part.sum += 1;
        part.sum++;
        const other = packet.getUint8(1) > 100 ? part : this.third;
        other.add(2);
        this.b = other.factor;
        [other.sum, this.c] = [other.sum + 1, other.sum];
      }
    }
    agree(() => new Parts(), packets);
  });

  it("functions, arrays and texts are what they are", () => {
    class Mixed extends WithRules {
      program(packet: Packet) {
        const y = packet.getUint8(1);
        const change = packet.getUint8(0) > 5 ? (x: number) => x + y : (x: number) => x * 2;
        this.a = change(3);
        const text = packet.getUint8(2) > 5 ? "on" : "off";
        if (text === "on") this.b = 1;
        this.c = (text === "on" ? [1, 2] : [3, 4, 5]).length + (packet.getUint8(0) > 5 ? Math.min : Math.max)(3, y);
        if (typeof y === "number" && typeof change === "function") this.b += 2;
      }
    }
    agree(() => new Mixed(), packets);
  });

  it("arrays are looped over", () => {
    class Loops extends WithRules {
      program(packet: Packet) {
        let list = [1];
        if (packet.getUint8(0) > 5) list = [1, 2, 3];
        for (const x of list) {
          if (x === packet.getUint8(1)) continue;
          this.a += x;
        }
        list.forEach((x) => this.b += x);
      }
    }
    agree(() => new Loops(), packets);
  });

  it("is chosen in a loop that is unrolled", () => {
    class Last extends WithRules {
      program(packet: Packet) {
        let found: Rule | undefined;
        for (const rule of this.rules) if (rule.port <= packet.getUint8(0)) found = rule;
        this.a = found?.port ?? 1000;
      }
    }
    const { program } = agree(() => new Last(), packets);
    assertEquals(program.a, 255);
  });

  it("views share what is done with them", () => {
    class Flows extends WithRules {
      @globalVar(Flow)
      accessor one!: Flow;
      @globalVar(array(Flow, 3))
      accessor many!: ArrayView<Flow>;
      flow(x: number) {
        if (x < 3) return undefined;
        return x < 100 ? this.one : this.many[2];
      }
      program(packet: Packet) {
        const flow = this.flow(packet.getUint8(0));
        this.a = flow?.packets ?? 9;
        if (flow) {
          flow.packets += 1;
          flow.kind = packet.getUint8(1);
        }
        const other = this.flow(packet.getUint8(1)) ?? this.one;
        other.packets += 5;
      }
    }
    agree(() => new Flows(), packets);
  });

  it("objects with the same fields meet, field by field", () => {
    class Returned extends WithRules {
      parse(packet: Packet) {
        const at = packet.getUint8(1);
        if (packet.getUint8(0) === 7) return { kind: 1, at, isLong: true, inner: { words: [at, 2] } };
        if (packet.getUint8(0) > 90) return { kind: at, at: 2, isLong: false, inner: { words: [3, at] } };
        return null;
      }
      program(packet: Packet) {
        const found = this.parse(packet);
        if (!found) return XDP.DROP;
        const { kind, inner: { words: [first, second] } } = found;
        this.a = kind * 1000 + found.at;
        this.b = first * 256 + second;
        if (found.isLong) this.c += 1;
        return this.parse(packet)?.at === this.a % 1000 ? XDP.TX : XDP.PASS;
      }
    }
    const { actions, program } = agree(() => new Returned(), packets);
    assertEquals(actions, ["DROP", "DROP", "TX", "TX", "TX"]);
    assertEquals([program.a, program.b, program.c], [255002, 3 * 256 + 255, 1]);
  });

  it("objects of different kinds meet those that are known", () => {
    class Various extends WithRules {
      program(packet: Packet) {
        const x = packet.getUint8(1);
        const known = { kind: "known", n: 1 };
        const one = packet.getUint8(0) > 90
          ? { kind: "wide", n: x }
          : packet.getUint8(0) > 1
          ? { kind: "odd", n: 9 - x }
          : known;
        known.n = 5;
        this.a = one.n & 0xff;
        if (one.kind === "wide") this.b = x;
        const [first, second] = packet.getUint8(2) > 8 ? [x, 1] : [2, 3];
        this.c = first - second;
      }
    }
    const { program } = agree(() => new Various(), packets);
    assertEquals([program.a, program.b, program.c], [255, 255, -1]);
  });

  it("views of different structs have what both have", () => {
    class Ports extends WithRules {
      program(packet: Packet) {
        const { tcp, udp } = packet.layers();
        const transport = tcp ?? udp;
        if (!transport) return XDP.DROP;
        const { source } = transport;
        this.a = source;
        transport.updateChecksum16(source, 99);
        transport.source = 99;
        this.b = transport.checksum;
        this.c = [80, 443].includes(transport.destination) ? 1 : 2;
        return XDP.TX;
      }
    }
    const frame = (protocol: number, port: number) => {
      const packet = new Uint8Array(64).map((_, i) => i);
      packet.set([8, 0, 0x45, 0], 12);
      packet.set([0, 0, 64, protocol], 20);
      packet.set([port >> 8, port & 0xff], 36);
      return packet;
    };
    const { actions, program } = agree(() => new Ports(), [frame(6, 80), frame(17, 53), frame(1, 0), frame(17, 443)]);
    assertEquals(actions, ["TX", "TX", "DROP", "TX"]);
    assertEquals([program.a, program.c], [0x2223, 1]);
  });

  it("objects are assigned many fields", () => {
    class Assigns extends WithRules {
      @globalVar(Flow)
      accessor one!: Flow;
      @globalVar(Flow)
      accessor other!: Flow;
      program(packet: Packet) {
        const target = packet.getUint8(0) > 5 ? this.one : this.other;
        const kept = Object.assign(
          target,
          { packets: packet.getUint8(1), kind: 3 },
          { kind: packet.getUint8(2) },
        );
        kept.packets += 1;
        Object.assign(this, { a: packet.getUint8(1), b: this.a });
      }
    }
    const { program } = agree(() => new Assigns(), packets);
    assertEquals([program.one.packets, program.one.kind, program.other.packets], [256, 0, 3]);
  });

  it("is refused where nothing is alike", () => {
    class Careless extends WithRules {
      program(packet: Packet) {
        const x = packet.getUint8(0);
        const one = x > 1 ? { n: x / 3 } : x > 0 ? { n: 1n } : undefined;
        if (one) this.a = 1;
        if (!one) this.b = 1;
      }
    }
    const error = assertThrows(() => new Careless().check(), EbpfError);
    assertStringIncludes(error.message, "Cannot read one: it is an object on one path and");
  });

  it("is renumbered where it meets others in another order", () => {
    class Renumbered extends WithRules {
      names = ["a", "b", "c", "d"];
      program(packet: Packet) {
        const one = packet.getUint8(0) > 5 ? "a" : packet.getUint8(0) > 0 ? "b" : "c";
        const other = packet.getUint8(1) > 5 ? "d" : packet.getUint8(1) > 0 ? "c" : "a";
        const text = packet.getUint8(2) > 5 ? one : other;
        this.a = this.names.indexOf(text);
        this.b = text === "c" ? 1 : 2;
      }
    }
    agree(() => new Renumbered(), [...packets, packetOf(0, 0, 9), packetOf(0, 1), packetOf(3, 9, 9), packetOf(3, 9)]);
  });
});

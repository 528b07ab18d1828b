/**
 * Redirect maps: the same answers everywhere, and packets that really arrive.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  CpuMap,
  DevMap,
  DevMapHash,
  DevMapProgram,
  EbpfError,
  globalVar,
  type Packet,
  u32,
  XDP,
  XskMap,
} from "../../mod.ts";
import { createMap, interfaceIndex, MapType, PacketSocket } from "../../src/kernel/mod.ts";
import { binding } from "../../src/maps/mod.ts";
import { needsKernel, openDescriptors } from "../support/kernel.ts";
import { ethernetFrame, TestNetwork } from "../support/network.ts";

/** The loopback interface, as an entry only: nothing is attached to it and no packet goes there. */
const LOOPBACK = 1;
const keys = [0, 1, 2, 255, 300];

abstract class Base extends XDP {
  @globalVar(u32)
  accessor seen = 0;
  ports = new DevMap({ maxEntries: 4 });
  byNumber = new DevMapHash({ maxEntries: 4 });
  cpus = new CpuMap({ maxEntries: 2 });
  sockets = new XskMap({ maxEntries: 4 });

  constructor() {
    super();
    this.ports.set(1, LOOPBACK);
    this.byNumber.set(255, LOOPBACK);
    this.cpus.set(0, 64);
  }
}

const programs: Readonly<Record<string, new () => Base>> = {
  "redirect(key)": class extends Base {
    program(packet: Packet) {
      return this.ports.redirect(packet.getUint16(0));
    }
  },
  "redirect(key, otherwise)": class extends Base {
    program(packet: Packet) {
      return this.byNumber.redirect(packet.getUint16(0), XDP.TX);
    }
  },
  "redirect(key) to processors": class extends Base {
    program(packet: Packet) {
      return this.cpus.redirect(packet.getUint16(0) & 1, XDP.DROP);
    }
  },
  "redirect(key) to sockets": class extends Base {
    program(packet: Packet) {
      if (this.sockets.has(packet.getUint16(0))) return XDP.DROP;
      return this.sockets.redirect(packet.getUint16(0), XDP.PASS);
    }
  },
  "get(key), has(key)": class extends Base {
    program(packet: Packet) {
      const device = this.ports.get(packet.getUint16(0));
      if (device !== undefined) this.seen += device;
      if (this.byNumber.has(packet.getUint16(0))) this.seen += 100;
    }
  },
  "broadcast()": class extends Base {
    program() {
      return this.ports.broadcast();
    }
  },
  "broadcast({ excludeIngress })": class extends Base {
    program() {
      return this.byNumber.broadcast({ excludeIngress: true });
    }
  },
};

function outcome(title: string, on: "js" | "vm" | "kernel"): unknown {
  using program = new programs[title]();
  return keys.map((key) => {
    const packet = new Uint8Array(64);
    new DataView(packet.buffer).setUint16(0, key);
    const { name, thrown } = program.test(packet, { on });
    if (thrown) throw thrown;
    return [key, name, program.seen];
  });
}

describe("redirect maps", () => {
  for (const title of Object.keys(programs)) {
    it(`${title}: in the virtual machine as in JavaScript`, () =>
      assertEquals(outcome(title, "vm"), outcome(title, "js")));
  }

  it("fall back on actions only", () => {
    const { ports } = new programs["broadcast()"]();
    assertThrows(() => ports.redirect(0, 4 as never), EbpfError, "Give XDP.ABORTED");
  });
});

describe("redirect maps in the kernel", needsKernel(), () => {
  for (const title of Object.keys(programs)) {
    it(`${title}: as in JavaScript`, () => assertEquals(outcome(title, "kernel"), outcome(title, "js")));
  }

  it("name what the kernel refuses, and leak nothing", () => {
    const before = openDescriptors();
    using program = new programs["redirect(key)"]();
    program.load();
    assertEquals(assertThrows(() => program.ports.set(0, "no-such-one"), EbpfError).code, "NO_SUCH_INTERFACE");
    assertThrows(() => program.ports.set(9, LOOPBACK), EbpfError);
    program.close();
    assertEquals(openDescriptors(), before);
  });

  it("have what user space has stored, before and after load()", () => {
    using program = new programs["redirect(key)"]();
    program.load();
    program.ports.set(3, LOOPBACK);
    assertEquals([...program.ports], [[1, LOOPBACK], [3, LOOPBACK]]);
    assertEquals(program.ports.delete(1), true);
    assertEquals([program.ports.get(1), program.ports.has(3), program.ports.size], [undefined, true, 1]);
  });
});

class Leave extends DevMapProgram {
  program() {}
}

describe("entries of 4 bytes, as older kernels and versions have them,", needsKernel(), () => {
  for (
    const [kind, make, type] of [
      ["DevMap", () => new DevMap({ maxEntries: 4 }), MapType.DevMap],
      ["DevMapHash", () => new DevMapHash({ maxEntries: 4 }), MapType.DevMapHash],
      ["CpuMap", () => new CpuMap({ maxEntries: 4 }), MapType.CpuMap],
    ] as const
  ) {
    it(`are taken over: ${kind}`, () => {
      const map = make();
      map[binding].adopt(createMap({ type, keySize: 4, valueSize: 4, maxEntries: 4 }), "open");
      try {
        assertEquals(map.set(0, LOOPBACK), true);
        assertEquals([[...map], map.get(0), map.get(1)], [[[0, LOOPBACK]], LOOPBACK, undefined]);
        if (!(map instanceof CpuMap)) {
          const error = assertThrows(() => map.set(0, { ifindex: LOOPBACK, program: new Leave() }), EbpfError);
          assertEquals(error.code, "NOT_SUPPORTED");
        }
        assertEquals([map.delete(0), map.size], [true, 0]);
      } finally {
        map[binding].unshare();
      }
    });
  }

  it("are not those of 16 bytes: the message names both sides", () => {
    const words = 'its map "devMap" is a DevMap map of 4 entries, keys of 4 to values of 8 bytes; ' +
      "there it is a Array map of 4 entries, keys of 4 to values of 16 bytes";
    using other = createMap({ type: MapType.Array, keySize: 4, valueSize: 16, maxEntries: 4 });
    assertThrows(() => new DevMap({ maxEntries: 4 })[binding].adopt(other, "open"), EbpfError, words);
  });
});

class Forward extends XDP {
  ports = new DevMap({ maxEntries: 2 });

  program() {
    return this.ports.redirect(1, XDP.DROP);
  }
}

class PassAll extends XDP {
  program() {
    return XDP.PASS;
  }
}

describe("a DevMap with live packets", needsKernel("ip"), () => {
  for (const mode of ["skb", "drv"] as const) {
    it(`sends them out of another interface, in mode ${mode}`, () => {
      using network = new TestNetwork();
      const { near, far } = network;
      far.command("ip", "link", "add", "out0", "type", "veth", "peer", "name", "out1");
      for (const name of ["out0", "out1"]) far.command("ip", "link", "set", name, "up");
      far.run(() => {
        using forward = new Forward();
        using end = new PassAll();
        forward.ports.set(1, "out0");
        // In driver mode, veth takes redirected packets only if the other end has a program, too.
        using _end = end.attach("out1", { mode });
        using _link = forward.attach(far.interfaceName, { mode });
        using witness = new PacketSocket(interfaceIndex("out1"));
        const frame = ethernetFrame();
        near.send(frame);
        const wait = performance.now() + 2000;
        let arrived: Uint8Array | undefined;
        while (performance.now() < wait && !same(arrived, frame)) arrived = witness.receive(500);
        assertEquals(arrived, frame);
        assertEquals(far.drain(20).some((other) => same(other, frame)), false);
      });
    });
  }
});

function same(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a?.length === b.length && a.every((byte, i) => byte === b[i]);
}

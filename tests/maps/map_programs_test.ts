/**
 * Programs in the entries of maps that packets are redirected to.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import {
  array,
  type ArrayView,
  CpuMap,
  CpuMapProgram,
  DevMap,
  type DevMapContext,
  DevMapHash,
  DevMapProgram,
  EbpfError,
  ErrorCode,
  globalVar,
  HashMap,
  type Packet,
  ProgramArray,
  u32,
  XDP,
  type XdpContext,
} from "../../mod.ts";
import { interfaceIndex, PacketSocket } from "../../src/kernel/mod.ts";
import { needsKernel, openDescriptors } from "../support/kernel.ts";
import { ethernetFrame, TestNetwork } from "../support/network.ts";

const LOOPBACK = 1;

/** Writes down where a packet comes from and goes, and drops what begins with 0xdd behind its Ethernet header. */
class Leave extends DevMapProgram {
  @globalVar(array(u32, 3))
  accessor seen: ArrayView<number> = [0, 0, 0];
  @globalVar(u32)
  accessor count = 0;
  mark = 0xaa;

  program(packet: Packet, { egressIfindex, ingressIfindex, rxQueueIndex }: DevMapContext) {
    if (packet.getUint16(12) !== 0x88b5) return XDP.PASS;
    this.seen = [ingressIfindex, rxQueueIndex, egressIfindex];
    this.count += 1;
    if (packet.getUint8(14) === 0xdd) return XDP.DROP;
    packet.setUint8(14, this.mark);
    return XDP.PASS;
  }
}

class Arrive extends CpuMapProgram {
  @globalVar(u32)
  accessor from = 0;

  program(packet: Packet, { ingressIfindex }: XdpContext) {
    if (packet.getUint16(12) !== 0x88b5) return XDP.PASS;
    this.from = ingressIfindex;
    packet.setUint8(14, 0xcc);
    return packet.getUint8(15) === 0xdd ? XDP.DROP : XDP.PASS;
  }
}

class Forward extends XDP {
  ports = new DevMap({ maxEntries: 4 });
  byNumber = new DevMapHash({ maxEntries: 4 });

  program(packet: Packet) {
    if (packet.getUint8(15) === 1) return this.byNumber.redirect(300, XDP.DROP);
    return this.ports.redirect(1, XDP.DROP);
  }
}

class Spread extends XDP {
  cpus = new CpuMap({ maxEntries: 2 });

  program() {
    return this.cpus.redirect(0, XDP.DROP);
  }
}

class PassAll extends XDP {
  program() {
    return XDP.PASS;
  }
}

/** A frame whose first byte behind the header is another one. */
function frameWith(first: number, second = 0): Uint8Array {
  const frame = ethernetFrame();
  frame.set([first, second], 14);
  return frame;
}

describe("programs of maps", () => {
  it("run as plain JavaScript and in the virtual machine, with the context of tests", () => {
    for (const on of ["js", "vm"] as const) {
      using leave = new Leave();
      const context = { ingressIfindex: 5, rxQueueIndex: 2, egressIfindex: 7 };
      const { name, packet } = leave.test(frameWith(1), { on, context });
      assertEquals([name, packet[14], ...leave.seen], ["PASS", 0xaa, 5, 2, 7]);
      assertEquals(leave.test(frameWith(0xdd), { on }).name, "DROP");
      assertEquals([...leave.seen], [1, 0, 0]);
      using arrive = new Arrive();
      assertEquals(arrive.test(frameWith(1, 0xdd), { on, context }).name, "DROP");
      assertEquals(arrive.from, 5);
    }
  });

  it("are in their entries, beside the places", () => {
    const { ports } = new Forward();
    const leave = new Leave();
    assertEquals([ports.set(1, { ifindex: LOOPBACK, program: leave }), ports.set(2, { ifindex: 9 })], [true, true]);
    assertEquals([ports.get(1), ports.program(1), ports.program(2)], [LOOPBACK, leave, undefined]);
    assertEquals([...ports], [[1, LOOPBACK], [2, 9]]);
    assertEquals(ports.set(1, { ifindex: 9, program: new Leave() }, "noexist"), false);
    assertEquals(ports.program(1), leave);
    ports.set(1, 8);
    assertEquals([ports.get(1), ports.program(1)], [8, undefined]);
  });

  it("alone know where a packet goes", () => {
    class Wrong extends XDP {
      program(_packet: Packet, context: XdpContext) {
        return (context as DevMapContext).egressIfindex === 1 ? XDP.DROP : XDP.PASS;
      }
    }
    const { message } = assertThrows(() => new Wrong().check(), EbpfError);
    assertStringIncludes(message, "Cannot use .egressIfindex of the program's context");
    assertStringIncludes(message, "extends DevMapProgram");
    assertEquals(new Wrong().test(new Uint8Array(64)).name, "PASS");
  });

  it("go into maps of their kind only", () => {
    for (const program of [new PassAll(), new Arrive(), {} as never]) {
      const set = () => new Forward().ports.set(0, { ifindex: LOOPBACK, program });
      assertEquals(assertThrows(set, EbpfError, "DevMapProgram").code, ErrorCode.InvalidArgument);
    }
    const set = () => new Spread().cpus.set(0, { queueSize: 64, program: new Leave() });
    assertThrows(set, EbpfError, "CpuMapProgram");
  });
});

describe("programs of maps in the kernel", needsKernel(), () => {
  it("come and go with the map and its entries", () => {
    const before = openDescriptors();
    using forward = new Forward();
    const [first, second, third] = [new Leave(), new Leave(), new Leave()];
    forward.ports.set(1, { ifindex: LOOPBACK, program: first });
    forward.byNumber.set(300, { ifindex: LOOPBACK, program: first });
    forward.load();
    const loaded = openDescriptors();
    // Its program, variables; the second entry needs none.
    forward.ports.set(2, { ifindex: LOOPBACK, program: second });
    assertEquals(openDescriptors() > loaded, true);
    forward.ports.set(2, { ifindex: LOOPBACK, program: third });
    forward.ports.set(2, LOOPBACK);
    assertEquals(openDescriptors(), loaded);
    assertEquals(assertThrows(() => third.count, EbpfError).code, ErrorCode.Closed);
    assertEquals([forward.ports.get(1), forward.ports.size, first.count], [LOOPBACK, 2, 0]);
    assertEquals(forward.ports.delete(1), true);
    forward.close();
    assertEquals(openDescriptors(), before);
  });

  it("are not run on test packets", () => {
    const { code, message } = assertThrows(() => new Leave().test(new Uint8Array(64), { on: "kernel" }), EbpfError);
    assertEquals(code, ErrorCode.NotSupported);
    assertMatch(message, /Cannot test "Leave" on "kernel"/);
  });

  it("take packets in fragments if those that redirect to them do", () => {
    const before = openDescriptors();
    class Large extends Leave {
      override frags = true;
    }
    using forward = new Forward();
    forward.load();
    const set = () => forward.ports.set(1, { ifindex: LOOPBACK, program: new Large() });
    assertThrows(set, EbpfError, "frags");
    assertEquals(forward.ports.program(1), undefined);
    forward.close();
    using fails = new Forward();
    fails.ports.set(1, { ifindex: LOOPBACK, program: new Large() });
    assertThrows(() => fails.load(), EbpfError, "frags");
    fails.close();
    assertEquals(openDescriptors(), before);
  });

  it("can be loaded again after something else has failed, with their variables and maps as they were", () => {
    const before = openDescriptors();
    class Remembers extends DevMapProgram {
      @globalVar(u32)
      accessor count = 7;
      table = new HashMap(u32, u32, { maxEntries: 4 });

      program(packet: Packet) {
        this.count += 1;
        this.table.set(1, packet.getUint8(14));
      }
    }
    class Large extends Leave {
      override frags = true;
    }
    class Both extends Forward {
      next = new ProgramArray<XDP>({ maxEntries: 1 });

      override program(packet: Packet) {
        if (packet.getUint8(0) === 1) this.next.tailCall(0);
        return super.program(packet);
      }
    }
    const [good, jumped, both] = [new Remembers(), new Spread(), new Both()];
    good.table.set(5, 6);
    both.next.set(0, jumped);
    both.ports.set(1, { ifindex: LOOPBACK, program: good });
    both.ports.set(3, { ifindex: LOOPBACK, program: new Large() });
    for (let attempt = 0; attempt < 2; attempt++) {
      assertThrows(() => both.load(), EbpfError, "frags");
      assertEquals([openDescriptors(), good.count, [...good.table]], [before, 7, [[5, 6]]]);
      assertEquals(good.test(ethernetFrame(), { on: "js" }).name, "PASS");
      good.count = 7;
      good.table.delete(1);
    }
    // Stored while the kernel has the map, it fails as softly.
    both.ports.delete(3);
    both.load();
    assertEquals(both.ports.program(1), good);
    const large = new Large();
    assertThrows(() => both.ports.set(2, { ifindex: LOOPBACK, program: large }), EbpfError, "frags");
    assertEquals(large.count, 0);
    good.count += 1;
    assertEquals([good.count, [...good.table], both.test(frameWith(1), { on: "kernel" }).name], [
      8,
      [[5, 6]],
      "REDIRECT",
    ]);
    both.close();
    assertThrows(() => good.count, EbpfError);
    assertEquals(openDescriptors(), before);
  });
});

for (const mode of ["skb", "drv"] as const) {
  describe(`programs of maps with live packets, in mode ${mode}`, needsKernel("ip", "nsenter"), () => {
    it("see what a device map sends out, and where", () => {
      using network = new TestNetwork();
      const { near, far } = network;
      far.command("ip", "link", "add", "out0", "type", "veth", "peer", "name", "out1");
      for (const name of ["out0", "out1"]) far.command("ip", "link", "set", name, "up");
      far.run(() => {
        using forward = new Forward();
        using end = new PassAll();
        const leave = new Leave();
        const other = new Leave();
        forward.ports.set(1, { ifindex: "out0", program: leave });
        forward.byNumber.set(300, { ifindex: "out0", program: other });
        // In driver mode, veth takes redirected packets only if the other end has a program, too.
        using _end = end.attach("out1", { mode });
        using _link = forward.attach(far.interfaceName, { mode });
        using witness = new PacketSocket(interfaceIndex("out1"));
        near.send(frameWith(0xdd));
        near.send(frameWith(1));
        assertEquals(next(witness), frameWith(0xaa));
        assertEquals([...leave.seen], [far.index, 0, interfaceIndex("out0")]);
        near.send(frameWith(2, 1));
        assertEquals(next(witness), frameWith(0xaa, 1));
        assertEquals([leave.count, other.count], [2, 1]);
        // Another program while packets come in; and other code of the same.
        const later = new Leave();
        later.mark = 0xbb;
        forward.ports.set(1, { ifindex: "out0", program: later });
        near.send(frameWith(3));
        assertEquals(next(witness), frameWith(0xbb));
        later.reload(() => later.mark = 0xee);
        near.send(frameWith(4));
        assertEquals([next(witness), later.count], [frameWith(0xee), 2]);
      });
    });

    it("see what a CPU map hands over", () => {
      using network = new TestNetwork();
      const { near, far } = network;
      far.run(() => {
        using spread = new Spread();
        const arrive = new Arrive();
        spread.cpus.set(0, { queueSize: 64, program: arrive });
        using _link = spread.attach(far.interfaceName, { mode });
        near.send(frameWith(1, 0xdd));
        near.send(frameWith(1, 2));
        assertEquals([next(far.socket), arrive.from], [frameWith(0xcc, 2), far.index]);
      });
    });
  });
}

/** The next frame of ours: new interfaces say hello by themselves. */
function next(socket: PacketSocket): Uint8Array | undefined {
  let frame = socket.receive(1000);
  while (frame && !(frame[12] === 0x88 && frame[13] === 0xb5)) frame = socket.receive(1000);
  return frame;
}

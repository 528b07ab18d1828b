/**
 * Packets that go out by all interfaces of a map: seen by the other ends.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { DevMap, DevMapHash, type Packet, type RequestedMode, XDP } from "../../mod.ts";
import { interfaceIndex, PacketSocket } from "../../src/kernel/mod.ts";
import { needsKernel } from "../support/kernel.ts";
import { ethernetFrame, TestNetwork } from "../support/network.ts";

/** To all interfaces of a map: the first byte behind the header says of which, and whether also to where it came from. */
class Broadcast extends XDP {
  ports = new DevMap({ maxEntries: 8 });
  byNumber = new DevMapHash({ maxEntries: 8 });

  program(packet: Packet) {
    if (packet.getUint16(12) !== 0x88b5) return XDP.PASS;
    switch (packet.getUint8(14)) {
      case 0:
        return this.ports.broadcast({ excludeIngress: true });
      case 1:
        return this.byNumber.broadcast({ excludeIngress: true });
      case 2:
        return this.ports.broadcast();
      default:
        return this.byNumber.broadcast();
    }
  }
}

class PassAll extends XDP {
  program() {
    return XDP.PASS;
  }
}

function frame(which: number): Uint8Array {
  const bytes = ethernetFrame();
  bytes[14] = which;
  return bytes;
}

/** The first bytes behind the header of as many frames of ours; then of those that come soon after, which are too many. */
function arrived(socket: PacketSocket, count: number): number[] {
  const found: number[] = [];
  for (let bytes = socket.receive(2000); bytes; bytes = socket.receive(found.length < count ? 2000 : 20)) {
    if (bytes[12] === 0x88 && bytes[13] === 0xb5) found.push(bytes[14]);
  }
  return found;
}

/** Three more pairs in this namespace; their other ends listen. */
function pairs(command: (name: string, ...args: readonly string[]) => string): readonly (readonly [string, string])[] {
  const names = ["a", "b", "c"].map((name) => [`${name}0`, `${name}1`] as const);
  for (const [near, far] of names) {
    command("ip", "link", "add", near, "type", "veth", "peer", "name", far);
    for (const name of [near, far]) command("ip", "link", "set", name, "up");
  }
  return names;
}

for (const mode of ["skb", "drv"] as const satisfies readonly RequestedMode[]) {
  describe(`broadcast() of live packets in mode ${mode}`, needsKernel("ip", "nsenter"), () => {
    it("sends to three interfaces, and back to where it came from only if that is wanted", () => {
      using network = new TestNetwork();
      const { near, far } = network;
      const names = pairs((name, ...args) => far.command(name, ...args));
      using owned = new DisposableStack();
      const listen = (name: string) => {
        // In driver mode, veth takes redirected packets only if the other end has a program, too.
        owned.use(owned.use(new PassAll()).attach(name, { mode }));
        return owned.use(new PacketSocket(interfaceIndex(name)));
      };
      const [ends, back] = [
        far.run(() => names.map(([, name]) => listen(name))),
        near.run(() => listen(near.interfaceName)),
      ];
      const program = owned.use(new Broadcast());
      far.run(() => {
        [far.interfaceName, ...names.map(([name]) => name)].forEach((name, i) => {
          program.ports.set(i + 1, { ifindex: name });
          program.byNumber.set(100 * i, { ifindex: name });
        });
        owned.use(program.attach(far.interfaceName, { mode }));
      });
      for (const which of [0, 1, 2, 3]) near.send(frame(which));
      for (const end of ends) assertEquals(arrived(end, 4), [0, 1, 2, 3]);
      assertEquals(arrived(back, 2), [2, 3]);
    });
  });
}

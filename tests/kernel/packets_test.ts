import { assertEquals, assertGreater, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import { createVeth, Errno, interfaceIndex, NetworkNamespace, PacketSocket } from "../../src/kernel/mod.ts";
import { needsKernel, openDescriptors } from "../support/kernel.ts";
import { ethernetFrame, TestNetwork } from "../support/network.ts";

describe("packet sockets", needsKernel(), () => {
  it("carry frames byte by byte, in order, and not back", () => {
    using network = new TestNetwork();
    const frames = [60, 61, 1514].map((length) => ethernetFrame(length));
    for (const frame of frames) network.near.send(frame);
    assertEquals(network.far.drain(), frames);
    assertEquals(network.near.drain(), []);
    network.far.send(frames[0]);
    assertEquals(network.near.receive(), frames[0]);
  });

  it("wait no longer than they are told", () => {
    using network = new TestNetwork();
    const start = performance.now();
    assertEquals(network.far.receive(120), undefined);
    const waited = performance.now() - start;
    assertGreater(waited, 115);
    assertEquals(network.far.receive(0), undefined);
  });

  it("say what cannot be sent", () => {
    using network = new TestNetwork();
    const error = assertThrows(() => network.near.send(ethernetFrame(1600)), EbpfError, "(EMSGSIZE)");
    assertEquals(error.errno, Errno.MessageTooLong);
  });

  it("say that an interface is off, or not there", () => {
    using namespace = NetworkNamespace.create();
    const before = openDescriptors();
    namespace.run(() => {
      createVeth({ name: "left" }, { name: "right" });
      using socket = new PacketSocket(interfaceIndex("left"));
      assertThrows(() => socket.send(ethernetFrame()), EbpfError, "(ENETDOWN)");
      assertEquals(assertThrows(() => new PacketSocket(77), EbpfError).code, ErrorCode.NoSuchInterface);
    });
    assertEquals(openDescriptors(), before);
  });

  it("refuse use after close", () => {
    using network = new TestNetwork();
    network.near.socket.close();
    assertEquals(assertThrows(() => network.near.send(ethernetFrame()), EbpfError).code, ErrorCode.Closed);
  });
});

/**
 * Links that outlive their process: link.pin(), and finding them again.
 *
 * @module
 */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, ErrorCode, globalVar, u32, XDP } from "../../mod.ts";
import { BpfFs } from "../support/bpffs.ts";
import { needsKernel, openDescriptors } from "../support/kernel.ts";
import { ethernetFrame, TestNetwork } from "../support/network.ts";

class Count extends XDP {
  @globalVar(u32)
  accessor count = 0;

  program() {
    this.count += 1;
    return XDP.DROP;
  }
}

describe("pinned links", needsKernel("ip", "mount"), () => {
  it("stay without their objects, and are found again", () => {
    using bpffs = new BpfFs();
    using network = new TestNetwork();
    const { near, far, far: { interfaceName: name } } = network;
    far.run(() => {
      const before = openDescriptors();
      const folder = bpffs.in("count");
      {
        using counter = new Count();
        counter.pin(folder);
        using link = counter.attach(name, { mode: "skb" });
        link.pin(folder);
        assertEquals([link.persistent, counter.attachments], [true, [link]]);
        assertEquals(assertThrows(() => link.pin(folder), EbpfError).code, ErrorCode.InvalidArgument);
      }
      assertEquals(openDescriptors(), before);
      near.send(ethernetFrame(), 3);
      {
        using counter = Count.open(folder);
        const [link] = counter.attachments;
        assertEquals([link.interface, link.mode, link.via, link.attached], [name, "skb", "link", true]);
        assertEquals([counter.attachments.length, far.drain(20), counter.count], [1, [], 3]);
        // The same link, not another one.
        assertEquals(counter.attach(name, { persist: true }), link);
      }
      {
        using counter = Count.open(folder);
        const [link] = counter.attachments;
        using next = new Count();
        link.update(next);
        near.send(ethernetFrame());
        assertEquals([far.drain(20), next.count], [[], 4]);
        link.detach();
        assertEquals([link.attached, XDP.attached(name), bpffs.list("count")], [false, [], ["globals", "prog"]]);
        assertEquals(counter.unpin(folder), true);
      }
      assertEquals(openDescriptors(), before);
    });
  });

  it("are links, in a bpffs, and attached", () => {
    using network = new TestNetwork();
    const { far, far: { interfaceName: name } } = network;
    far.run(() => {
      using counter = new Count();
      const link = counter.attach(name);
      assertStringIncludes(assertThrows(() => link.pin("/tmp/no-bpffs"), EbpfError).message, "not in a bpffs");
      assertEquals(link.persistent, false);
      link.detach();
      assertEquals(assertThrows(() => link.pin("/sys/fs/bpf/x"), EbpfError).code, ErrorCode.Closed);
      const persistent = counter.attach(name, { persist: true });
      assertEquals(assertThrows(() => persistent.pin("/sys/fs/bpf/x"), EbpfError).code, ErrorCode.NotSupported);
      persistent.detach();
    });
  });
});

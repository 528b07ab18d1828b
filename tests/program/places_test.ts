/**
 * Where programs are attached: interfaces by name and index, in other network namespaces, several at once; and what is
 * there already.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { readlinkSync } from "node:fs";
import { type AttachOptions, EbpfError, ErrorCode, globalVar, u32, XDP } from "../../mod.ts";
import { attachNetlink, detachAll, programInfo, queryXdp } from "../../src/kernel/mod.ts";
import { loadXdp, needsKernel, openDescriptors } from "../support/kernel.ts";
import { ethernetFrame, type NetworkEnd, TestNetwork } from "../support/network.ts";
import { findCommand } from "../support/skip.ts";

class Count extends XDP {
  @globalVar(u32)
  accessor count = 0;

  program() {
    this.count += 1;
    return XDP.PASS;
  }
}

const here = () => readlinkSync("/proc/thread-self/ns/net");

function attached(end: NetworkEnd): string {
  return end.run(() => queryXdp(end.index).map(({ mode, programId }) => `${mode} ${programId}`).join());
}

function refused(work: () => unknown, code: ErrorCode, ...words: readonly string[]): EbpfError {
  const error = assertThrows(work, EbpfError);
  assertEquals(error.code, code, error.message);
  for (const word of words) assertStringIncludes(error.message, word);
  return error;
}

describe("an interface in another network namespace", needsKernel("mount", "umount", "nsenter"), () => {
  it("is attached to by the namespace's file, its name, or a process in it", async () => {
    using network = new TestNetwork({ named: true });
    const { near, far } = network;
    const outside = here();
    const child = spawn(findCommand("nsenter")!, [`--net=${far.path}`, "sleep", "60"], { stdio: "ignore" });
    try {
      while (readlinkSync(`/proc/${child.pid}/ns/net`) === outside) await new Promise((wake) => setTimeout(wake, 5));
      const before = openDescriptors();
      for (const namespace of [far.path, `/run/netns/${far.name}`, far.name!, child.pid!]) {
        for (const persist of [false, true]) {
          const counter = new Count();
          const link = counter.attach(far.interfaceName, { namespace, persist });
          assertEquals([link.interface, link.interfaceIndex, link.attached], [far.interfaceName, far.index, true]);
          assertEquals([here(), attached(far)], [outside, `drv ${link.programId}`]);
          assertEquals(link.namespace, Number(/\d+/.exec(far.run(here))![0]));
          const [found] = XDP.attached(far.interfaceName, { namespace });
          assertEquals([found.programId, found.ours], [link.programId, true]);
          near.send(ethernetFrame(), 3);
          assertEquals([far.drain().length, counter.count], [3, 3]);
          assertEquals(counter.attach(far.interfaceName, { namespace, persist }), link);
          if (persist) counter.close();
          assertEquals(counter.detach(far.interfaceName, { namespace }), true);
          assertEquals([here(), attached(far), XDP.attached(far.index, { namespace })], [outside, "", []]);
          counter.close();
          assertEquals(openDescriptors(), before);
        }
      }
    } finally {
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("close", resolve));
    }
  });

  it("is detached from there by its link, wherever the thread is", () => {
    using network = new TestNetwork();
    const { near, far } = network;
    using counter = new Count();
    for (const persist of [false, true]) {
      const link = counter.attach(far.interfaceName, { namespace: far.path, persist });
      assert(link.attached);
      near.run(() => {
        assert(link.attached);
        link.detach();
      });
      assertEquals([link.attached, attached(far)], [false, ""]);
    }
  });

  it("leaves the thread where it was, whatever goes wrong", () => {
    using network = new TestNetwork();
    const { path } = network.far;
    const outside = here();
    using counter = new Count();
    const before = openDescriptors();
    const wrong = (options: AttachOptions, code: ErrorCode, words: string, to: string | number = "far") => {
      for (const work of [() => counter.attach(to, options), () => counter.detach(to, options)]) {
        assertEquals(refused(work, code, words).code, code);
        assertEquals([here(), openDescriptors()], [outside, before]);
      }
    };
    wrong(
      { namespace: "/run/netns/waggle-nothing" },
      ErrorCode.NotFound,
      "/run/netns/waggle-nothing: there is no such file",
    );
    wrong({ namespace: "waggle-nothing" }, ErrorCode.NotFound, "/run/netns/waggle-nothing");
    wrong({ namespace: 2 ** 22 + 1 }, ErrorCode.NotFound, "/proc/4194305/ns/net");
    wrong({ namespace: "/proc/self/status" }, ErrorCode.InvalidArgument, "not that of a network namespace");
    wrong({ namespace: "" }, ErrorCode.InvalidArgument, 'network namespace ""');
    wrong({ namespace: -1 }, ErrorCode.InvalidArgument, "network namespace -1");
    wrong({ namespace: path }, ErrorCode.NoSuchInterface, "there is none", "nosuch0");
    wrong({ namespace: path }, ErrorCode.NoSuchInterface, "there is none", 4711);
  });

  it("is told apart from one of the same index", () => {
    using network = new TestNetwork();
    const { near, far } = network;
    assertEquals(near.index === far.index, true, "both have the same index, or this test says nothing");
    using counter = new Count();
    using one = counter.attach(near.index, { namespace: near.path, mode: "skb" });
    using two = counter.attach(far.index, { namespace: far.path, mode: "skb" });
    assertEquals([one.interface, two.interface], [near.interfaceName, far.interfaceName]);
    counter.detach(near.index, { namespace: near.path });
    assertEquals([one.attached, two.attached], [false, true]);
  });
});

describe("attach(…, { replace: number })", needsKernel(), () => {
  for (const persist of [false, true]) {
    const way = persist ? "by netlink" : "by a link";

    it(`takes the place of that program, and of no other (${way})`, () => {
      using network = new TestNetwork();
      const { far } = network;
      far.run(() => {
        using stranger = loadXdp("stranger", XDP.DROP);
        using another = loadXdp("another", XDP.DROP);
        const [wanted, other] = [stranger, another].map((program) => programInfo(program).id);
        using counter = new Count();
        const options: AttachOptions = { persist, replace: wanted };
        const words = [`program ${wanted}, which it may replace, is not attached there, but none`];
        refused(() => counter.attach(far.interfaceName, options), ErrorCode.InterfaceBusy, ...words);
        attachNetlink(another, far.index, { mode: "skb" });
        refused(() => counter.attach(far.interfaceName, options), ErrorCode.InterfaceBusy, `but program ${other}`);
        assertEquals(attached(far), `skb ${other}`);
        attachNetlink(stranger, far.index, { replace: true });
        assertEquals(attached(far), `skb ${wanted}`);
        const link = counter.attach(far.interfaceName, { ...options, mode: "skb" });
        assertEquals([attached(far), link.mode], [`skb ${link.programId}`, "skb"]);
        link.detach();
        attachNetlink(stranger, far.index, { mode: "skb" });
        const driver = counter.attach(far.interfaceName, { ...options, mode: "drv" });
        assertEquals(attached(far), `drv ${driver.programId}`);
        driver.detach();
      });
    });
  }

  it("wants the number of a program", () => {
    using counter = new Count();
    for (const replace of [0, -1, 1.5, "12" as unknown as number]) {
      refused(() => counter.attach("lo", { replace }), ErrorCode.InvalidArgument, "Cannot replace");
    }
  });
});

describe("XDP.attached()", needsKernel(), () => {
  it("tells what is there, and whose it is", () => {
    using network = new TestNetwork();
    const { far } = network;
    far.run(() => {
      assertEquals(XDP.attached(far.interfaceName), []);
      using counter = new Count();
      {
        using link = counter.attach(far.interfaceName);
        const [found, ...rest] = Count.attached(far.index);
        assertEquals(rest, []);
        const { mode, programId, name, ours, dispatcher } = found;
        assertEquals({ mode, programId, name, ours, dispatcher }, {
          mode: "drv",
          programId: link.programId,
          name: "Count",
          ours: true,
          dispatcher: false,
        });
        assert(/^[0-9a-f]{16}$/.test(found.tag!) && found.linkId! > 0);
      }
      using stranger = loadXdp("stranger", XDP.PASS);
      attachNetlink(stranger, far.index, { mode: "skb" });
      assertEquals(XDP.attached(far.interfaceName), [{
        mode: "skb",
        programId: programInfo(stranger).id,
        name: "stranger",
        tag: programInfo(stranger).tag,
        ours: false,
        dispatcher: false,
        linkId: undefined,
      }]);
      detachAll(far.index);
      refused(() => XDP.attached("nosuch0"), ErrorCode.NoSuchInterface);
    });
  });
});

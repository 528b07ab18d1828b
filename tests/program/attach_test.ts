/**
 * Attaching and detaching, with live packets in namespaces of the tests' own.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStrictEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  type AttachOptions,
  EbpfError,
  ErrorCode,
  globalVar,
  type RequestedMode,
  u32,
  XDP,
  type XdpLink,
  type XdpMode,
} from "../../mod.ts";
import {
  attachLink,
  attachNetlink,
  detachAll,
  detachLink,
  linkById,
  linkIds,
  linkInfo,
  programInfo,
  queryXdp,
  sleep,
} from "../../src/kernel/mod.ts";
import { attachProgram, type Mechanisms } from "../../src/program/attach.ts";
import { loadXdp, needsKernel, openDescriptors, runtimeCommand } from "../support/kernel.ts";
import { ethernetFrame, type NetworkEnd, TestNetwork } from "../support/network.ts";

class Count extends XDP {
  @globalVar(u32)
  accessor count = 0;

  program() {
    this.count += 1;
    return XDP.PASS;
  }
}

class Other extends Count {}

/** Does something in a new network's far end, the place of all attachments here. */
function scene(work: (far: NetworkEnd, near: NetworkEnd) => void): void {
  using network = new TestNetwork();
  network.far.run(() => work(network.far, network.near));
}

/** What is attached to an interface: `"drv 12"`. */
function attached({ index }: NetworkEnd): string {
  return queryXdp(index).map(({ mode, programId }) => `${mode} ${programId}`).join();
}

/** Sends some frames and waits until they have come through. */
function send(near: NetworkEnd, far: NetworkEnd, frames = 3): number {
  near.send(ethernetFrame(), frames);
  return far.drain().length;
}

function refused(work: () => unknown, code: ErrorCode, ...words: readonly string[]): EbpfError {
  const error = assertThrows(work, EbpfError);
  assertEquals(error.code, code, error.message);
  for (const word of words) assertStringIncludes(error.message, word);
  return error;
}

const modes: readonly (readonly [RequestedMode, XdpMode])[] = [["auto", "drv"], ["drv", "drv"], ["skb", "skb"]];

describe("attach()", needsKernel(), () => {
  for (const [mode, real] of modes) {
    it(`in mode ${mode} counts live packets, and ends with its scope`, () =>
      scene((far, near) => {
        using counter = new Count();
        {
          using link = counter.attach(far.interfaceName, { mode });
          assertEquals([link.mode, link.via, link.persistent, link.attached], [real, "link", false, true]);
          assertEquals([link.interface, link.interfaceIndex, link.fallback], [far.interfaceName, far.index, undefined]);
          assertEquals(attached(far), `${real} ${link.programId}`);
          assertEquals([send(near, far, 5), counter.count], [5, 5]);
        }
        assertEquals([attached(far), send(near, far), counter.count], ["", 3, 5]);
      }));
  }

  it("does with packets what the program says", () =>
    scene((far, near) => {
      class Drop extends Count {
        override program() {
          this.count += 1;
          return XDP.DROP;
        }
      }
      using drop = new Drop();
      using _link = drop.attach(far.interfaceName);
      assertEquals([send(near, far), drop.count], [0, 3]);
    }));

  it("to an interface that there is not loads nothing", () => {
    using counter = new Count();
    const before = openDescriptors();
    const error = refused(() => counter.attach("nosuch0"), ErrorCode.NoSuchInterface, '"nosuch0"');
    assertMatch(error.remedy!, /lo/);
    refused(() => counter.attach(""), ErrorCode.NoSuchInterface);
    assertEquals(openDescriptors(), before);
  });

  it("in a mode that there is not says so", () =>
    scene((far) => {
      using counter = new Count();
      refused(() => counter.attach(far.interfaceName, { mode: "hw" }), ErrorCode.ModeNotSupported, "network card");
      const mode = "fast" as RequestedMode;
      const error = refused(() => counter.attach(far.interfaceName, { mode }), ErrorCode.InvalidArgument, '"fast"');
      assertStringIncludes(error.remedy!, '"auto", "skb", "drv" and "hw"');
      for (const wrong of [undefined, {}, 1.5]) {
        const to = wrong as unknown as string;
        refused(() => counter.attach(to), ErrorCode.InvalidArgument, "it is no interface");
        refused(() => counter.detach(to), ErrorCode.InvalidArgument, "it is no interface");
        refused(() => XDP.attached(to), ErrorCode.InvalidArgument, "it is no interface");
      }
      assertEquals(attached(far), "");
    }));

  it("falls back to generic mode only where the driver cannot and the mode is auto", () =>
    scene(() => {
      using counter = new Count();
      const error = refused(
        () => counter.attach("lo", { mode: "drv" }),
        ErrorCode.ModeNotSupported,
        "to lo: the driver",
      );
      assertStringIncludes(error.remedy!, '"skb"');
      using link = counter.attach("lo");
      assertEquals([link.mode, link.fallback], ["skb", "the driver cannot: operation not supported (EOPNOTSUPP)"]);
    }));

  it("again in the same way gives the same link; in another way, only with replace", () =>
    scene((far, near) => {
      using counter = new Count();
      using link = counter.attach(far.interfaceName);
      assertStrictEquals(counter.attach(far.interfaceName), link);
      assertStrictEquals(counter.attach(far.interfaceName, { mode: "drv" }), link);
      refused(() => counter.attach(far.interfaceName, { mode: "skb" }), ErrorCode.InterfaceBusy);
      assertEquals([link.attached, send(near, far), counter.count], [true, 3, 3]);
      using generic = counter.attach(far.interfaceName, { mode: "skb", replace: true });
      assertEquals([generic.mode, link.attached, attached(far)], ["skb", false, `skb ${generic.programId}`]);
      assertEquals([send(near, far), counter.count], [3, 6]);
      link.detach();
      assert(generic.attached);
    }));

  it("works on two interfaces at once", () => {
    using network = new TestNetwork();
    const { near, far } = network;
    using counter = new Count();
    using first = far.run(() => counter.attach(far.interfaceName, { mode: "skb" }));
    using second = near.run(() => counter.attach(near.interfaceName, { mode: "skb" }));
    assertEquals(first.programId, second.programId);
    near.send(ethernetFrame(), 2);
    far.send(ethernetFrame(), 3);
    far.drain();
    near.drain();
    assertEquals(counter.count, 5);
    first.detach();
    far.send(ethernetFrame());
    near.send(ethernetFrame());
    near.drain();
    assertEquals(counter.count, 6);
  });

  it("leaves no descriptor behind, on any path", () =>
    scene((far) => {
      using stranger = loadXdp("stranger", XDP.PASS);
      const before = openDescriptors();
      for (const persist of [false, true]) {
        const counter = new Count();
        counter.attach(far.interfaceName, { persist }).detach();
        attachNetlink(stranger, far.index);
        refused(() => counter.attach(far.interfaceName, { persist }), ErrorCode.InterfaceBusy);
        refused(() => counter.attach(far.interfaceName, { mode: "hw", persist }), ErrorCode.ModeNotSupported);
        counter.attach(far.interfaceName, { persist, replace: true });
        counter.close();
        detachAll(far.index);
      }
      assertEquals([openDescriptors(), attached(far)], [before, ""]);
    }));
});

describe("the end of an attachment", needsKernel(), () => {
  it("is detach(), dispose and close(), as often as one likes", () =>
    scene((far) => {
      const counter = new Count();
      const ends: ((link: XdpLink) => unknown)[] = [
        (link) => link.detach(),
        (link) => link[Symbol.dispose](),
        () => counter.detach(far.interfaceName),
        () => counter.close(),
      ];
      for (const end of ends) {
        const link = counter.attach(far.interfaceName);
        assert(link.attached);
        end(link);
        assertEquals([link.attached, attached(far)], [false, ""]);
        link.detach();
        link[Symbol.dispose]();
      }
    }));

  it("may come from outside", () =>
    scene((far) => {
      using counter = new Count();
      const link = counter.attach(far.interfaceName);
      for (const id of linkIds()) {
        using found = linkById(id);
        if (found && linkInfo(found).programId === link.programId) detachLink(found);
      }
      assertEquals([link.attached, attached(far)], [false, ""]);
      using again = counter.attach(far.interfaceName);
      assert(again !== link && again.attached);
      link.detach();
      assert(again.attached);
    }));

  it("may be that of the interface", () => {
    const network = new TestNetwork();
    using counter = new Count();
    using persistent = new Other();
    const link = network.far.run(() => counter.attach(network.far.interfaceName));
    const other = network.near.run(() => persistent.attach(network.near.interfaceName, { persist: true }));
    network.near.command("ip", "link", "delete", network.near.interfaceName);
    assertEquals(link.attached, false);
    network.near.run(() => {
      assertEquals(other.attached, false);
      other.detach();
    });
    link.detach();
    network[Symbol.dispose]();
  });
});

describe("another program on the interface", needsKernel(), () => {
  for (const persist of [false, true]) {
    const options: AttachOptions = { persist };
    const way = persist ? "by netlink" : "by a link";

    it(`stays, unless it may be replaced (${way})`, () =>
      scene((far, near) => {
        using stranger = loadXdp("stranger", XDP.DROP);
        attachNetlink(stranger, far.index);
        using counter = new Count();
        const there = attached(far);
        for (const mode of ["auto", "drv", "skb"] as const) {
          const error = refused(
            () => counter.attach(far.interfaceName, { ...options, mode }),
            ErrorCode.InterfaceBusy,
            `Cannot attach program "Count" to far: program ${programInfo(stranger).id} "stranger" is attached`,
          );
          assertStringIncludes(error.remedy!, "replace: true");
        }
        assertEquals([attached(far), send(near, far)], [there, 0]);
        const link = counter.attach(far.interfaceName, { ...options, replace: true });
        assertEquals([attached(far), link.attached], [`drv ${link.programId}`, true]);
        assertEquals([send(near, far), counter.count], [3, 3]);
        link.detach();
        assertEquals(attached(far), "");
      }));

    it(`stays if a link holds it, whatever is asked for (${way})`, () =>
      scene((far) => {
        using stranger = loadXdp("stranger", XDP.DROP);
        using _held = attachLink(stranger, far.index).link;
        const there = attached(far);
        using counter = new Count();
        for (const replace of [false, true]) {
          refused(
            () => counter.attach(far.interfaceName, { ...options, replace }),
            ErrorCode.InterfaceBusy,
            "stranger",
          );
        }
        refused(() => counter.detach(far.interfaceName), ErrorCode.InterfaceBusy, "stranger");
        refused(() => counter.detach(far.interfaceName, { force: true }), ErrorCode.InterfaceBusy);
        assertEquals(attached(far), there);
      }));
  }
});

describe("attach(…, { persist: true })", needsKernel(), () => {
  it("stays beyond the link's scope and close(), until detached", () =>
    scene((far, near) => {
      using counter = new Count();
      {
        using link = counter.attach(far.interfaceName, { persist: true });
        assertEquals([link.mode, link.via, link.persistent, link.attached], ["drv", "netlink", true, true]);
        assertStrictEquals(counter.attach(far.interfaceName, { persist: true }), link);
        refused(() => counter.attach(far.interfaceName), ErrorCode.InterfaceBusy);
      }
      assertEquals([send(near, far), counter.count], [3, 3]);
      counter.close();
      assertMatch(attached(far), /^drv \d+$/);
      using another = new Count();
      assertEquals(another.detach(far.interfaceName), true);
      assertEquals([attached(far), another.detach(far.interfaceName)], ["", false]);
    }));

  it("is replaced by a newer program of the same class only if it may be", () =>
    scene((far) => {
      using older = new Count();
      using newer = new Count();
      const first = older.attach(far.interfaceName, { persist: true, mode: "skb" });
      refused(() => newer.attach(far.interfaceName, { persist: true }), ErrorCode.InterfaceBusy);
      const second = newer.attach(far.interfaceName, { persist: true, replace: true });
      assertEquals([first.attached, second.attached, second.mode], [false, true, "skb"]);
      first.detach();
      assertEquals(attached(far), `skb ${second.programId}`);
      second.detach();
      assertEquals(attached(far), "");
    }));
});

describe("detach()", needsKernel(), () => {
  it("removes what this class left there, and no stranger's program", () =>
    scene((far) => {
      using counter = new Count();
      using other = new Other();
      assertEquals(counter.detach(far.interfaceName), false);
      other.attach(far.interfaceName, { persist: true });
      const error = refused(() => counter.detach(far.interfaceName), ErrorCode.InterfaceBusy, '"Other" is attached');
      assertStringIncludes(error.remedy!, "force: true");
      assertEquals(other.detach(far.interfaceName), true);
      refused(() => counter.detach("nosuch0"), ErrorCode.NoSuchInterface);
    }));

  it("removes no stranger's program of the same name either, but by force", () =>
    scene((far) => {
      using stranger = loadXdp("Count", XDP.PASS);
      attachNetlink(stranger, far.index);
      using counter = new Count();
      refused(() => counter.detach(far.interfaceName), ErrorCode.InterfaceBusy);
      assertEquals(counter.detach(far.interfaceName, { force: true }), true);
      assertEquals([attached(far), counter.detach(far.interfaceName, { force: true })], ["", false]);
    }));

  it("needs no loaded program, and does not load it", () =>
    scene((far) => {
      const earlier = new Count();
      earlier.attach(far.interfaceName, { persist: true });
      earlier.close();
      const before = openDescriptors();
      assertEquals(new Count().detach(far.interfaceName), true);
      assertEquals(openDescriptors(), before);
    }));
});

describe("on a kernel without links", needsKernel(), () => {
  const withoutLinks: Mechanisms = {
    attachNetlink,
    attachLink() {
      throw new EbpfError(ErrorCode.NotSupported, "no links");
    },
  };

  it("netlink attaches, says so, and detaches at the end of the scope", () =>
    scene((far, near) => {
      using counter = new Count();
      counter.load();
      const warnings: string[] = [];
      const { warn } = console;
      console.warn = (text: string) => void warnings.push(text);
      const before = openDescriptors();
      try {
        const target = { owner: counter, interface: far.interfaceName, index: far.index };
        using link = attachProgram(target, { mode: "skb" }, withoutLinks);
        assertEquals([link.via, link.persistent, link.mode, link.attached], ["netlink", false, "skb", true]);
        assertEquals([send(near, far), counter.count], [3, 3]);
      } finally {
        console.warn = warn;
      }
      assertEquals([attached(far), openDescriptors(), warnings.length], ["", before, 1]);
      assertStringIncludes(warnings[0], 'This kernel has no XDP links: program "Count" is detached from far');
    }));
});

const script = new URL("testdata/holder.ts", import.meta.url);

/** Lets a child attach, and ends it by a signal; tells how it had attached. */
async function attachAndEnd(
  { far }: TestNetwork,
  way: "link" | "persist" | "netlink",
  signal: NodeJS.Signals,
): Promise<string> {
  const [command, args] = runtimeCommand(script, [far.path, far.interfaceName, way]);
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const exit = once(child, "exit");
  try {
    const [output] = await once(child.stdout, "data");
    const { mode, via, persistent, programId } = JSON.parse(String(output));
    assertEquals(far.run(() => attached(far)), `${mode} ${programId}`);
    child.kill(signal);
    await exit;
    return `${mode} ${via} ${persistent}`;
  } finally {
    child.kill("SIGKILL");
    await exit;
  }
}

/** The kernel frees a link a moment after the process. */
function settled(end: NetworkEnd): string {
  return end.run(() => {
    for (let wait = 0; wait < 2000 && attached(end) !== ""; wait++) sleep(5);
    return attached(end);
  });
}

describe("when the process ends", needsKernel(), () => {
  for (const signal of ["SIGKILL", "SIGINT", "SIGTERM"] as const) {
    it(`by ${signal}, a link is gone`, async () => {
      using network = new TestNetwork();
      assertEquals(await attachAndEnd(network, "link", signal), "drv link false");
      assertEquals(settled(network.far), "");
      assertEquals(send(network.near, network.far), 3);
    });
  }

  it("by SIGKILL, a persistent attachment stays, and another process detaches it", async () => {
    using network = new TestNetwork();
    const { near, far } = network;
    assertEquals(await attachAndEnd(network, "persist", "SIGKILL"), "drv netlink true");
    sleep(50);
    assertEquals(send(near, far), 0);
    using counter = new Count();
    assertEquals(far.run(() => counter.detach(far.interfaceName)), true);
    assertEquals([far.run(() => attached(far)), send(near, far)], ["", 3]);
  });

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    it(`by ${signal}, what netlink attached for want of links is gone`, async () => {
      using network = new TestNetwork();
      assertEquals(await attachAndEnd(network, "netlink", signal), "drv netlink false");
      assertEquals(network.far.run(() => attached(network.far)), "");
    });
  }
});

describe("outside clients", needsKernel("ip", "bpftool", "nsenter"), () => {
  for (const mode of ["skb", "drv"] as const) {
    it(`agree with what we report in mode ${mode}`, () => {
      using network = new TestNetwork();
      const { far } = network;
      using counter = new Count();
      using link = far.run(() => counter.attach(far.interfaceName, { mode }));
      const [{ xdp }] = JSON.parse(far.command("ip", "-j", "-d", "link", "show", "dev", far.interfaceName));
      assertEquals([xdp.prog.id, xdp.attached[0].mode], [link.programId, mode === "drv" ? 1 : 2]);
      assertEquals(xdp.prog.name, "Count");
      const [{ xdp: [shown] }] = JSON.parse(far.command("bpftool", "-j", "net", "show", "dev", far.interfaceName));
      assertEquals(shown.devname, far.interfaceName);
      assertEquals([shown.ifindex, shown.id], [far.index, link.programId]);
      const links = JSON.parse(far.command("bpftool", "-j", "link", "show"));
      const ours = links.find((found: { prog_id: number }) => found.prog_id === link.programId);
      assertEquals(ours.type, "xdp");
    });
  }
});

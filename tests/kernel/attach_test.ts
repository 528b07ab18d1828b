import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import {
  attachLink,
  attachNetlink,
  type Descriptor,
  detachAll,
  detachProgram,
  interfaceIndex,
  programInfo,
  queryXdp,
  type RequestedMode,
  type XdpMode,
} from "../../src/kernel/mod.ts";
import { loadSocketFilter, loadXdp, needsKernel, openDescriptors } from "../support/kernel.ts";
import { ethernetFrame, type NetworkOptions, TestNetwork } from "../support/network.ts";

interface Scene {
  readonly network: TestNetwork;
  readonly index: number;
  readonly drop: Descriptor;
  readonly pass: Descriptor;
}

/** Two programs and a network, in whose far end the work is done. */
function scene(work: (scene: Scene) => void, options?: NetworkOptions): void {
  using network = new TestNetwork(options);
  using drop = loadXdp("drop", 1);
  using pass = loadXdp("pass", 2);
  network.far.run(() => work({ network, index: network.far.index, drop, pass }));
}

/** What is attached: `"skb drop"`, or nothing. */
function attached({ index, drop, pass }: Scene): string {
  const names = new Map([drop, pass].map((program) => [programInfo(program).id, programInfo(program).name]));
  return queryXdp(index).map(({ mode, programId }) => `${mode} ${names.get(programId)}`).join();
}

/** How many of three frames get through. */
function through({ near, far }: TestNetwork): number {
  near.send(ethernetFrame(), 3);
  return far.drain().length;
}

function refused(work: () => unknown, code: ErrorCode, ...words: readonly string[]): EbpfError {
  const error = assertThrows(work, EbpfError);
  assertEquals(error.code, code, error.message);
  for (const word of words) assertStringIncludes(error.message, word);
  return error;
}

const modes: readonly (readonly [RequestedMode, XdpMode])[] = [["auto", "drv"], ["drv", "drv"], ["skb", "skb"]];

describe("attaching by a link", needsKernel(), () => {
  for (const [mode, real] of modes) {
    it(`works live in mode ${mode}, and ends with the descriptor`, () =>
      scene((scene) => {
        const { index, network, drop } = scene;
        const attachment = attachLink(drop, index, { mode });
        assertEquals([attachment.mode, attachment.fallback, attached(scene)], [real, undefined, `${real} drop`]);
        assertEquals(through(network), 0);
        attachment.link.close();
        assertEquals([attached(scene), through(network)], ["", 3]);
      }));
  }

  it("says who is there", () =>
    scene((scene) => {
      const { index, drop, pass } = scene;
      using _link = attachLink(drop, index).link;
      for (const mode of ["auto", "skb", "drv"] as const) {
        const error = refused(
          () => attachLink(pass, index, { mode }),
          ErrorCode.InterfaceBusy,
          'Cannot attach program "pass" to far: ',
          `program ${programInfo(drop).id} "drop" is attached in driver mode`,
        );
        assertMatch(error.remedy!, /bpftool link detach id \d+/);
      }
      assertEquals(attached(scene), "drv drop");
    }));

  it("does not replace what another link holds", () =>
    scene((scene) => {
      using _link = attachLink(scene.drop, scene.index).link;
      refused(() => attachLink(scene.pass, scene.index, { replace: true }), ErrorCode.InterfaceBusy, '"drop"');
      assertEquals(attached(scene), "drv drop");
    }));

  it("replaces what netlink attached only if told to", () =>
    scene((scene) => {
      const { index, drop, pass } = scene;
      attachNetlink(drop, index, { mode: "skb" });
      const error = refused(
        () => attachLink(pass, index),
        ErrorCode.InterfaceBusy,
        '"drop" is attached in generic mode',
      );
      assertStringIncludes(error.remedy!, "ip link set dev far xdpgeneric off");
      assertEquals(attached(scene), "skb drop");
      using _link = attachLink(pass, index, { replace: true }).link;
      assertEquals(attached(scene), "drv pass");
    }));

  it("puts back what it could not replace", () =>
    scene((scene) => {
      const { index, drop } = scene;
      attachNetlink(drop, index, { mode: "skb" });
      using filter = loadSocketFilter();
      refused(() => attachLink(filter, index, { replace: true }), ErrorCode.InvalidArgument, "not an XDP program");
      assertEquals(attached(scene), "skb drop");
    }));

  it("falls back to generic mode and says why", () =>
    scene((scene) => {
      const attachment = attachLink(scene.drop, scene.index);
      assertEquals([attachment.mode, attached(scene)], ["skb", "skb drop"]);
      assertMatch(attachment.fallback!, /^the driver cannot: .*\(ERANGE\)$/);
      assertEquals(through(scene.network), 0);
      attachment.link.close();
    }, { mtu: 9000 }));

  it("does not fall back when a mode is asked for", () =>
    scene(({ index, drop }) => {
      const error = refused(() => attachLink(drop, index, { mode: "drv" }), ErrorCode.ModeNotSupported, "(ERANGE)");
      assertStringIncludes(error.remedy!, '"skb"');
    }, { mtu: 9000 }));

  it("knows drivers without XDP", () =>
    scene(({ drop }) => {
      const loopback = interfaceIndex("lo");
      refused(() => attachLink(drop, loopback, { mode: "drv" }), ErrorCode.ModeNotSupported, "(EOPNOTSUPP)");
      const attachment = attachLink(drop, loopback);
      attachment.link.close();
      assertEquals(attachment.mode, "skb");
    }));

  it("refuses hardware mode, other programs and missing interfaces", () =>
    scene(({ index, drop }) => {
      refused(() => attachLink(drop, index, { mode: "hw" }), ErrorCode.ModeNotSupported, "network card");
      refused(() => attachLink(drop, 77), ErrorCode.NoSuchInterface);
      using filter = loadSocketFilter();
      for (const mode of ["auto", "skb", "drv"] as const) {
        refused(() => attachLink(filter, index, { mode }), ErrorCode.InvalidArgument, "not an XDP program");
      }
    }));
});

describe("attaching by netlink", needsKernel(), () => {
  for (const [mode, real] of modes) {
    it(`works live in mode ${mode}, until it is detached`, () =>
      scene((scene) => {
        const { index, network, drop } = scene;
        assertEquals(attachNetlink(drop, index, { mode }), { mode: real, fallback: undefined });
        assertEquals([attached(scene), through(network)], [`${real} drop`, 0]);
        assertEquals(detachProgram(index, programInfo(drop).id), true);
        assertEquals([attached(scene), through(network)], ["", 3]);
      }));
  }

  it("tells the kernel's words", () =>
    scene(({ index, drop, pass }) => {
      attachNetlink(drop, index, { mode: "skb" });
      const attach = (mode: XdpMode) => () => attachNetlink(pass, index, { mode });
      refused(attach("skb"), ErrorCode.InterfaceBusy, "(EBUSY); the kernel says: XDP program already attached");
      refused(attach("drv"), ErrorCode.InterfaceBusy, "(EEXIST); the kernel says: Native and generic XDP can't be");
    }));

  it("falls back to generic mode and says why in the kernel's words", () =>
    scene(({ index, drop }) => {
      const { mode, fallback } = attachNetlink(drop, index);
      assertEquals([mode, fallback], ["skb", "the driver cannot: veth: Peer MTU is too large to set XDP"]);
    }, { mtu: 9000 }));

  it("does not fall back when a mode is asked for", () =>
    scene(({ index, drop }) => {
      const attach = () => attachNetlink(drop, index, { mode: "drv" });
      refused(attach, ErrorCode.ModeNotSupported, "the kernel says: veth: Peer MTU is too large to set XDP");
    }, { mtu: 9000 }));

  it("replaces if told to, in the mode that is there", () =>
    scene((scene) => {
      const { index, drop, pass } = scene;
      attachNetlink(drop, index, { mode: "skb" });
      assertEquals(attachNetlink(pass, index, { replace: true }).mode, "skb");
      assertEquals(attached(scene), "skb pass");
      assertEquals(attachNetlink(drop, index, { replace: true, mode: "drv" }).mode, "drv");
      assertEquals(attached(scene), "drv drop");
    }));

  it("puts back what it could not replace, though nobody else held it", () =>
    scene((scene) => {
      const { index, drop } = scene;
      const only = loadXdp("only", 1);
      const { id } = programInfo(only);
      attachNetlink(only, index, { mode: "skb" });
      only.close();
      refused(() => attachNetlink(drop, index, { replace: true, mode: "hw" }), ErrorCode.ModeNotSupported);
      assertEquals(queryXdp(index), [{ mode: "skb", programId: id }]);
    }));

  it("does not replace what a link holds", () =>
    scene((scene) => {
      using _link = attachLink(scene.drop, scene.index).link;
      const attach = (mode: RequestedMode) => () => attachNetlink(scene.pass, scene.index, { replace: true, mode });
      refused(attach("auto"), ErrorCode.InterfaceBusy, "Can't replace active BPF XDP link");
      refused(attach("skb"), ErrorCode.InterfaceBusy, "Can't replace active BPF XDP link");
      assertEquals(attached(scene), "drv drop");
    }));

  it("works with replace where nothing is", () =>
    scene((scene) => {
      assertEquals(attachNetlink(scene.drop, scene.index, { replace: true }).mode, "drv");
      assertEquals(attached(scene), "drv drop");
    }));
});

describe("detaching", needsKernel(), () => {
  it("leaves strangers alone", () =>
    scene((scene) => {
      const { index, drop, pass } = scene;
      attachNetlink(drop, index);
      assertEquals(detachProgram(index, programInfo(pass).id), false);
      assertEquals(attached(scene), "drv drop");
      assertEquals([detachProgram(index, programInfo(drop).id), attached(scene)], [true, ""]);
      assertEquals(detachProgram(index, programInfo(drop).id), false);
    }));

  it("takes everything off if told to", () =>
    scene((scene) => {
      const { index, drop } = scene;
      assertEquals(detachAll(index), []);
      attachNetlink(drop, index, { mode: "skb" });
      assertEquals(detachAll(index), [{ mode: "skb", programId: programInfo(drop).id }]);
      assertEquals(attached(scene), "");
    }));

  it("does not take off what a link holds", () =>
    scene((scene) => {
      const { index, drop } = scene;
      using _link = attachLink(drop, index).link;
      refused(() => detachProgram(index, programInfo(drop).id), ErrorCode.InterfaceBusy, "Can't replace active BPF");
      refused(() => detachAll(index), ErrorCode.InterfaceBusy, "Can't replace active BPF XDP link");
      assertEquals(attached(scene), "drv drop");
    }));
});

describe("attachments", needsKernel(), () => {
  it("leave nothing open in 60 rounds", () =>
    scene(({ index, drop, pass }) => {
      const before = openDescriptors();
      for (let round = 0; round < 60; round++) {
        using link = attachLink(drop, index, { mode: round % 2 ? "skb" : "drv" }).link;
        assertThrows(() => attachLink(pass, index), EbpfError);
        assert(link.fd > 0);
      }
      attachNetlink(drop, index, { mode: "skb" });
      for (let round = 0; round < 5; round++) {
        assertThrows(() => attachNetlink(pass, index, { mode: "hw", replace: true }), EbpfError);
      }
      assertEquals(detachAll(index).length, 1);
      assertEquals(openDescriptors(), before);
    }));
});

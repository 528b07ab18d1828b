/**
 * Outside clients, `ip` and `bpftool`, see what this library says it did.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import {
  attachLink,
  attachNetlink,
  createMap,
  type LinkAttachment,
  linkInfo,
  listInterfaces,
  mapInfo,
  MapType,
  programInfo,
  queryXdp,
} from "../../src/kernel/mod.ts";
import { loadXdp, needsKernel } from "../support/kernel.ts";
import { type NetworkEnd, TestNetwork } from "../support/network.ts";
import { findCommand } from "../support/skip.ts";

// deno-lint-ignore no-explicit-any
type Json = any;

function bpftool(...args: readonly string[]): Json {
  const { stdout, stderr } = spawnSync(findCommand("bpftool")!, ["-j", ...args], { encoding: "utf8" });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

/** How `ip -d -j link` numbers the modes. */
const ipModes = { drv: 1, skb: 2 } as const;

describe("ip link", needsKernel("ip", "nsenter"), () => {
  const ipLink = (end: NetworkEnd) => JSON.parse(end.command("ip", "-d", "-j", "link")) as Json[];

  it("lists the same interfaces", () => {
    using network = new TestNetwork({ mtu: 1234 });
    const theirs = ipLink(network.near).map(({ ifname, ifindex, mtu, address }) => [ifname, ifindex, mtu, address]);
    const ours = network.near.run(listInterfaces).map(({ name, index, mtu, address }) => {
      return [name, index, mtu, [...address].map((byte) => byte.toString(16).padStart(2, "0")).join(":")];
    });
    assertEquals(ours, theirs);
  });

  for (const mode of ["skb", "drv"] as const) {
    for (const [way, attach] of [["a link", attachLink], ["netlink", attachNetlink]] as const) {
      it(`sees a program attached by ${way} in mode ${mode}`, () => {
        using network = new TestNetwork();
        using program = loadXdp("seen", 2);
        const { near } = network;
        const attachment = near.run(() => attach(program, near.index, { mode }));
        const { xdp } = ipLink(near).find(({ ifname }) => ifname === "near");
        const { id, tag } = programInfo(program);
        assertEquals([xdp.mode, xdp.prog.id, xdp.prog.tag], [ipModes[mode], id, tag]);
        assertEquals(near.run(() => queryXdp(near.index)), [{ mode, programId: id }]);
        if ("link" in attachment) (attachment as LinkAttachment).link.close();
      });
    }
  }

  it("and our query agree on programs that ip takes off", () => {
    using network = new TestNetwork();
    using program = loadXdp("gone", 2);
    const { near } = network;
    near.run(() => attachNetlink(program, near.index, { mode: "skb" }));
    near.command("ip", "link", "set", "dev", "near", "xdpgeneric", "off");
    assertEquals(near.run(() => queryXdp(near.index)), []);
  });
});

describe("bpftool", needsKernel("bpftool", "nsenter"), () => {
  it("sees a program as we do", () => {
    using program = loadXdp("a_program", 2);
    const ours = programInfo(program);
    const theirs = bpftool("prog", "show", "id", String(ours.id));
    assertEquals(
      [theirs.id, theirs.type, theirs.name, theirs.tag, theirs.bytes_xlated, theirs.gpl_compatible],
      [ours.id, "xdp", "a_program", ours.tag, ours.translatedLength, true],
    );
  });

  it("sees a map as we do", () => {
    using map = createMap({ type: MapType.LruHash, keySize: 6, valueSize: 24, maxEntries: 77, name: "flows" });
    const { id } = mapInfo(map);
    const theirs = bpftool("map", "show", "id", String(id));
    assertEquals(
      [theirs.type, theirs.name, theirs.bytes_key, theirs.bytes_value, theirs.max_entries],
      ["lru_hash", "flows", 6, 24, 77],
    );
  });

  it("sees a link as we do", () => {
    using network = new TestNetwork();
    using program = loadXdp("linked", 2);
    const { near } = network;
    const { link } = near.run(() => attachLink(program, near.index));
    const ours = near.run(() => linkInfo(link));
    const [theirs] = [bpftool("link", "show", "id", String(ours.id))].flat();
    assertEquals([theirs.id, theirs.type, theirs.prog_id], [ours.id, "xdp", programInfo(program).id]);
    assertEquals([ours.programId, ours.interfaceIndex], [programInfo(program).id, near.index]);
    link.close();
  });

  it("sees what is attached to an interface", () => {
    using network = new TestNetwork();
    using program = loadXdp("attached", 2);
    const { near } = network;
    using _link = near.run(() => attachLink(program, near.index, { mode: "skb" }).link);
    const [{ xdp }] = JSON.parse(near.command("bpftool", "-j", "net", "show", "dev", "near")) as Json[];
    assertEquals(xdp, [{ devname: "near", ifindex: near.index, mode: "generic", id: programInfo(program).id }]);
  });
});

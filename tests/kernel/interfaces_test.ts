import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import {
  createVeth,
  deleteInterface,
  interfaceIndex,
  interfaceName,
  listInterfaces,
  NetworkNamespace,
  readFile,
  readInterface,
  setInterfaceUp,
  setMtu,
} from "../../src/kernel/mod.ts";
import { needsKernel, openDescriptors } from "../support/kernel.ts";
import { TestNetwork } from "../support/network.ts";
import { needs } from "../support/skip.ts";

/** Does something in a namespace that nobody else sees. */
function apart(work: () => void): void {
  using namespace = NetworkNamespace.create();
  namespace.run(work);
}

describe("interfaces", needs("linux"), () => {
  it("are found by name and by index", () => {
    const index = interfaceIndex("lo");
    assertEquals(index > 0, true);
    assertEquals(interfaceName(index), "lo");
  });

  it("are listed", () => assertEquals(listInterfaces().some(({ name }) => name === "lo"), true));

  for (const name of ["nosuch0", "", "a name that is too long", "lo\0x"]) {
    it(`are not found by ${JSON.stringify(name)}, and the error names those that there are`, () => {
      const error = assertThrows(() => interfaceIndex(name), EbpfError);
      assertEquals(error.code, ErrorCode.NoSuchInterface);
      assertStringIncludes(error.remedy!, "lo");
    });
  }

  it("are not found by an index that is nobody's", () => {
    for (const work of [() => interfaceName(0x7fff_0000), () => readInterface(0x7fff_0000)]) {
      assertEquals(assertThrows(work, EbpfError).code, ErrorCode.NoSuchInterface);
    }
  });

  it("leave nothing open", () => {
    const before = openDescriptors();
    for (let round = 0; round < 100; round++) assertThrows(() => interfaceIndex("nosuch0"), EbpfError);
    assertEquals(openDescriptors(), before);
  });
});

describe("veth pairs", needsKernel(), () => {
  it("are made, changed and removed", () =>
    apart(() => {
      createVeth({ name: "left", mtu: 2000 }, { name: "right" });
      assertEquals(listInterfaces().map(({ name }) => name).sort(), ["left", "lo", "right"]);
      const index = interfaceIndex("left");
      assertEquals([readInterface(index).mtu, readInterface(index).up], [2000, false]);
      setMtu(index, 1400);
      setInterfaceUp(index);
      assertEquals([readInterface(index).mtu, readInterface(index).up], [1400, true]);
      assertEquals(readInterface(index).address.length, 6);
      deleteInterface(index);
      assertEquals(listInterfaces().map(({ name }) => name), ["lo"]);
    }));

  it("are refused if a name is taken, in the kernel's words", () =>
    apart(() => {
      createVeth({ name: "left" }, { name: "right" });
      assertThrows(() => createVeth({ name: "left" }, { name: "other" }), EbpfError, "(EEXIST)");
    }));

  it("refuse a packet size that cannot be, in the kernel's words", () =>
    apart(() => {
      createVeth({ name: "left" }, { name: "right" });
      const error = assertThrows(() => setMtu(interfaceIndex("left"), 1_000_000), EbpfError, "the kernel says: ");
      assertStringIncludes(error.message.toLowerCase(), "mtu");
    }));
});

describe("a test network", needsKernel("nsenter", "mount", "umount"), () => {
  it("is silent: no IPv6 packets but what is sent", () => {
    using network = new TestNetwork();
    assertEquals(network.far.drain(200).length, 0);
    const path = "/proc/sys/net/ipv6/conf/near/disable_ipv6";
    network.near.run(() => assertEquals(readFile(path) ?? "1\n", "1\n"));
  });

  it("can have names, and leaves none", () => {
    const name = () => {
      using network = new TestNetwork({ named: true });
      using opened = NetworkNamespace.open(`/run/netns/${network.far.name}`);
      assertEquals(opened.run(() => interfaceName(network.far.index)), "far");
      return network.far.name!;
    };
    const gone = name();
    assertThrows(() => NetworkNamespace.open(`/run/netns/${gone}`), EbpfError, "(ENOENT)");
  });

  it("leaves nothing open", () => {
    const before = openDescriptors();
    for (let round = 0; round < 5; round++) {
      using network = new TestNetwork();
      assert(network.near.index > 0);
    }
    assertEquals(openDescriptors(), before);
  });
});

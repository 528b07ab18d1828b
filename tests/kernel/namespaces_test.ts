import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import { listInterfaces, NetworkNamespace } from "../../src/kernel/mod.ts";
import { needsKernel, openDescriptors } from "../support/kernel.ts";

/** The calling thread's namespace. */
function here(): string {
  return readlinkSync("/proc/thread-self/ns/net");
}

describe("network namespaces", needsKernel(), () => {
  it("are new, and have a loopback interface alone", () => {
    const outside = here();
    using namespace = NetworkNamespace.create();
    assertEquals(here(), outside);
    namespace.run(() => {
      assertEquals(here() === outside, false);
      assertEquals(listInterfaces().map(({ name, up }) => [name, up]), [["lo", false]]);
    });
    assertEquals(here(), outside);
  });

  it("are left again when something goes wrong in them", () => {
    const outside = here();
    using namespace = NetworkNamespace.create();
    assertThrows(() =>
      namespace.run(() => {
        throw new RangeError("oh");
      }), RangeError);
    assertEquals(here(), outside);
  });

  it("can be entered from within another one", () => {
    using first = NetworkNamespace.create();
    using second = NetworkNamespace.create();
    const [inFirst, inSecond] = [first, second].map((namespace) => namespace.run(here));
    first.run(() => {
      assertEquals(second.run(here), inSecond);
      assertEquals(here(), inFirst);
    });
  });

  it("are where child processes of that time are", () => {
    using namespace = NetworkNamespace.create();
    const child = namespace.run(() => spawnSync("readlink", ["/proc/self/ns/net"], { encoding: "utf8" }).stdout.trim());
    assertEquals(child, namespace.run(here));
  });

  it("refuse asynchronous work", () => {
    using namespace = NetworkNamespace.create();
    const error = assertThrows(() => namespace.run(() => Promise.resolve()), EbpfError);
    assertEquals(error.code, ErrorCode.InvalidArgument);
  });

  it("leave nothing open", () => {
    const before = openDescriptors();
    for (let round = 0; round < 50; round++) {
      using namespace = NetworkNamespace.create();
      namespace.run(() => {});
    }
    assertEquals(openDescriptors(), before);
  });

  it("refuse use after close", () => {
    const namespace = NetworkNamespace.create();
    namespace.close();
    namespace.close();
    assertEquals(assertThrows(() => namespace.run(() => {}), EbpfError).code, ErrorCode.Closed);
  });
});

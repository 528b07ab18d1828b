/**
 * Attachments and the end of the process that made them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { detachAll, queryXdp, sleep } from "../../src/kernel/mod.ts";
import { needsKernel, runtimeCommand } from "../support/kernel.ts";
import { ethernetFrame, TestNetwork } from "../support/network.ts";

const script = new URL("testdata/holder.ts", import.meta.url);

/** Lets a child attach a program to an interface, and kills it with no chance to clean up. */
async function attachAndKill({ far }: TestNetwork, way: "link" | "netlink"): Promise<void> {
  const [command, args] = runtimeCommand(script, [far.path, far.interfaceName, way]);
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [output] = await once(child.stdout, "data");
    assertEquals(String(output).trim(), "attached in mode drv");
    assertEquals(attachedModes(far), ["drv"]);
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
}

function attachedModes(end: TestNetwork["far"]): string[] {
  return end.run(() => queryXdp(end.index).map(({ mode }) => mode));
}

describe("after kill -9", needsKernel(), () => {
  it("a link is gone", async () => {
    using network = new TestNetwork();
    await attachAndKill(network, "link");
    // The kernel frees the link a moment after the process.
    for (let wait = 0; wait < 2000 && attachedModes(network.far).length > 0; wait++) sleep(5);
    assertEquals(attachedModes(network.far), []);
    network.near.send(ethernetFrame(), 3);
    assertEquals(network.far.drain().length, 3);
  });

  it("what netlink attached stays, and can be detached", async () => {
    using network = new TestNetwork();
    const { near, far } = network;
    await attachAndKill(network, "netlink");
    sleep(50);
    assertEquals(attachedModes(far), ["drv"]);
    near.send(ethernetFrame(), 3);
    assertEquals(far.drain().length, 0);
    assertEquals(far.run(() => detachAll(far.index)).length, 1);
    near.send(ethernetFrame(), 3);
    assertEquals(far.drain().length, 3);
  });
});

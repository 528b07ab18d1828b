import { assertEquals, assertMatch } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { needs } from "../support/skip.ts";
import { confinement } from "./confine.ts";

describe("tests that say nothing of root", needs("linux", "root", "setpriv"), () => {
  it("cannot do anything to the kernel", () => {
    const [command, ...args] = confinement();
    const { stdout } = spawnSync(command, [...args, "grep", "CapEff", "/proc/self/status"], { encoding: "utf8" });
    assertMatch(stdout, /^CapEff:/);
    const held = BigInt(`0x${stdout.split(/\s+/)[1]}`);
    const powers = { netAdmin: 12n, netRaw: 13n, sysAdmin: 21n, perfmon: 38n, bpf: 39n };
    assertEquals(Object.entries(powers).filter(([, bit]) => held >> bit & 1n), []);
  });

  it("are still run by root, who may write anywhere", () => {
    const [command, ...args] = confinement();
    const { stdout } = spawnSync(command, [...args, "id", "-u"], { encoding: "utf8" });
    assertEquals(stdout.trim(), String(process.getuid?.()));
  });
});

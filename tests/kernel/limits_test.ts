import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Capability, effectiveCapabilities, missingCapabilities } from "../../src/kernel/capabilities.ts";
import { Errno } from "../../src/kernel/errno.ts";
import { readFile } from "../../src/kernel/files.ts";
import { withLockedMemory } from "../../src/kernel/limits.ts";
import { needs } from "../support/skip.ts";

/** Answers one after the other, and how many were asked for. */
function answering(...results: readonly number[]): { attempt: () => number; count: number } {
  const answers = { attempt: () => results[answers.count++], count: 0 };
  return answers;
}

/** This process's soft and hard limit. */
function limits(): string[] {
  return /^Max locked memory\s+(\S+)\s+(\S+)/m.exec(readFile("/proc/self/limits") ?? "")!.slice(1);
}

describe("the limit on locked memory", needs("linux"), () => {
  it("stays when nothing is refused, or for another reason", () => {
    const before = limits();
    for (const result of [5, -Errno.InvalidArgument]) {
      const answers = answering(result);
      assertEquals([withLockedMemory(answers.attempt), answers.count], [result, 1]);
    }
    assertEquals(limits(), before);
  });

  it("is raised as far as is allowed when the kernel refuses, and the attempt is repeated once", () => {
    const [soft, hard] = limits();
    const mayRaise = missingCapabilities([Capability.CAP_SYS_RESOURCE], effectiveCapabilities()!).length === 0;
    const reachable = mayRaise ? "unlimited" : hard;
    const first = answering(-Errno.NotPermitted, 5);
    assertEquals(withLockedMemory(first.attempt), soft === reachable ? -Errno.NotPermitted : 5);
    assertEquals(limits()[0], reachable);
    const second = answering(-Errno.NotPermitted, 5);
    assertEquals([withLockedMemory(second.attempt), second.count], [-Errno.NotPermitted, 1]);
  });
});

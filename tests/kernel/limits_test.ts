import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { Errno } from "../../src/kernel/errno.ts";
import { readFile } from "../../src/kernel/files.ts";
import { withLockedMemory } from "../../src/kernel/limits.ts";
import { needs } from "../support/skip.ts";

/** Answers one after the other, and how many were asked for. */
function answering(...results: readonly number[]): { attempt: () => number; count: number } {
  const answers = { attempt: () => results[answers.count++], count: 0 };
  return answers;
}

function limit(): string | undefined {
  return /^Max locked memory\s+(\S+)/m.exec(readFile("/proc/self/limits") ?? "")?.[1];
}

describe("the limit on locked memory", needs("linux", "root"), () => {
  it("stays when nothing is refused, or for another reason", () => {
    const before = limit();
    for (const result of [5, -Errno.InvalidArgument]) {
      const answers = answering(result);
      assertEquals([withLockedMemory(answers.attempt), answers.count], [result, 1]);
    }
    assertEquals(limit(), before);
  });

  it("is lifted once when the kernel refuses, and the attempt repeated", () => {
    const wasUnlimited = limit() === "unlimited";
    const first = answering(-Errno.NotPermitted, 5);
    assertEquals(withLockedMemory(first.attempt), wasUnlimited ? -Errno.NotPermitted : 5);
    assertEquals(limit(), "unlimited");
    const second = answering(-Errno.NotPermitted, 5);
    assertEquals([withLockedMemory(second.attempt), second.count], [-Errno.NotPermitted, 1]);
  });
});

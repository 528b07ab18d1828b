/**
 * How the oracle's engines are named, and the lock that processes share.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { needs } from "../support/skip.ts";
import { levelsOf } from "./levels.ts";
import { exclusiveBy } from "./lock.ts";

describe("an engine's name", () => {
  it("says what runs programs, and how they are compiled", () => {
    assertEquals(levelsOf(["vm", "unoptimized", "kernel:v1:bpf_loop"]), [
      { name: "vm", on: "vm", options: {} },
      { name: "unoptimized", on: "vm", options: { optimize: false } },
      { name: "kernel:v1:bpf_loop", on: "kernel", options: { cpu: 1, loops: "bpf_loop" } },
    ]);
  });
  it("stands with a star for every version, optimized and not", () => {
    const names = levelsOf(["vm:*", "vm:optimized:v2"]).map(({ name }) => name);
    assertEquals(names, ["optimized", "unoptimized"].flatMap((how) => [1, 2, 3, 4].map((cpu) => `vm:${how}:v${cpu}`)));
  });
  it("must be known", () => {
    assertThrows(() => levelsOf(["clang"]), Error, "no engine: clang");
    assertThrows(() => levelsOf(["vm:v5"]), Error, "no setting of the compiler: v5, of vm:v5");
  });
});

describe("the lock between processes", needs("linux"), () => {
  it("is free again behind what it is taken for", () => {
    const folder = mkdtempSync(`${tmpdir()}/lock-`);
    try {
      const exclusive = exclusiveBy(`${folder}/kernel`);
      assertThrows(
        () =>
          exclusive(() => {
            throw new Error("within");
          }),
        Error,
        "within",
      );
      assertEquals(exclusive(() => 7), 7);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

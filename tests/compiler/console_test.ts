/**
 * `console.log()` in programs: the same lines as plain JavaScript and in the virtual machine; the kernel's go to its trace.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { needsKernel, runtimeCommand } from "../support/kernel.ts";

const script = new URL("testdata/prints.ts", import.meta.url);

/** The lines that the program prints on an engine. */
function linesOn(engine: string): readonly string[] {
  const [command, args] = runtimeCommand(script, [engine]);
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`The program fails on ${engine}: ${stderr}`);
  return stdout.trimEnd().split("\n");
}

const expected = [
  "from eth0 100 % 0 5n -126",
  "false 2 null -0 7n",
  "turn 0",
  "turn 1",
  "turn 2",
  "",
  "once more, 0",
  "once more, 1",
  "once more, 2",
  "once more, 3",
  "DROP",
  "from eth0 100 % 9 5n 1",
  "true undefined null -0 7n",
  "turn 0",
  "turn 1",
  "turn 2",
  "",
  "once more, 0",
  "DROP",
];

describe("console.log()", () => {
  it("prints as plain JavaScript", () => assertEquals(linesOn("js"), expected));
  it("prints in the virtual machine", () => assertEquals(linesOn("vm"), expected));
  it("does not print here in the kernel", needsKernel(), () => assertEquals(linesOn("kernel"), ["DROP", "DROP"]));
});

/**
 * What programs may do with how much permission: of the runtime, and of the kernel.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { needsKernel, runtimeCommand } from "../support/kernel.ts";
import { findCommand } from "../support/skip.ts";

const script = new URL("testdata/outcomes.ts", import.meta.url);

function run(command: string, args: readonly string[]): Record<string, string> {
  const { stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

/** What a child without some capabilities meets. */
function runWithout(...capabilities: readonly string[]): Record<string, string> {
  const dropped = capabilities.map((name) => `-${name}`).join(",");
  const [command, args] = runtimeCommand(script, []);
  return run(findCommand("setpriv")!, ["--bounding-set", dropped, "--inh-caps", dropped, command, ...args]);
}

/** These need nothing, ever. */
function assertFree({ js, check }: Record<string, string>): void {
  assertEquals([js, check], ["PASS, count 1", "undefined, count 0"]);
}

describe("a process", needsKernel("setpriv"), () => {
  it("as root, with --allow-ffi alone, can do everything", () => {
    const [command, args] = runtimeCommand(script, []);
    const outcomes = run(command, args);
    assertFree(outcomes);
    assertEquals([outcomes.kernel, outcomes.detach], ["PASS, count 1", "false, count 0"]);
    assertStringIncludes(outcomes.attach, 'NO_SUCH_INTERFACE Cannot find network interface "nosuch0"');
  });

  it("without CAP_BPF is told so", () => {
    const outcomes = runWithout("bpf", "sys_admin");
    assertFree(outcomes);
    assertStringIncludes(
      outcomes.kernel,
      'NOT_PERMITTED Cannot create map "Count.globals": not permitted: CAP_BPF is missing',
    );
    assertStringIncludes(outcomes.attach, "NO_SUCH_INTERFACE");
  });

  it("without CAP_NET_ADMIN is told so", () => {
    const outcomes = runWithout("net_admin", "sys_admin");
    assertFree(outcomes);
    assertStringIncludes(
      outcomes.kernel,
      'NOT_PERMITTED Cannot load program "Count": not permitted: CAP_NET_ADMIN is missing',
    );
  });
});

if (!process.versions.bun) {
  describe("Deno", needsKernel(), () => {
    for (const permission of ["--deny-ffi", "--allow-ffi=libc.so.6"]) {
      it(`with ${permission} is told what it needs`, () => {
        const outcomes = run(process.execPath, ["run", "--no-prompt", "--no-check", permission, script.pathname]);
        assertFree(outcomes);
        for (const what of ["kernel", "attach", "detach"]) {
          assertStringIncludes(outcomes[what], "FFI_DENIED Cannot make system calls: Deno does not permit FFI");
          assertStringIncludes(outcomes[what], "Run with --allow-ffi (without a path");
        }
      });
    }
  });
}

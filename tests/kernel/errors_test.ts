import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import { spawnSync } from "node:child_process";
import { ErrorCode } from "../../src/errors.ts";
import { atLeast, Capability, effectiveCapabilities, kernelVersion } from "../../src/kernel/capabilities.ts";
import { Errno, errnoSymbol, errnoText } from "../../src/kernel/errno.ts";
import { explainRefusal, kernelError, type Refusal } from "../../src/kernel/errors.ts";
import { needsKernel, runtimeCommand } from "../support/kernel.ts";
import { findCommand, needs } from "../support/skip.ts";

const all = (1n << 41n) - 1n;
const without = (...capabilities: readonly Capability[]) =>
  capabilities.reduce((mask, capability) => mask & ~(1n << BigInt(capability)), all);

const refusal: Refusal = {
  needs: [Capability.CAP_BPF, Capability.CAP_NET_ADMIN],
  locksMemory: true,
  effective: all,
  version: { major: 6, minor: 1 },
};

const refusals: readonly [what: string, refusal: Partial<Refusal>, code: ErrorCode, words: string][] = [
  [
    "nothing is there",
    { effective: 0n },
    ErrorCode.NotPermitted,
    "not permitted: CAP_BPF and CAP_NET_ADMIN are missing",
  ],
  [
    "CAP_NET_ADMIN is missing",
    { effective: without(Capability.CAP_NET_ADMIN) },
    ErrorCode.NotPermitted,
    "not permitted: CAP_NET_ADMIN is missing",
  ],
  [
    "CAP_BPF is missing",
    { effective: without(Capability.CAP_BPF, Capability.CAP_SYS_ADMIN) },
    ErrorCode.NotPermitted,
    "not permitted: CAP_BPF is missing",
  ],
  [
    "CAP_SYS_ADMIN stands for CAP_BPF",
    { effective: without(Capability.CAP_BPF) },
    ErrorCode.NotPermitted,
    "not permitted although",
  ],
  ["/proc is missing", { effective: undefined }, ErrorCode.NotPermitted, "CAP_BPF and CAP_NET_ADMIN may be missing"],
  ["a policy forbids it", {}, ErrorCode.NotPermitted, "not permitted although"],
  [
    "an old kernel counts locked memory",
    { version: { major: 5, minor: 10 } },
    ErrorCode.LockedMemoryLimit,
    "locked memory",
  ],
  [
    "an old kernel, but nothing is locked",
    { version: { major: 5, minor: 10 }, locksMemory: false },
    ErrorCode.NotPermitted,
    "although",
  ],
];

describe("explainRefusal", () => {
  for (const [what, given, code, words] of refusals) {
    it(`says so when ${what}`, () => {
      const meaning = explainRefusal({ ...refusal, ...given });
      assertEquals(meaning.code, code);
      assertStringIncludes(meaning.what ?? "", words);
    });
  }
});

const meanings: readonly [errno: number, code: ErrorCode, words: string][] = [
  [Errno.OutOfMemory, ErrorCode.OutOfMemory, "out of memory (ENOMEM)"],
  [Errno.NoSystemCall, ErrorCode.NotSupported, "(ENOSYS)"],
  [Errno.OperationNotSupported, ErrorCode.NotSupported, "(EOPNOTSUPP)"],
  [Errno.NotSupported, ErrorCode.NotSupported, "(ENOTSUPP)"],
  [Errno.NoSuchDevice, ErrorCode.NoSuchInterface, "no such network interface (ENODEV)"],
  [Errno.TooManyFiles, ErrorCode.SystemCallFailed, "too many open files (EMFILE)"],
  [Errno.BadAddress, ErrorCode.SystemCallFailed, "bad address (EFAULT)"],
  [4095, ErrorCode.SystemCallFailed, "unknown error (errno 4095)"],
];

describe("kernelError", () => {
  for (const [errno, code, words] of meanings) {
    it(`knows ${errnoSymbol(errno)}`, () => {
      const error = kernelError("do it", errno);
      assertEquals([error.code, error.errno], [code, errno]);
      assertStringIncludes(error.message, `Cannot do it: `);
      assertStringIncludes(error.message, words);
    });
  }

  it("prefers what the operation says, and adds the kernel's words", () => {
    const error = kernelError("do it", Errno.Busy, {
      meanings: { [Errno.Busy]: { code: ErrorCode.InterfaceBusy, what: "taken", remedy: "wait" } },
      text: "XDP program already attached",
    });
    assertEquals(error.code, ErrorCode.InterfaceBusy);
    assertEquals(
      error.message,
      "Cannot do it: taken (EBUSY); the kernel says: XDP program already attached\n  Remedy: wait",
    );
  });

  it("has a name and words for every number that the library speaks of", () => {
    for (const errno of Object.values(Errno).filter((value) => typeof value === "number")) {
      assertMatch(errnoText(errno), /^[a-z][a-z /-]+ \(E[A-Z0-9]+\)$/);
    }
  });
});

describe("this process", needs("linux"), () => {
  it("has a kernel version", () => {
    const version = kernelVersion();
    assertEquals(atLeast(version, 4, 0), true);
    assertEquals(atLeast(version, version.major, version.minor), true);
    assertEquals(atLeast(version, version.major, version.minor + 1), false);
    assertEquals(atLeast(version, version.major + 1, 0), false);
  });

  it("has capabilities", () => assertEquals(typeof effectiveCapabilities(), "bigint"));
});

const script = new URL("testdata/privileges.ts", import.meta.url);

/** What a child without some capabilities meets. */
function runWithout(...capabilities: readonly string[]): Record<string, string> {
  const dropped = capabilities.map((name) => `-${name}`).join(",");
  const [command, args] = runtimeCommand(script, []);
  const all = ["--bounding-set", dropped, "--inh-caps", dropped, command, ...args];
  const { stdout, stderr } = spawnSync(findCommand("setpriv")!, all, { encoding: "utf8" });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

describe("a process without capabilities", needsKernel("setpriv"), () => {
  it("is told that CAP_BPF is missing", () => {
    const { map, program } = runWithout("bpf", "sys_admin");
    assertStringIncludes(map, "NOT_PERMITTED Cannot create map: not permitted: CAP_BPF is missing (EPERM)");
    assertStringIncludes(
      program,
      'NOT_PERMITTED Cannot load program "pass": not permitted: CAP_BPF is missing (EPERM)',
    );
  });

  it("is told that CAP_NET_ADMIN is missing", () => {
    const { map, program, up } = runWithout("net_admin", "sys_admin");
    assertEquals(map, "works");
    assertStringIncludes(program, "not permitted: CAP_NET_ADMIN is missing (EPERM)");
    assertStringIncludes(up, "not permitted: CAP_NET_ADMIN is missing (EPERM)");
  });

  it("is told that CAP_SYS_ADMIN and CAP_NET_RAW are missing", () => {
    const { namespace, packets } = runWithout("sys_admin", "net_raw");
    assertStringIncludes(namespace, "not permitted: CAP_SYS_ADMIN is missing (EPERM)");
    assertStringIncludes(packets, "not permitted: CAP_NET_RAW is missing (EPERM)");
  });
});

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { describe, it } from "@std/testing/bdd";
import process from "node:process";
import { EbpfError, ErrorCode } from "../../src/errors.ts";
import { ffi, openFfi, type RuntimeGlobals } from "../../src/ffi/mod.ts";

/** A Deno as far as detection looks at it. */
function fakeDeno({ os = "linux", arch = "x86_64", state = "granted", dlopen = () => {} }: {
  readonly os?: string;
  readonly arch?: string;
  readonly state?: string;
  readonly dlopen?: () => void;
} = {}): RuntimeGlobals {
  const permission = () => ({ state });
  return { Deno: { build: { os, arch }, permissions: { querySync: permission, requestSync: permission }, dlopen } };
}

function fakeBun(platform: string, arch: string, module: unknown = {}): RuntimeGlobals {
  return { Bun: {}, process: { platform, arch, getBuiltinModule: () => module } };
}

function throwing(name: string): () => never {
  return () => {
    throw Object.assign(new Error(name), { name });
  };
}

const refused: readonly [what: string, globals: RuntimeGlobals, code: ErrorCode, remedy: string][] = [
  ["a browser", {}, ErrorCode.NoFfi, "Deno or Bun"],
  ["Node", { process: { platform: "linux", arch: "x64" } }, ErrorCode.NoFfi, "Deno or Bun"],
  ["Deno on macOS", fakeDeno({ os: "darwin", arch: "aarch64" }), ErrorCode.NotLinux, 'on: "js"'],
  ["Bun on Windows", fakeBun("win32", "x64"), ErrorCode.NotLinux, 'on: "js"'],
  ["Deno on a strange processor", fakeDeno({ arch: "s390x" }), ErrorCode.UnknownArchitecture, "x64, arm64, riscv64"],
  ["Bun on a strange processor", fakeBun("linux", "mips"), ErrorCode.UnknownArchitecture, "x64, arm64, riscv64"],
  ["Deno without permission", fakeDeno({ state: "denied" }), ErrorCode.FfiDenied, "--allow-ffi"],
  ["Deno with permission for one path", fakeDeno({ state: "prompt" }), ErrorCode.FfiDenied, "--allow-ffi"],
  ["Deno with libc denied", fakeDeno({ dlopen: throwing("NotCapable") }), ErrorCode.FfiDenied, "--allow-ffi"],
];

describe("openFfi", () => {
  for (const [what, globals, code, remedy] of refused) {
    it(`refuses ${what}`, () => {
      const error = assertThrows(() => openFfi(globals), EbpfError);
      assertEquals(error.code, code);
      assertStringIncludes(error.remedy ?? "", remedy);
    });
  }

  it("says when libc cannot be opened", () => {
    const module = { dlopen: throwing("ERR_DLOPEN_FAILED") };
    for (const globals of [fakeDeno({ dlopen: throwing("Error") }), fakeBun("linux", "x64", module)]) {
      const error = assertThrows(() => openFfi(globals), EbpfError, "libc.so.6");
      assertEquals(error.code, ErrorCode.NoFfi);
    }
  });

  it("asks whoever sits at the terminal once, for the whole permission", () => {
    const asked: unknown[] = [];
    const globals = {
      Deno: {
        build: { os: "linux", arch: "x86_64" },
        permissions: {
          querySync: () => ({ state: "prompt" }),
          requestSync: (descriptor: unknown) => (asked.push(descriptor), { state: "denied" }),
        },
      },
    };
    assertThrows(() => openFfi(globals), EbpfError);
    assertEquals(asked, [{ name: "ffi" }]);
  });

  it("finds the runtime that this is", { ignore: process.platform !== "linux" }, () => {
    assertEquals(ffi().runtime, process.versions.bun ? "bun" : "deno");
    assertEquals(ffi().architecture, process.arch);
    assertEquals(ffi(), ffi());
  });
});

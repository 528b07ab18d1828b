/**
 * The way to libc: chooses the runtime's implementation at the first call and keeps it.
 *
 * @module
 */
import { EbpfError, ErrorCode } from "../errors.ts";
import { type BunProcess, openBun } from "./bun.ts";
import { denoPlatform, type DenoRuntime, openDeno } from "./deno.ts";
import type { Ffi } from "./ffi.ts";
import { type SyscallName, syscallTables } from "./syscalls.ts";

export type { Ffi, SyscallArgument, Watch, WatchedSet } from "./ffi.ts";
export type { SyscallName } from "./syscalls.ts";

/** The globals that tell the runtimes apart. */
export interface RuntimeGlobals {
  /** Deno's namespace. */
  readonly Deno?: unknown;
  /** Bun's namespace. */
  readonly Bun?: unknown;
  /** Node's `process`, which Bun has too. */
  readonly process?: unknown;
}

/** The one library handle of this realm: errno's address belongs to the thread, so each worker has its own. */
let opened: Ffi | undefined;

/**
 * The runtime's foreign function interface.
 *
 * @throws {EbpfError} `NotLinux`, `UnknownArchitecture`, `NoFfi` or `FfiDenied`.
 */
export function ffi(): Ffi {
  return opened ??= openFfi(globalThis as RuntimeGlobals);
}

/**
 * Opens the interface of the runtime that these globals belong to; {@linkcode ffi} does so for the real ones.
 *
 * @throws {EbpfError} `NotLinux`, `UnknownArchitecture`, `NoFfi` or `FfiDenied`.
 */
export function openFfi(globals: RuntimeGlobals): Ffi {
  // Bun first: a polyfill may define `Deno` there, nobody defines `Bun` in Deno.
  if (globals.Bun !== undefined) {
    const process = globals.process as BunProcess;
    demandPlatform(process.platform, process.arch);
    return openBun(process);
  }
  if (globals.Deno !== undefined) {
    const deno = globals.Deno as DenoRuntime;
    const { system, architecture } = denoPlatform(deno);
    demandPlatform(system, architecture);
    return openDeno(deno);
  }
  throw new EbpfError(ErrorCode.NoFfi, "Cannot make system calls: this runtime has no foreign function interface", {
    remedy: "Run with Deno or Bun; generating programs and running them as plain JavaScript work here too",
  });
}

function demandPlatform(system: string, architecture: string): void {
  if (system !== "linux") {
    throw new EbpfError(ErrorCode.NotLinux, `Cannot make Linux system calls: this is ${system}`, {
      remedy: 'Run on Linux; on this system programs can be generated and run with test(packet, { on: "js" })',
    });
  }
  if (!syscallTables[architecture]) {
    const known = Object.keys(syscallTables).join(", ");
    throw new EbpfError(
      ErrorCode.UnknownArchitecture,
      `Cannot make system calls on ${architecture}: no table of system call numbers`,
      { remedy: `Run on one of: ${known}` },
    );
  }
}

/** The number of a system call on this processor. */
export function syscallNumber(name: SyscallName): number {
  return syscallTables[ffi().architecture]![name];
}

/**
 * Zeroed memory whose address stays the same: a view over its own `ArrayBuffer`, because Bun moves small typed arrays
 * that have none.
 */
export function allocate(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(size));
}

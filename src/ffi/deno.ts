/**
 * The foreign function interface of Deno.
 *
 * @module
 */
import { EbpfError, ErrorCode } from "../errors.ts";
import { DenoWatch } from "./deno_watch.ts";
import type { Ffi, SyscallArgument } from "./ffi.ts";

/** An address as Deno hands it out; 0 is `null`. */
type Pointer = object | null;

/** One declaration of a C function. */
interface Signature {
  readonly name?: string;
  readonly parameters: readonly string[];
  readonly result: string;
  readonly nonblocking?: boolean;
}

/** The functions of libc that we call: one of them under three signatures. */
interface Libc {
  syscall(number: bigint, ...values: SyscallArgument[]): number;
  syscallAddress(number: bigint, ...values: SyscallArgument[]): bigint;
  /** On a thread of its own, whose errno nobody can read. */
  syscallAside(number: bigint, ...values: SyscallArgument[]): Promise<number>;
  __errno_location(): Pointer;
}

/** The part of the `Deno` namespace that we use: declared here so that other type checkers read this file too. */
export interface DenoRuntime {
  readonly build: { readonly os: string; readonly arch: string };
  readonly permissions: {
    querySync(descriptor: { readonly name: "ffi" }): { readonly state: string };
    requestSync(descriptor: { readonly name: "ffi" }): { readonly state: string };
  };
  dlopen(path: string, symbols: Readonly<Record<keyof Libc, Signature>>): { readonly symbols: Libc };
  readonly UnsafePointer: {
    of(buffer: ArrayBufferView): Pointer;
    value(pointer: Pointer): number | bigint;
    create(address: bigint): Pointer;
  };
  readonly UnsafePointerView: { getArrayBuffer(pointer: Pointer, length: number): ArrayBuffer };
}

const sevenWords = ["i64", "i64", "i64", "i64", "i64", "i64", "i64"] as const;

const signatures = {
  syscall: { parameters: sevenWords, result: "i32" },
  syscallAddress: { name: "syscall", parameters: sevenWords, result: "i64" },
  syscallAside: { name: "syscall", parameters: sevenWords, result: "i32", nonblocking: true },
  __errno_location: { parameters: [], result: "pointer" },
} as const;

/** Node's names for Deno's processors. */
const architectures: Readonly<Record<string, string>> = { x86_64: "x64", aarch64: "arm64", riscv64gc: "riscv64" };

/** The operating system and processor, in Node's words. */
export function denoPlatform(deno: DenoRuntime): { readonly system: string; readonly architecture: string } {
  return { system: deno.build.os, architecture: architectures[deno.build.arch] ?? deno.build.arch };
}

/**
 * Opens libc by Deno's FFI.
 *
 * @throws {EbpfError} `FfiDenied` without unscoped `--allow-ffi`; `NoFfi` if libc cannot be opened.
 */
export function openDeno(deno: DenoRuntime): Ffi {
  demandPermission(deno);
  const libc = openLibc(deno);
  // errno is laid over once: reading it through UnsafePointerView right after a call is sometimes wrong.
  const errno = new Int32Array(deno.UnsafePointerView.getArrayBuffer(libc.__errno_location(), 4));
  const address = (buffer: ArrayBufferView) => BigInt(deno.UnsafePointer.value(deno.UnsafePointer.of(buffer)));
  // Written out: this is the call that is made often, and Deno is quick with a fixed number of arguments only.
  const prepare: Ffi["prepare"] = (number, a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n) => {
    const call = BigInt(number);
    return () => {
      const result = libc.syscall(call, a, b, c, d, e, f);
      return result === -1 ? -errno[0] : result;
    };
  };
  return {
    runtime: "deno",
    architecture: denoPlatform(deno).architecture,
    syscall: (number, ...values) => prepare(number, ...values)(),
    syscallAddress(number, ...values) {
      const result = libc.syscallAddress(BigInt(number), ...values);
      return result === -1n ? BigInt(-errno[0]) : result;
    },
    prepare,
    address,
    alias: (address, length) => deno.UnsafePointerView.getArrayBuffer(deno.UnsafePointer.create(address), length),
    watch: (set) => new DenoWatch(libc.syscallAside, address, set),
  };
}

/**
 * Pointers need the unscoped permission: `--allow-ffi=PATH` would open the library and then fail at the first address.
 * Asking once for the whole gives people at a terminal one question instead of two.
 */
function demandPermission(deno: DenoRuntime): void {
  if (deno.permissions.querySync({ name: "ffi" }).state === "granted") return;
  if (deno.permissions.requestSync({ name: "ffi" }).state === "granted") return;
  throw denied();
}

function openLibc(deno: DenoRuntime): Libc {
  try {
    // The name that also opens musl, where every libc.* is musl itself.
    return deno.dlopen("libc.so.6", signatures).symbols;
  } catch (cause) {
    // A --deny-ffi=PATH beside the unscoped permission.
    if (cause instanceof Error && /NotCapable|PermissionDenied/.test(cause.name)) throw denied(cause);
    throw new EbpfError(ErrorCode.NoFfi, "Cannot open libc.so.6 through Deno's FFI", { cause });
  }
}

function denied(cause?: unknown): EbpfError {
  return new EbpfError(ErrorCode.FfiDenied, "Cannot make system calls: Deno does not permit FFI", {
    remedy: "Run with --allow-ffi (without a path: a permission for one library is not enough to pass addresses)",
    cause,
  });
}

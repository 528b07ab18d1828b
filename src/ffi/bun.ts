/**
 * The foreign function interface of Bun.
 *
 * @module
 */
import { EbpfError, ErrorCode } from "../errors.ts";
import { BunWatch } from "./bun_watch.ts";
import type { Ffi, SyscallArgument } from "./ffi.ts";

/** One declaration of a C function. */
interface Signature {
  readonly args: readonly string[];
  readonly returns: string;
}

/** The two functions of libc that we call. An `i64_fast` is a number where it fits and a bigint where it does not. */
interface Libc {
  syscall(number: bigint, ...values: SyscallArgument[]): number | bigint;
  __errno_location(): number;
}

/** The part of the module `bun:ffi` that we use: declared here so that other type checkers read this file too. */
export interface BunFfi {
  dlopen(path: string, symbols: Readonly<Record<keyof Libc, Signature>>): { readonly symbols: Libc };
  ptr(buffer: ArrayBufferView): number;
  toArrayBuffer(address: number, offset: number, length: number): ArrayBuffer;
  readonly read: { i32(address: number, offset: number): number };
}

/** The part of `process` that we use. */
export interface BunProcess {
  readonly platform: string;
  readonly arch: string;
  getBuiltinModule(name: string): unknown;
}

const signatures = {
  syscall: { args: ["i64", "i64", "i64", "i64", "i64", "i64", "i64"], returns: "i64_fast" },
  __errno_location: { args: [], returns: "ptr" },
} as const;

/**
 * Opens libc by Bun's FFI. The module is asked for by name at run time, so that no bundler follows it.
 *
 * @throws {EbpfError} `NoFfi` if the module or libc cannot be opened.
 */
export function openBun(process: BunProcess): Ffi {
  const module = process.getBuiltinModule("bun:ffi") as BunFfi;
  const libc = openLibc(module);
  const errnoAddress = libc.__errno_location();
  const errno = () => module.read.i32(errnoAddress, 0);
  // Written out: this is the call that is made often.
  const prepare: Ffi["prepare"] = (number, a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n) => {
    const call = BigInt(number);
    return () => {
      const result = Number(libc.syscall(call, a, b, c, d, e, f));
      return result === -1 ? -errno() : result;
    };
  };
  return {
    runtime: "bun",
    architecture: process.arch,
    syscall: (number, ...values) => prepare(number, ...values)(),
    syscallAddress(number, ...values) {
      const result = BigInt(libc.syscall(BigInt(number), ...values));
      return result === -1n ? BigInt(-errno()) : result;
    },
    prepare,
    address: (buffer) => BigInt(module.ptr(buffer)),
    alias: (address, length) => module.toArrayBuffer(Number(address), 0, length),
    watch: (set) => new BunWatch(set),
  };
}

function openLibc(module: BunFfi): Libc {
  try {
    // The name that also opens musl, where every libc.* is musl itself.
    return module.dlopen("libc.so.6", signatures).symbols;
  } catch (cause) {
    throw new EbpfError(ErrorCode.NoFfi, "Cannot open libc.so.6 through Bun's FFI", { cause });
  }
}

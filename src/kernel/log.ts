/**
 * The kernel's log about a program or BTF that it refuses: retrieved only then, in a buffer that grows until it fits.
 *
 * @module
 */
import { EbpfError, type ErrorCode } from "../errors.ts";
import { allocate } from "../ffi/mod.ts";
import { Errno, errnoSymbol } from "./errno.ts";
import { type Context, kernelError } from "./errors.ts";
import { type Layout, textOf } from "./syscall.ts";

/** Where an attribute has its log. */
export interface LogFields {
  readonly buffer: number;
  readonly size: number;
  readonly level: number;
  /** Kernels since 6.4 say here how large the buffer must be. */
  readonly trueSize: number;
}

/** How to speak of a failure. */
export interface LogFailure {
  /** What was tried, as it follows "Cannot". */
  readonly operation: string;
  /** The code if the kernel wrote a log. */
  readonly rejected: ErrorCode;
  /** The errors without a log. */
  readonly context: Context;
}

const firstSize = 1 << 16;
/** Kernels before 5.2 take no log of 16 MiB and more; those after take up to 1 GiB, which nobody wants. */
const largestSize = 1 << 28;

/** How many times a load is repeated when a signal interrupts the verifier (EAGAIN); libbpf's number. */
const attempts = 5;

/**
 * Loads without a log, which is faster; if that fails, again with one for the error.
 *
 * @param attribute Makes the attribute of one attempt.
 * @param load Returns a descriptor or a negated errno.
 */
export function loadWithLog(
  attribute: () => Layout,
  fields: LogFields,
  load: (attribute: Layout) => number,
  failure: LogFailure,
): number {
  const result = patiently(() => load(attribute()));
  if (result >= 0) return result;
  let size = firstSize;
  for (;;) {
    const log = allocate(size);
    const filled = attribute().pointer(fields.buffer, log).u32(fields.size, size).u32(fields.level, 1);
    const again = patiently(() => load(filled));
    if (again >= 0) return again;
    const wanted = filled.getU32(fields.trueSize) || (again === -Errno.NoSpace ? 4 * size : 0);
    if (wanted <= size || wanted > largestSize) throw rejection(textOf(log), -result, failure);
    size = wanted;
  }
}

function patiently(load: () => number): number {
  let result = load();
  for (let count = 1; result === -Errno.TryAgain && count < attempts; count++) result = load();
  return result;
}

/** How many of the log's last lines stand in the message. */
const linesInMessage = 8;

function rejection(log: string, errno: number, { operation, rejected, context }: LogFailure): EbpfError {
  const lines = log.split("\n").filter((line) => line.trim() !== "" && !isStatistics(line));
  if (lines.length === 0) return kernelError(operation, errno, context);
  const reason = lines.at(-1);
  const before = lines.slice(0, -1).slice(1 - linesInMessage).map((line) => `\n    ${line}`).join("");
  const what = `Cannot ${operation}: the kernel refuses it (${errnoSymbol(errno)}): ${reason}`;
  return new EbpfError(rejected, before === "" ? what : `${what}\n  The log before that:${before}`, { log, errno });
}

/** The lines in which the verifier counts its work. */
function isStatistics(line: string): boolean {
  return /^(processed \d+ insns|verification time|stack depth|insns processed)/.test(line);
}

/**
 * Which processors this process runs on: what per-CPU values are compared under.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import process from "node:process";
import { allocate, ffi } from "../../src/ffi/mod.ts";

/** `sched_setaffinity` and `sched_getaffinity`: on x86_64, and on those that share the newer table. */
const [SET, GET] = process.arch === "x64" ? [203, 204] : [122, 123];
/** Bytes of a set of processors. */
const SET_SIZE = 128;

/** Keeps all threads of this process on the first processor: tests do not always run on the main one. */
export function stayOnFirstCpu(): void {
  execFileSync("taskset", ["-acp", "0", String(process.pid)], { stdio: "ignore" });
}

/** Runs something on the first processor, with what the calling thread does itself; then it may run where it could before. */
export function onFirstCpu<Result>(body: () => Result): Result {
  const before = allocate(SET_SIZE);
  const first = allocate(SET_SIZE);
  first[0] = 1;
  affinity(GET, before);
  affinity(SET, first);
  try {
    return body();
  } finally {
    affinity(SET, before);
  }
}

function affinity(call: number, processors: Uint8Array<ArrayBuffer>): void {
  const result = ffi().syscall(call, 0n, BigInt(SET_SIZE), ffi().address(processors));
  if (result < 0) throw new Error(`cannot choose processors: error ${-result}`);
}

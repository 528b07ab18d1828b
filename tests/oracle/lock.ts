/**
 * A lock between processes: flock(2) of a file, as the tool `flock` takes it.
 *
 * @module
 */

import { closeSync, openSync } from "node:fs";
import process from "node:process";
import { ffi } from "../../src/ffi/mod.ts";

/** The call's number: on x86_64, and on those that share the newer table. */
const FLOCK = process.arch === "x64" ? 73 : 32;
const EXCLUSIVE = 2n;
const EINTR = 4;

/** Runs something while others have to wait. */
export type Exclusive = <Result>(body: () => Result) => Result;

/** Nobody else is there. */
export const alone: Exclusive = (body) => body();

/** Runs things one at a time in all processes that lock the same file, which is made if it is not there. */
export function exclusiveBy(path: string): Exclusive {
  return (body) => {
    const file = openSync(path, "a");
    try {
      lock(path, file);
      return body();
    } finally {
      // With its only descriptor the lock is gone.
      closeSync(file);
    }
  };
}

function lock(path: string, file: number): void {
  for (;;) {
    const result = ffi().syscall(FLOCK, BigInt(file), EXCLUSIVE);
    if (result === 0) return;
    if (result !== -EINTR) throw new Error(`cannot lock ${path}: error ${-result}`);
  }
}

/**
 * Which processors this process runs on: what per-CPU values are compared under.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import process from "node:process";

/** Keeps all threads of this process on the first processor: tests do not always run on the main one. */
export function stayOnFirstCpu(): void {
  execFileSync("taskset", ["-acp", "0", String(process.pid)], { stdio: "ignore" });
}
